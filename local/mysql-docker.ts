import { createHash } from 'node:crypto';
import { findProgram, runCommand } from './run-command.ts';
import type { Server, ServerPlan } from './server.ts';
import { createServer } from './server.ts';

const IMAGE = 'mariadb:10.11';

/** The container and volume of one home; other homes on this machine have others. */
function containerName(directory: string): string {
  return `sluice-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
}

/** MariaDB in a container that shares our life: its client runs in front, and the data lies in a volume of that name. */
export function createDockerServer({
  path,
  directory,
  port,
  rootPassword,
  ...plan
}: {
  readonly path: string;
  readonly directory: string;
  readonly port: number;
  readonly rootPassword: string;
} & Pick<ServerPlan, 'name' | 'logFile' | 'ready'>): Server {
  const name = containerName(directory);
  return createServer({
    ...plan,
    command: path,
    args: [
      'run',
      '--rm',
      '--name',
      name,
      '--publish',
      `127.0.0.1:${port}:3306`,
      '--volume',
      `${name}:/var/lib/mysql`,
      // The value travels in the environment: arguments are readable by every user of the machine.
      '--env',
      'MARIADB_ROOT_PASSWORD',
      IMAGE,
      '--default-time-zone=+00:00',
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_unicode_ci',
    ],
    env: { ...process.env, MARIADB_ROOT_PASSWORD: rootPassword },
    // The first start fetches the image.
    readyWithinMs: 300_000,
    graceMs: 30_000,
    beforeStart: () => removeContainer(directory),
    afterEnd: () => removeContainer(directory),
  });
}

/** Ends what an `up` that was killed left with the Docker engine; nothing happens without an engine or container. */
export async function removeContainer(directory: string): Promise<void> {
  await docker(['rm', '--force', containerName(directory)]);
}

export async function removeVolume(directory: string): Promise<void> {
  await docker(['volume', 'rm', '--force', containerName(directory)]);
}

async function docker(args: readonly string[]): Promise<void> {
  const command = findProgram('docker');
  if (command === undefined) return;
  await runCommand({ command, args, limitMs: 30_000 }).catch(() => 'no engine, or no such thing');
}
