import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { withDatabase, withTemporal } from '../cli/context.ts';
import { runFunnelSync } from '../cli/run-funnel-sync.ts';
import { stackSteps } from '../cli/stack-steps.ts';
import { loadSettings, type Settings } from '../config.ts';
import { SluiceError } from '../domain/errors.ts';
import { createSandboxControl, type SandboxControl } from '../local/brevo-sandbox/control.ts';
import type { LimitProfile } from '../local/brevo-sandbox/limits.ts';
import { createSiteSchema } from '../local/demo-site/builders.ts';
import { type BulkSite, bulkSite } from '../local/demo-site/bulk.ts';
import { onInterrupt } from '../local/interrupts.ts';
import { createProgress, type Progress } from '../local/progress.ts';
import { createStack } from '../local/stack.ts';
import type { StackRecord } from '../local/stack-file.ts';
import type { FunnelSyncResult } from '../workflows/funnel-sync.ts';
import { commandLine, peakMemoryMb } from './machine.ts';
import { environmentWithoutSettings, removeScratch, SCRATCH_PREFIX } from './surroundings.ts';

export interface MeasuredRun {
  /** From asking Temporal for the run until its result, which comes when Brevo has everything. */
  readonly seconds: number;
  readonly startedAt: Date;
  readonly result: Extract<FunnelSyncResult, { dryRun: false }>;
}

/** The local stack of `sluice up`, private and thrown away afterwards, with a site made to measure. */
export interface MeasuredStack {
  readonly settings: Settings;
  readonly sandbox: SandboxControl;
  /** The server's version, and what matters of how it runs. */
  readonly mysql: string;
  readonly workerCommand: string;
  readonly progress: Progress;
  addToSite(more: BulkSite): Promise<void>;
  /** Rows of our own database. */
  sql<Row>(query: string): Promise<readonly Row[]>;
  /** @throws SluiceError when the run fails or leaves anything undelivered */
  run(asOf: Date): Promise<MeasuredRun>;
  /** Peak memory of the worker since it was started, MB. @throws SluiceError when it is another process by now */
  workerPeakMb(): number;
}

export interface StackPlan {
  readonly site: BulkSite;
  /** Limits that the sandbox plays. */
  readonly limits: LimitProfile;
  /** Settings that differ from the defaults. */
  readonly settings: Readonly<Record<string, string>>;
  /** For NODE_OPTIONS of the worker; empty for none. */
  readonly nodeOptions: string;
  /** The whole of it, start and end included, is called off after this time. */
  readonly limitMs: number;
}

/** Starts a stack, lets `work` measure on it, and stops and deletes it however that ends. */
export async function withMeasuredStack<T>(
  plan: StackPlan,
  work: (stack: MeasuredStack) => Promise<T>,
): Promise<T> {
  const progress = createProgress(process.stderr);
  const scratch = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
  const environment = {
    ...environmentWithoutSettings(),
    ...plan.settings,
    SLUICE_HOME: join(scratch, 'home'),
    ...(plan.nodeOptions === '' ? {} : { NODE_OPTIONS: plan.nodeOptions }),
  };
  // Read in the scratch folder, so that an `.env` of the checkout has no say.
  const read = () => loadSettings({ env: environment, directory: scratch });
  let siteAdminUrl = '';
  const stack = createStack({
    settings: read(),
    environment,
    progress,
    steps: {
      ...stackSteps,
      async fillDemoSite({ adminUrl }) {
        siteAdminUrl = adminUrl;
        await fillSite({ adminUrl, site: plan.site });
        return { people: plan.site.people, filled: true };
      },
      // A scheduled run in between would be measured along.
      applySchedules: async () => 'none, only the runs that are measured',
    },
  });
  const calledOff = Promise.withResolvers<never>();
  const dispose = onInterrupt({
    first: () => calledOff.reject(new SluiceError('interrupted', { code: 'called_off' })),
    second: () => void stack.kill().finally(() => process.exit(130)),
  });
  const timer = setTimeout(
    () =>
      calledOff.reject(new SluiceError(`not done after ${plan.limitMs / 1000} s`, { code: 'bench_limit' })),
    plan.limitMs,
  );
  try {
    const measured = async () => {
      const record = await stack.start();
      const found = await lookAt({ record, settings: read(), siteAdminUrl, progress });
      await found.sandbox.setLimits(plan.limits);
      return work(found);
    };
    return await Promise.race([measured(), calledOff.promise]);
  } finally {
    clearTimeout(timer);
    await stack.stop().catch(() => stack.kill());
    dispose();
    progress.close();
    removeScratch(scratch);
  }
}

async function fillSite({ adminUrl, site }: { adminUrl: string; site: BulkSite }): Promise<void> {
  const connection = await createConnection({ uri: adminUrl });
  try {
    await createSiteSchema(connection);
    await bulkSite(connection, site);
  } finally {
    await connection.end();
  }
}

async function lookAt({
  record,
  settings,
  siteAdminUrl,
  progress,
}: {
  readonly record: StackRecord;
  readonly settings: Settings;
  readonly siteAdminUrl: string;
  readonly progress: Progress;
}): Promise<MeasuredStack> {
  const pid = record.processes.find(({ name }) => name === 'Worker')?.pid ?? 0;
  const sql = <Row>(query: string) =>
    withDatabase(settings, async ({ pool }) => (await pool.query<RowDataPacket[]>(query))[0] as Row[]);
  return {
    settings,
    sandbox: createSandboxControl(record.urls.brevoSandbox ?? ''),
    mysql: await describeMysql(sql),
    workerCommand: commandLine(pid),
    progress,
    sql,
    addToSite: (site) => fillSite({ adminUrl: siteAdminUrl, site }),
    async run(asOf) {
      const startedAt = new Date();
      const began = performance.now();
      const { failure, result } = await withTemporal(settings, (client) =>
        runFunnelSync(client, { settings, asOf: asOf.toISOString() }),
      );
      const seconds = (performance.now() - began) / 1000;
      if (failure !== undefined) throw failure;
      if (result === undefined || result.dryRun) throw wrong('the run was none that writes');
      if (result.brevo.state !== 'done' || result.brevo.pending > 0)
        throw wrong(`${result.brevo.pending} changes were not delivered while the run waited`);
      return { seconds, startedAt, result };
    },
    workerPeakMb() {
      const peak = peakMemoryMb(pid);
      if (peak === undefined) throw wrong('the worker has been started anew in between, or this is no Linux');
      return peak;
    },
  };
}

async function describeMysql(sql: <Row>(query: string) => Promise<readonly Row[]>): Promise<string> {
  const [row] = await sql<{ version: string; pool: string; flush: number }>(
    `SELECT VERSION() AS version, @@innodb_buffer_pool_size DIV 1048576 AS pool,
            @@innodb_flush_log_at_trx_commit AS flush`,
  );
  if (row === undefined) throw wrong('MySQL does not tell its version');
  return `${row.version} (buffer pool ${row.pool} MB, flush at commit ${row.flush})`;
}

/** A measurement of something that did not work is worth nothing. */
export function wrong(message: string): SluiceError {
  return new SluiceError(message, { code: 'bench_wrong' });
}
