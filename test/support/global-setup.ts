import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findMysql, type MysqlProgram } from '../../local/mysql-program.ts';
import { freePort } from '../../local/ports.ts';
import { createProgress } from '../../local/progress.ts';
import type { Server } from '../../local/server.ts';
import { createTemporal } from '../../local/temporal.ts';
import { findTemporal } from '../../local/temporal-program.ts';
import { noteServers, SCRATCH_PREFIX, sweepLeftovers } from './leftovers.ts';
import { createTestMysql } from './mysql.ts';
import { removeSoon } from './scratch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `mysql://…@127.0.0.1:port/` of an account with all rights on the private server of this test run. */
    mysqlAdminUrl: string;
    mysqlProgram: MysqlProgram;
    temporalAddress: string;
    /** The `temporal` program, for tests that need a server of their own. */
    temporalPath: string;
  }
}

/** One private MariaDB and one private Temporal for all test files; ended when the run ends. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await sweepLeftovers();
  const directory = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
  // Quiet when nothing has to be fetched, which is nearly always.
  const progress = createProgress({
    write: (text: string) => (/: /.test(text) ? process.stderr.write(text) : true),
  });
  const servers: Server[] = [];
  const started = async (server: Server) => {
    servers.push(server);
    await server.start();
    noteServers({ directory, servers });
  };

  async function mysql(): Promise<void> {
    const step = progress.step('MySQL for the tests');
    const program = await findMysql({ step });
    const test = createTestMysql({ program, directory: join(directory, 'mysql'), port: await freePort() });
    await started(test.server);
    provide('mysqlAdminUrl', test.adminUrl);
    provide('mysqlProgram', program);
    step.done('ready');
  }

  async function temporal(): Promise<void> {
    const step = progress.step('Temporal for the tests');
    const path = await findTemporal({ step });
    const port = await freePort();
    const logFile = join(directory, 'temporal.log');
    await started(
      createTemporal({ path, directory: join(directory, 'temporal'), logFile, namespace: 'default', port }),
    );
    provide('temporalAddress', `127.0.0.1:${port}`);
    provide('temporalPath', path);
    step.done('ready');
  }

  async function teardown(): Promise<void> {
    await Promise.all(servers.map((server) => server.stop()));
    removeSoon(directory);
    // Set by vitest.config.ts for this run alone.
    if (process.env.SLUICE_HOME !== undefined) removeSoon(process.env.SLUICE_HOME);
  }

  try {
    await Promise.all([mysql(), temporal()]);
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}
