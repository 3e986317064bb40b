import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { createProgress } from '../../local/progress.ts';
import { findTimeSkippingServer } from '../../local/time-skipping.ts';
import { createTestMysql, type TestMysql } from './mysql.ts';
import { removeSoon, scratchFolder } from './scratch.ts';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * A fresh, empty database on the private server of this test run. Drop it in `afterAll`.
 * @param prefix of its name, which is random otherwise
 */
export async function createDatabase(prefix = 'test'): Promise<TestDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  const adminUrl = inject('mysqlAdminUrl');
  await execute(adminUrl, `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  return {
    name,
    url: `${adminUrl}${name}`,
    drop: () => execute(adminUrl, `DROP DATABASE IF EXISTS \`${name}\``),
  };
}

/** Runs one statement with the admin account (or that of another URL). */
export async function execute(url: string, sql: string): Promise<void> {
  const connection = await createConnection({ uri: url });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

/**
 * A MySQL for the running test alone, started, which the test may restart or kill as it likes. Gone after the test.
 */
export async function startOwnMysql(): Promise<TestMysql> {
  const directory = scratchFolder();
  const mysql = createTestMysql({ program: inject('mysqlProgram'), directory, port: await freePort() });
  onTestFinished(async () => {
    await mysql.server.stop();
    removeSoon(directory);
  });
  await mysql.server.start();
  return mysql;
}

/**
 * The time-skipping test server for `TestWorkflowEnvironment.createTimeSkipping`; fetched at the first use.
 * @public for tests of flows that wait for days
 */
export async function timeSkippingServerPath(): Promise<string> {
  const step = createProgress(process.stderr).step('Time-skipping server');
  return findTimeSkippingServer({ step });
}
