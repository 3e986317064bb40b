import { SluiceError } from '../domain/errors.ts';
import type { Step } from './progress.ts';
import { findProgram, runCommand } from './run-command.ts';

/** What can run a private database here. */
export type MysqlProgram =
  | { readonly kind: 'mariadb' | 'mysql'; readonly path: string }
  | { readonly kind: 'docker'; readonly path: string };

const SERVER_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/libexec',
  '/usr/local/bin',
  '/opt/homebrew/bin',
];
const PACKAGE = 'mariadb-server-core';

/**
 * Finds a MariaDB or MySQL server: installed, else through Docker, else (root on Debian) from its package.
 * @throws SluiceError `mysql_not_found` that says what to install or set
 */
export async function findMysql({
  step,
  signal,
}: {
  step: Step;
  signal?: AbortSignal;
}): Promise<MysqlProgram> {
  return (
    (await installed()) ??
    (await throughDocker(signal)) ??
    (await fromPackage({ step, signal })) ??
    notFound()
  );
}

async function installed(): Promise<MysqlProgram | undefined> {
  const path = findProgram('mariadbd', SERVER_FOLDERS) ?? findProgram('mysqld', SERVER_FOLDERS);
  if (path === undefined) return undefined;
  const version = await runCommand({ command: path, args: ['--no-defaults', '--version'], limitMs: 10_000 });
  return { kind: /mariadb/i.test(version) ? 'mariadb' : 'mysql', path };
}

async function throughDocker(signal: AbortSignal | undefined): Promise<MysqlProgram | undefined> {
  const path = findProgram('docker');
  if (path === undefined) return undefined;
  try {
    await runCommand({ command: path, args: ['info'], limitMs: 5_000, ...(signal && { signal }) });
    return { kind: 'docker', path };
  } catch {
    // The command alone is no engine.
    return undefined;
  }
}

async function fromPackage({
  step,
  signal,
}: {
  step: Step;
  signal: AbortSignal | undefined;
}): Promise<MysqlProgram | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || findProgram('apt-get') === undefined)
    return undefined;
  step.say(
    `no MariaDB, MySQL or Docker here; installing the Debian package ${PACKAGE} (about 1 min, no service is started)`,
  );
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: readonly string[]) =>
    runCommand({
      command: 'apt-get',
      args: ['-q', '-y', ...args],
      env,
      step,
      limitMs: 600_000,
      ...(signal && { signal }),
    });
  try {
    await apt(['update']);
    await apt(['install', '--no-install-recommends', PACKAGE]);
  } catch (error) {
    throw new SluiceError(`the Debian package ${PACKAGE} could not be installed`, {
      code: 'mysql_not_found',
      hint: HOW,
      cause: error,
    });
  }
  return installed();
}

const HOW =
  'Install MariaDB 10.6 or newer or MySQL 8 (Debian: apt-get install mariadb-server-core; macOS: brew install mariadb), or start Docker, or set DATABASE_URL and SITE_DATABASE_URL to databases of your own.';

function notFound(): never {
  throw new SluiceError('no MariaDB or MySQL server was found, and no Docker engine answers', {
    code: 'mysql_not_found',
    hint: HOW,
  });
}
