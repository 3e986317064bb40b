import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { createConnection } from 'mysql2/promise';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { parseBrevoWebhook } from '../../brevo/webhooks.ts';
import { loadSettings } from '../../config.ts';
import { setReportActive, writeReport } from '../../db/report-definitions.ts';
import { beginRun, listRuns, type ReportRun, runOf } from '../../db/report-runs.ts';
import { REPORT_DEFAULTS, type ReportDefinition } from '../../domain/reports/definition.ts';
import type { RunRequest } from '../../domain/reports/run.ts';
import { openGateway } from '../../events/gateway.ts';
import { startReportRun } from '../../events/report-runs.ts';
import { createMysql, mysqlUrl } from '../../local/mysql.ts';
import { freePort } from '../../local/ports.ts';
import type { Server } from '../../local/server.ts';
import { createChartDrawer } from '../../reports/chart-drawer.ts';
import { createDataConverter } from '../../workers/data-converter.ts';
import { scheduleIdOf, syncReport } from '../../workers/report-sync.ts';
import type { QueryReportResult } from '../../workflows/query-report.ts';
import { type CommandResult, sluice } from './command.ts';
import { SECRET } from './gateway.ts';
import { type Installation, type InstallOptions, install, until } from './installation.ts';
import { removeSoon } from './scratch.ts';
import { execute } from './servers.ts';

/** A database of somebody else's, which reports ask: a server of the test file's own, which it may kill. */
export interface Shop {
  readonly server: Server;
  /** Of a role that can only read. */
  readonly url: string;
  /** As an administrator. */
  run(sql: string): Promise<void>;
  /** Holds every query of a table up while `work` is done. */
  locked(table: string, work: () => Promise<void>): Promise<void>;
  /** How often a query with this word in it was run. */
  ran(word: string): Promise<number>;
  /** How many queries with this word in it run now. */
  running(word: string): Promise<number>;
  end(): Promise<void>;
}

/** A MariaDB with a few orders, and `numbers` with a million of rows. */
export async function openShop(): Promise<Shop> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-scratch-'));
  const port = await freePort();
  const server = createMysql({
    program: inject('mysqlProgram'),
    directory,
    port,
    logFile: join(directory, 'mysql.log'),
    databases: ['shop'],
    accounts: [ADMIN, READER],
    rootPassword: ADMIN.password,
    options: ['--innodb-flush-log-at-trx-commit=2', '--general-log=1', '--log-output=TABLE'],
  });
  await server.start();
  const adminUrl = mysqlUrl({ port, account: ADMIN, database: '' });
  for (const statement of SETUP) await execute(`${adminUrl}shop`, statement);
  const rows = async (sql: string) => {
    const connection = await createConnection({ uri: `${adminUrl}shop` });
    try {
      const [found] = await connection.query(sql);
      return found as { readonly n: number }[];
    } finally {
      await connection.end();
    }
  };
  return {
    server,
    url: mysqlUrl({ port, account: READER, database: 'shop' }),
    run: (sql) => execute(`${adminUrl}shop`, sql),
    async locked(table, work) {
      const connection = await createConnection({ uri: `${adminUrl}shop` });
      try {
        await connection.query(`LOCK TABLES ${table} WRITE`);
        await work();
      } finally {
        await connection.end();
      }
    },
    async ran(word) {
      const [count] = await rows(
        `SELECT COUNT(*) AS n FROM mysql.general_log WHERE command_type IN ('Execute', 'Query') AND user_host LIKE 'reader%' AND argument LIKE '%${word}%'`,
      );
      return Number(count?.n);
    },
    async running(word) {
      const [count] = await rows(
        `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = 'reader' AND info LIKE '%${word}%'`,
      );
      return Number(count?.n);
    },
    async end() {
      await server.stop();
      removeSoon(directory);
    },
  };
}

// Protect nothing: the server listens on loopback for the length of a test file.
const ADMIN = { user: 'admin', password: 'test', database: '*', rights: 'all' } as const;
const READER = { user: 'reader', password: 'test', database: 'shop', rights: 'read' } as const;

const SETUP = [
  'CREATE TABLE orders (id int PRIMARY KEY, country varchar(40), placed_on date, total decimal(10,2))',
  "INSERT INTO orders VALUES (1, 'Germany', '2026-11-02', 120.50), (2, 'Austria', '2026-11-03', 80.00), (3, 'Österreich', '2026-11-10', NULL)",
  'CREATE TABLE stock (id int PRIMARY KEY, pieces int)',
  'INSERT INTO stock VALUES (1, 7)',
];

/** An installation that can mail, with the shop as connection `shop`, and more as the environment says. */
export interface ReportRuns extends Installation {
  /** Stores a report of a name of its own. */
  define(changes?: Partial<ReportDefinition>): Promise<ReportDefinition>;
  /** Stores a new version. */
  redefine(before: ReportDefinition, changes: Partial<ReportDefinition>): Promise<ReportDefinition>;
  setActive(id: string, isActive: boolean): Promise<void>;
  /** Writes a run by hand down and starts it. */
  start(
    report: ReportDefinition,
    more?: { readonly asOf?: Date; readonly request?: RunRequest },
  ): Promise<Started>;
  /** The same to its end, also a bad one. */
  runNow(
    report: ReportDefinition,
    more?: { readonly asOf?: Date; readonly request?: RunRequest },
  ): Promise<ReportRun>;
  /** Has the schedule of a report run these slots, one after the other; waits for nothing. */
  backfill(report: ReportDefinition, ...slots: readonly string[]): Promise<void>;
  /** All runs of a report once so many have ended, oldest first. */
  ended(report: ReportDefinition, count: number): Promise<readonly ReportRun[]>;
  /** `address subject` lines of what Brevo took, sorted. */
  taken(): Promise<readonly string[]>;
  report(...args: readonly string[]): Promise<CommandResult>;
}

interface Started {
  readonly run: ReportRun;
  readonly handle: WorkflowHandle<() => Promise<QueryReportResult>>;
  /** Its row once it has ended. */
  readonly end: () => Promise<ReportRun>;
}

const REPORT_SECRET = 'the secret of reports in tests, of more than 32 characters';

export async function openReportRuns(
  shop: Shop | undefined,
  options: InstallOptions = {},
): Promise<ReportRuns> {
  const here = await install({
    ...options,
    env: {
      SLUICE_SECRET: REPORT_SECRET,
      EVENTS_SECRETS: SECRET,
      MAIL_FROM: 'Reports <reports@example.org>',
      MAIL_PER_SECOND: '500',
      PUBLIC_URL: 'https://reports.example.org',
      SCHEDULE_PROFILE: 'production',
      ...(shop === undefined ? {} : { REPORT_CONNECTIONS: `shop=${shop.url}` }),
      ...options.env,
    },
  });
  const { ours: database, client, settings } = here;
  const owner = { profile: settings.schedule.profile, taskQueue: settings.temporal.taskQueue };
  const { taskQueue } = owner;
  const write = async (definition: ReportDefinition, basedOn: number | undefined) => {
    const now = new Date();
    const by = 'test';
    await writeReport(database, { definition, isActive: true, inactiveReason: undefined, basedOn, by, now });
    return definition;
  };
  const stage: ReportRuns = {
    ...here,
    define: (changes = {}) =>
      write(aReport({ id: `sales-${randomBytes(4).toString('hex')}`, ...changes }), undefined),
    async redefine(before, changes) {
      const [row] = await here.sql<{ version: number }>(
        `SELECT version FROM report_definitions WHERE id = '${before.id}'`,
      );
      return write({ ...before, ...changes }, row?.version);
    },
    async setActive(id, isActive) {
      await setReportActive(database, { id, isActive, reason: 'by a test', now: new Date() });
    },
    async start({ id: reportId }, { asOf, request = {} } = {}) {
      const now = new Date();
      const begun = await beginRun(database, {
        runKey: `manual/${randomUUID()}`,
        reportId,
        asOf: asOf ?? new Date(Math.floor(now.getTime() / 1000) * 1000),
        trigger: 'manual',
        request,
        // Numbers begin anew in each database, and workflow ids are for the whole Temporal.
        workflowId: `${taskQueue}/${randomUUID()}`,
        now,
      });
      if (!('run' in begun)) throw new Error(begun.outcome);
      const { run } = begun;
      await startReportRun(client, { run, taskQueue });
      return {
        run,
        handle: client.workflow.getHandle(run.workflowId),
        end: () =>
          until(`run ${run.id} ends`, async () => {
            const now = await runOf(database.orm, run.id);
            return now.settledAt === null ? undefined : now;
          }),
      };
    },
    async runNow(report, more) {
      const { end } = await stage.start(report, more);
      return end();
    },
    async backfill({ id }, ...slots) {
      await syncReport({ database, client, owner, id });
      const schedule = client.schedule.getHandle(scheduleIdOf(id, owner));
      await schedule.backfill(
        slots.map((slot) => ({ start: new Date(slot), end: new Date(slot), overlap: 'BUFFER_ALL' as const })),
      );
    },
    ended: ({ id: reportId }, count) =>
      until(`${count} runs of ${reportId} end`, async () => {
        const runs = await listRuns(database.orm, { reportId, limit: 100 });
        return runs.filter(({ settledAt }) => settledAt !== null).length >= count
          ? runs.toReversed()
          : undefined;
      }),
    async taken() {
      const mails = await here.sandbox.control.mails();
      return mails.map(({ to, subject }) => `${to[0]?.email ?? ''} ${subject}`).toSorted();
    },
    report: (...args) => sluice(here.env, 'report', ...args),
  };
  return stage;
}

/** A report that nothing starts by itself. */
function aReport(changes: Partial<ReportDefinition> = {}): ReportDefinition {
  return {
    ...REPORT_DEFAULTS,
    id: 'sales',
    name: 'Sales',
    connection: 'shop',
    query: 'SELECT country, total FROM orders ORDER BY id',
    when: { cron: '0 9 * * *' },
    timezone: 'Europe/Berlin',
    catchUp: 'skip',
    recipients: ['ann@example.com', 'bob@example.com'],
    owner: 'owner@example.com',
    ...changes,
  };
}

/** A gateway of the same installation. @returns its address */
export async function openGatewayOf({ env }: ReportRuns): Promise<string> {
  const settings = loadSettings({ env: { ...env, GATEWAY_PORT: '0' }, directory: '/nowhere' });
  const { taskQueue } = settings.temporal;
  const gateway = await openGateway({
    settings,
    log: pino({ level: 'silent' }),
    queues: { mail: `${taskQueue}-mail`, brevo: `${taskQueue}-brevo` },
    workflows: new Set(['campaign']),
    parseWebhook: parseBrevoWebhook,
    charts: createChartDrawer(),
    dataConverter: createDataConverter(settings.payloadKeys),
    triggers: [],
  });
  onTestFinished(() => gateway.stop());
  return gateway.url;
}
