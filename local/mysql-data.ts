import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { SluiceError } from '../domain/errors.ts';
import type { MysqlProgram } from './mysql-program.ts';
import { runCommand } from './run-command.ts';

export interface MysqlAccount {
  readonly user: string;
  readonly password: string;
  /** A database's name, or `*` for all. */
  readonly database: string;
  readonly rights: 'all' | 'read';
}

/** A server run by root refuses to serve unless it is told that root is meant. */
export function asRoot(): readonly string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/**
 * Makes the data folder of a fresh server, complete or not at all.
 *
 * MariaDB's own `mariadb-install-db` is not used: Debian's core package comes without a program that it needs,
 * and as root it changes the owner of files outside the data folder. This feeds the server the same SQL.
 * @throws SluiceError `mysql_not_prepared`
 */
export async function prepareData({ program, data }: { program: MysqlProgram; data: string }): Promise<void> {
  if (existsSync(data)) return;
  const beside = `${data}.new`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true, mode: 0o700 });
  // A starting server deletes the temporary tables that it finds, also those of another one that is still at work.
  const temporary = `${data}.tmp`;
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    const folders = [`--datadir=${beside}`, `--tmpdir=${temporary}`];
    if (program.kind === 'mariadb') await bootstrapMariadb({ path: program.path, folders });
    else await initializeMysql({ path: program.path, folders });
  } catch (error) {
    throw new SluiceError(`${program.path} could not make a data folder in ${dirname(data)}`, {
      code: 'mysql_not_prepared',
      hint: 'Is the disk full, or does a security profile keep the server out of this folder? Set DATABASE_URL and SITE_DATABASE_URL to use other databases.',
      cause: error,
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  renameSync(beside, data);
}

interface Preparation {
  readonly path: string;
  /** Options that name the data folder and the one for temporary tables. */
  readonly folders: readonly string[];
}

async function initializeMysql({ path, folders }: Preparation): Promise<void> {
  // "Insecure" is a root without password, for as long as it takes to get one at the first start.
  const args = ['--no-defaults', ...asRoot(), '--initialize-insecure', ...folders];
  await runCommand({ command: path, args, limitMs: 120_000 });
}

async function bootstrapMariadb({ path, folders }: Preparation): Promise<void> {
  const shared = await sharedFolder(path);
  const parts = ['system_tables', 'performance_tables', 'system_tables_data'].map((part) => {
    const file = ['mariadb', 'mysql']
      .map((prefix) => join(shared, `${prefix}_${part}.sql`))
      .find((name) => existsSync(name));
    if (file === undefined) throw new Error(`${shared} has no *_${part}.sql`);
    return readFileSync(file, 'utf8');
  });
  const owner = userInfo().username.replace(/[^\w.-]/g, '');
  const start = ['CREATE DATABASE IF NOT EXISTS mysql;', 'USE mysql;', `SET @auth_root_socket='${owner}';`];
  const options = ['--bootstrap', ...folders, '--innodb-log-file-size=16M', '--log-warnings=0'];
  await feed({
    path,
    args: ['--no-defaults', ...asRoot(), ...options],
    text: [...start, ...parts].join('\n'),
  });
}

async function sharedFolder(path: string): Promise<string> {
  const help = await runCommand({
    command: path,
    args: ['--no-defaults', '--verbose', '--help'],
    limitMs: 20_000,
  });
  const charsets = /^character-sets-dir\s+(\S.*?)\/?\s*$/m.exec(help)?.[1];
  if (charsets === undefined) throw new Error('the server does not say where its SQL files are');
  return dirname(charsets);
}

function feed({ path, args, text }: { path: string; args: readonly string[]; text: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-2000);
    });
    child.once('error', reject);
    child.stdin.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`it ended with code ${code}: ${said}`)),
    );
    child.stdin.end(text);
  });
}

/**
 * The SQL that a server runs before it takes connections: databases and accounts as wished, whatever was there.
 * One statement a line, as --init-file wants it.
 */
export function accountsSql({
  program,
  databases,
  accounts,
  rootPassword,
}: {
  program: MysqlProgram;
  databases: readonly string[];
  accounts: readonly MysqlAccount[];
  rootPassword: string;
}): string {
  const lines = databases.map(
    (name) => `CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;`,
  );
  if (program.kind === 'mysql') lines.push(`ALTER USER 'root'@'localhost' IDENTIFIED BY '${rootPassword}';`);
  for (const { user, password, database, rights } of accounts) {
    const account = `'${user}'@'%'`;
    const where = database === '*' ? '*.*' : `\`${database}\`.*`;
    lines.push(
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
      `ALTER USER ${account} IDENTIFIED BY '${password}';`,
      `GRANT ${rights === 'all' ? 'ALL PRIVILEGES' : 'SELECT'} ON ${where} TO ${account};`,
    );
  }
  return `${lines.join('\n')}\n`;
}
