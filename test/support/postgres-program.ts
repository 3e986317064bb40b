import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fillCache } from '../../bin/cache.mjs';
import { messageOf, SluiceError } from '../../domain/errors.ts';
import type { Step } from '../../local/progress.ts';
import { findProgram, isExecutable, runCommand } from '../../local/run-command.ts';

/** How PostgreSQL's programs are run on this machine. */
export interface PostgresPrograms {
  /** Folder with `postgres` and `initdb`. */
  readonly bin: string;
  /** Folders of shared libraries that the system does not have. */
  readonly libraries: readonly string[];
}

const DEBIAN_VERSIONS = '/usr/lib/postgresql';
const FURTHER_FOLDERS = ['/usr/local/bin', '/usr/local/pgsql/bin', '/opt/homebrew/bin'];
/** What the server itself needs: no LLVM (just-in-time compiler), no Perl (cluster scripts). */
const NEEDED = /^(postgresql-\d+|lib(?!llvm|perl)(?!.*-perl).*)$/;

/**
 * Finds PostgreSQL: installed, else (Debian) its package, which is unpacked and not installed, because installing
 * it would make a cluster and start a service.
 * @param input.unpackInto folder for what has to be unpacked; the server's user has to get there
 */
export async function findPostgres({
  unpackInto,
  step,
}: {
  readonly unpackInto: string;
  readonly step: Step;
}): Promise<PostgresPrograms> {
  return installed() ?? (await unpacked({ unpackInto, packages: await downloaded(step) }));
}

function installed(): PostgresPrograms | undefined {
  const versions = existsSync(DEBIAN_VERSIONS) ? readdirSync(DEBIAN_VERSIONS) : [];
  const folders = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(DEBIAN_VERSIONS, version, 'bin'));
  const onPath = findProgram('postgres', FURTHER_FOLDERS);
  if (onPath !== undefined) folders.push(dirname(realpathSync(onPath)));
  const bin = folders.find(
    (folder) => isExecutable(join(folder, 'postgres')) && isExecutable(join(folder, 'initdb')),
  );
  return bin === undefined ? undefined : { bin, libraries: [] };
}

async function downloaded(step: Step): Promise<string> {
  if (findProgram('apt-get') === undefined || findProgram('dpkg-deb') === undefined) throw notFound();
  try {
    return await fillCache({ name: 'postgresql-packages', fill: (folder) => download({ folder, step }) });
  } catch (error) {
    throw notFound(error);
  }
}

async function download({ folder, step }: { readonly folder: string; readonly step: Step }): Promise<void> {
  step.say(
    'no PostgreSQL here; fetching its Debian package (about 20 MB, unpacked for the tests, not installed)',
  );
  const apt = (command: string, args: readonly string[]) =>
    runCommand({ command, args, cwd: folder, step, limitMs: 600_000 });
  if (process.getuid?.() === 0) await apt('apt-get', ['-q', 'update']);
  const offered = await apt('apt-cache', ['search', '--names-only', '^postgresql-[0-9]+$']);
  const version = Math.max(
    ...[...offered.matchAll(/^postgresql-(\d+)\s/gm)].map(([, number]) => Number(number)),
  );
  if (!Number.isFinite(version))
    throw new Error('apt knows no package postgresql-<version>; run apt-get update');
  const missing = await apt('apt-get', [
    'install',
    '--print-uris',
    '-qq',
    '--no-install-recommends',
    `postgresql-${version}`,
  ]);
  const names = [...missing.matchAll(/^'\S+' (\S+?)_\S+\.deb /gm)].map(([, name]) => name ?? '');
  await apt('apt-get', ['-q', 'download', ...names.filter((name) => NEEDED.test(name))]);
}

async function unpacked({
  unpackInto,
  packages,
}: {
  readonly unpackInto: string;
  readonly packages: string;
}): Promise<PostgresPrograms> {
  mkdirSync(unpackInto, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(packages).filter((file) => file.endsWith('.deb'))) {
    await runCommand({
      command: 'dpkg-deb',
      args: ['-x', join(packages, name), unpackInto],
      limitMs: 120_000,
    });
  }
  const versions = join(unpackInto, DEBIAN_VERSIONS);
  const [version = ''] = readdirSync(versions);
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => {
    const parent = join(unpackInto, folder);
    return existsSync(parent)
      ? readdirSync(parent)
          .filter((name) => name.endsWith('-linux-gnu'))
          .map((name) => join(parent, name))
      : [];
  });
  return { bin: join(versions, version, 'bin'), libraries };
}

function notFound(cause?: unknown): SluiceError {
  const reason = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return new SluiceError(`no PostgreSQL was found for the tests of report databases${reason}`, {
    code: 'postgres_not_found',
    hint: 'Install it: Debian: apt-get install postgresql; macOS: brew install postgresql.',
    cause,
  });
}
