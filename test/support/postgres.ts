import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResult } from 'pg';
import { freePort } from '../../local/ports.ts';
import { createProgress } from '../../local/progress.ts';
import { runCommand } from '../../local/run-command.ts';
import { createServer, type Server } from '../../local/server.ts';
import { noteServers, SCRATCH_PREFIX } from './leftovers.ts';
import { findPostgres } from './postgres-program.ts';
import { removeSoon } from './scratch.ts';

export interface TestPostgres {
  /** `postgres://…@127.0.0.1:port/` of a superuser; append a database's name. */
  readonly adminUrl: string;
  readonly port: number;
  readonly server: Server;
  /** Runs one or several statements as superuser in the database `postgres`, or another one. */
  run(sql: string, database?: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends the server and removes its folder. */
  remove(): Promise<void>;
}

// Protects nothing: the server listens on loopback for the length of a test file and holds invented rows.
const PASSWORD = 'test';
/** `nobody`, wherever that is a user: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

/**
 * A private PostgreSQL on 127.0.0.1, started. One for a test file is enough: give each test a database of its own.
 * Where there is none it is fetched first, which takes up to a few minutes once a machine.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const step = createProgress({
    write: (text: string) => (/: /.test(text) ? process.stderr.write(text) : true),
  }).step('PostgreSQL for the tests');
  const directory = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
  const asRoot = process.getuid?.() === 0;
  const programs = await findPostgres({ unpackInto: join(directory, 'programs'), step });
  const env = {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    ...(programs.libraries.length === 0 ? {} : { LD_LIBRARY_PATH: programs.libraries.join(':') }),
  };
  const command = (name: string, args: readonly string[]) => {
    const own = [join(programs.bin, name), ...args];
    return asRoot
      ? { command: 'setpriv', args: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', ...own] }
      : { command: own[0] ?? '', args: own.slice(1) };
  };

  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, PASSWORD);
  if (asRoot) for (const path of [directory, passwordFile]) chownSync(path, NOBODY, NOBODY);
  await runCommand({
    ...command('initdb', [
      `--pgdata=${data}`,
      '--username=admin',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]),
    cwd: directory,
    env,
    limitMs: 120_000,
  });

  const port = await freePort();
  const adminUrl = `postgres://admin:${PASSWORD}@127.0.0.1:${port}/`;
  const options = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '32MB',
    max_connections: '40',
    jit: 'off',
  };
  const server = createServer({
    name: 'PostgreSQL',
    ...command('postgres', [
      '-D',
      data,
      ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]),
    env,
    logFile: join(directory, 'postgres.log'),
    ready: { probe: () => answers(adminUrl) },
    readyWithinMs: 60_000,
    graceMs: 10_000,
  });
  await server.start();
  noteServers({ directory, servers: [server] });
  step.done('ready');
  return {
    adminUrl,
    port,
    server,
    run: (sql, database = 'postgres') => run({ url: `${adminUrl}${database}`, sql }),
    async remove() {
      await server.stop();
      removeSoon(directory);
    },
  };
}

async function run({ url, sql }: { readonly url: string; readonly sql: string }) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as QueryResult<Record<string, unknown>>).rows;
  } finally {
    await client.end();
  }
}

async function answers(adminUrl: string): Promise<boolean> {
  try {
    await run({ url: `${adminUrl}postgres`, sql: 'SELECT 1' });
    return true;
  } catch {
    return false;
  }
}
