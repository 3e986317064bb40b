import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { accountsSql, asRoot, type MysqlAccount, prepareData } from './mysql-data.ts';
import { createDockerServer } from './mysql-docker.ts';
import type { MysqlProgram } from './mysql-program.ts';
import { createServer, type Server } from './server.ts';

export interface MysqlInput {
  readonly program: MysqlProgram;
  /** Absolute; holds `data`, which survives. */
  readonly directory: string;
  readonly port: number;
  readonly logFile: string;
  readonly databases: readonly string[];
  /** The first is also the one with which we ask whether the server is ready. */
  readonly accounts: readonly [MysqlAccount, ...MysqlAccount[]];
  readonly rootPassword: string;
  /** Further options of the server, like `--innodb-flush-log-at-trx-commit=2`. */
  readonly options?: readonly string[];
}

// A socket's path has 107 bytes on Linux and 103 on macOS.
const LONGEST_SOCKET = 100;

/** A private MySQL or MariaDB on 127.0.0.1 and one port, with its data in a folder of its own. Not started yet. */
export function createMysql(input: MysqlInput): Server {
  return input.program.kind === 'docker' ? inDocker(input, input.program.path) : onThisMachine(input);
}

/** `mysql://…` of an account on a private server. */
export function mysqlUrl({
  port,
  account,
  database,
}: {
  port: number;
  account: Pick<MysqlAccount, 'user' | 'password'>;
  database: string;
}): string {
  return `mysql://${account.user}:${account.password}@127.0.0.1:${port}/${database}`;
}

function onThisMachine(input: MysqlInput): Server {
  const { program, directory, port } = input;
  const data = join(directory, 'data');
  const initFile = join(directory, 'accounts.sql');
  const temporary = join(directory, 'tmp');
  const socket = socketPlace(directory);
  const mariadb = program.kind === 'mariadb';
  return createServer({
    name: 'MySQL',
    command: program.path,
    args: [
      '--no-defaults',
      ...asRoot(),
      `--datadir=${data}`,
      // Two servers in one folder for temporary tables delete each other's.
      `--tmpdir=${temporary}`,
      `--socket=${socket.path}`,
      `--pid-file=${join(directory, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      `--init-file=${initFile}`,
      '--default-time-zone=+00:00',
      '--innodb-buffer-pool-size=64M',
      '--skip-log-bin',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_unicode_ci',
      ...(mariadb ? ['--innodb-log-file-size=16M'] : ['--mysqlx=OFF']),
      ...(input.options ?? []),
    ],
    logFile: input.logFile,
    ready: { probe: () => answers({ port, account: input.accounts[0] }) },
    // A crashed server first works through its redo log.
    readyWithinMs: 90_000,
    graceMs: 30_000,
    beforeStart: async () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      mkdirSync(temporary, { recursive: true, mode: 0o700 });
      await prepareData({ program, data });
      socket.make();
      writeFileSync(initFile, accountsSql(input), { mode: 0o600 });
    },
    afterStart: async () => rmSync(initFile, { force: true }),
    afterEnd: async () => {
      rmSync(initFile, { force: true });
      socket.remove();
    },
  });
}

function inDocker(input: MysqlInput, path: string): Server {
  const { directory, port, rootPassword } = input;
  const root = { user: 'root', password: rootPassword, database: '*', rights: 'all' } as const;
  const server = createDockerServer({
    path,
    directory,
    port,
    rootPassword,
    name: 'MySQL',
    logFile: input.logFile,
    ready: { probe: () => answers({ port, account: root }) },
  });
  async function start(): Promise<void> {
    await server.start();
    const connection = await createConnection({
      uri: mysqlUrl({ port, account: root, database: '' }),
      multipleStatements: true,
    });
    try {
      await connection.query(accountsSql(input));
    } finally {
      await connection.end();
    }
  }
  return {
    ...server,
    start,
    async restart() {
      await server.stop();
      await start();
    },
  };
}

function socketPlace(directory: string): { readonly path: string; make(): void; remove(): void } {
  const within = join(directory, 'socket');
  if (Buffer.byteLength(within) <= LONGEST_SOCKET) return { path: within, make() {}, remove() {} };
  const short = mkdtempSync(join(tmpdir(), 'sluice-'));
  return {
    path: join(short, 'socket'),
    make: () => void mkdirSync(short, { recursive: true, mode: 0o700 }),
    remove: () => rmSync(short, { recursive: true, force: true }),
  };
}

async function answers({
  port,
  account,
}: {
  port: number;
  account: Pick<MysqlAccount, 'user' | 'password'>;
}): Promise<boolean> {
  try {
    const connection = await createConnection({
      uri: mysqlUrl({ port, account, database: '' }),
      connectTimeout: 2_000,
    });
    await connection.query('SELECT 1');
    await connection.end();
    return true;
  } catch {
    return false;
  }
}
