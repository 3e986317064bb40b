import { join } from 'node:path';
import { createMysql, mysqlUrl } from '../../local/mysql.ts';
import type { MysqlProgram } from '../../local/mysql-program.ts';
import type { Server } from '../../local/server.ts';

export interface TestMysql {
  /** To be started, restarted, killed and stopped. */
  readonly server: Server;
  readonly port: number;
  /** `mysql://…@127.0.0.1:port/` of an account with all rights; append a database's name. */
  readonly adminUrl: string;
}

// Protects nothing: the server listens on loopback for the length of a test run and holds invented people.
const PASSWORD = 'test';

/** A private MySQL for tests, not started yet. */
export function createTestMysql({
  program,
  directory,
  port,
}: {
  program: MysqlProgram;
  directory: string;
  port: number;
}): TestMysql {
  const account = { user: 'admin', password: PASSWORD, database: '*', rights: 'all' } as const;
  const server = createMysql({
    program,
    directory,
    port,
    logFile: join(directory, 'mysql.log'),
    databases: [],
    accounts: [account],
    rootPassword: PASSWORD,
    // Commits survive the death of the server though not of the machine, which is what tests need, and quickly.
    options: ['--innodb-flush-log-at-trx-commit=2'],
  });
  return { server, port, adminUrl: mysqlUrl({ port, account, database: '' }) };
}
