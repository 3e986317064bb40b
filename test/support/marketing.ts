import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { RowDataPacket } from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { seededRandom } from '../../local/demo-site/random.ts';
import { workflowBundle } from '../../workers/bundle.ts';
import type { CampaignReviewResult } from '../../workflows/campaign-review.ts';
import type { MarketingReportResult } from '../../workflows/marketing-report.ts';
import { type MarketingWorkerOptions, startMarketingWorker } from './marketing-worker.ts';
import { startTestSandbox, type TestSandbox } from './sandbox-client.ts';
import { createDatabase, execute } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A marketing department: our tables, a Brevo, workers of reports. */
export interface MarketingRoom {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly sandbox: TestSandbox;
  readonly client: Client;
  /** Settings for `sluice`; the clock is then that of the machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly sql: <Row = RowDataPacket>(sql: string) => Promise<readonly Row[]>;
  startWorker(more?: Partial<MarketingWorkerOptions>): Promise<{ stop(): Promise<void> }>;
  /** A worker process of its own, to be killed. */
  spawnWorker(more?: Partial<MarketingWorkerOptions>): Promise<ChildProcess>;
  report(asOf: string): Promise<MarketingReportResult>;
  review(asOf: string): Promise<CampaignReviewResult>;
  start(flow: 'marketingReport' | 'campaignReview', asOf: string): Promise<WorkflowHandle>;
}

export const RECIPIENT = 'head.of.marketing@example.com';

let rooms = 0;

/**
 * A room for the running test; all of it is gone after it.
 * @param clock what its workers take for now, ISO 8601
 */
export async function openMarketingRoom({
  clock,
  mysqlAdminUrl,
  ...fixed
}: {
  readonly clock: string;
  readonly mysqlAdminUrl?: string;
} & Partial<MarketingWorkerOptions>): Promise<MarketingRoom> {
  const address = inject('temporalAddress');
  const [databaseUrl, sandbox, codePath, connection] = await Promise.all([
    newDatabase(mysqlAdminUrl),
    startTestSandbox(),
    workflowBundle(String(process.env.SLUICE_HOME)),
    Connection.connect({ address }),
  ]);
  await migrate({ databaseUrl });
  const database = openDatabase(databaseUrl, { connections: 4 });
  onTestFinished(async () => {
    await Promise.all([sandbox.stop(), database.close(), connection.close()]);
  });
  const client = new Client({ connection });
  rooms += 1;
  const options: MarketingWorkerOptions = {
    databaseUrl,
    baseUrl: `${sandbox.url}/v3`,
    temporalAddress: address,
    taskQueue: `marketing-${process.pid}-${rooms}`,
    codePath,
    timezone: 'Europe/Berlin',
    recipients: [RECIPIENT],
    journeys: [],
    mail: 'set up',
    dryRun: false,
    aheadMs: Date.parse(clock) - Date.now(),
    ...fixed,
  };
  const start: MarketingRoom['start'] = (flow, asOf) =>
    client.workflow.start(flow, {
      taskQueue: options.taskQueue,
      workflowId: `${flow}-${randomUUID()}`,
      args: [{ asOf }],
    });
  return {
    database,
    databaseUrl,
    sandbox,
    client,
    env: {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_TASK_QUEUE: options.taskQueue,
      REPORT_TIMEZONE: options.timezone,
      APP_DRY_RUN: String(options.dryRun),
    },
    async sql<Row>(text: string) {
      const [rows] = await database.pool.query<RowDataPacket[]>({ sql: text, dateStrings: true });
      return rows as Row[];
    },
    async startWorker(more = {}) {
      const worker = await startMarketingWorker({ ...options, ...more });
      onTestFinished(() => worker.stop());
      return worker;
    },
    spawnWorker: (more = {}) => spawnWorker({ ...options, ...more }),
    report: async (asOf) => (await start('marketingReport', asOf)).result() as Promise<MarketingReportResult>,
    review: async (asOf) => (await start('campaignReview', asOf)).result() as Promise<CampaignReviewResult>,
    start,
  };
}

async function newDatabase(adminUrl: string | undefined): Promise<string> {
  if (adminUrl !== undefined) {
    await execute(adminUrl, 'CREATE DATABASE marketing CHARACTER SET utf8mb4');
    return `${adminUrl}marketing`;
  }
  const database = await createDatabase('marketing');
  onTestFinished(() => database.drop());
  return database.url;
}

async function spawnWorker(options: MarketingWorkerOptions): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['test/support/marketing-worker.ts', JSON.stringify(options)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  await Promise.race([once(child.stdout, 'data'), exited]);
  return child;
}

/** Writes rows of one table; times as texts of UTC. */
export async function insert(
  { database }: Pick<MarketingRoom, 'database'>,
  table: string,
  rows: readonly Readonly<Record<string, string | number | null>>[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  await database.pool.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`, [
    rows.map((row) => columns.map((column) => row[column] ?? null)),
  ]);
}

export function contactRow(id: number, at: string) {
  return {
    id,
    email: `lead${id}@example.com`,
    fields: '{}',
    consent: 'unknown',
    created_at: at,
    updated_at: at,
  };
}

export function eventRow(id: number, type: string, at: string, data: object = {}) {
  return {
    event_id: `event-${id}`,
    body_hash: 'x',
    type,
    resource: `lead.${id}`,
    contact_id: id,
    occurred_at: at,
    received_at: at,
    data: JSON.stringify(data),
    state: 'dispatched',
  };
}

export function entryRow(
  id: number,
  at: string,
  { funnel = 'language', boughtAt }: { funnel?: string; boughtAt?: string | undefined } = {},
) {
  return {
    email: `taker${id}@example.com`,
    funnel_type: funnel,
    entered_at: at,
    certificate_purchased: boughtAt === undefined ? 0 : 1,
    certificate_purchased_at: boughtAt ?? null,
    state: 'in_brevo',
  };
}

interface MailTimes {
  readonly key?: string;
  readonly kind?: string;
  readonly template?: string;
  readonly run?: number | undefined;
  readonly accepted?: string | undefined;
  readonly delivered?: string | undefined;
  readonly opened?: string | undefined;
  readonly clicked?: string | undefined;
  readonly bounced?: string | undefined;
  readonly unsubscribed?: string | undefined;
}

export function messageRow(id: number, times: MailTimes) {
  const { key = `journey/${id}/1`, kind = 'journey', template = 'nurture-3', run, accepted } = times;
  return {
    message_key: key,
    uuid: randomUUID(),
    kind,
    scope: 'marketing',
    contact_id: id,
    email: `lead${id}@example.com`,
    template,
    template_version: '1',
    params: '{}',
    journey_run_id: run ?? null,
    state: accepted === undefined ? 'withheld' : 'accepted',
    due_at: accepted ?? '2025-01-01 00:00:00',
    prepared_at: accepted ?? '2025-01-01 00:00:00',
    accepted_at: accepted ?? null,
    delivered_at: times.delivered ?? null,
    opened_at: times.opened ?? null,
    clicked_at: times.clicked ?? null,
    bounced_at: times.bounced ?? null,
    unsubscribed_at: times.unsubscribed ?? null,
  };
}

/** Whole numbers from 0 to below; a failure can be repeated by its seed. */
export function random(seed: number): (below: number) => number {
  const next = seededRandom(seed);
  return (below) => Math.floor(next() * below);
}

/** A moment as MySQL writes it, UTC. */
export function sqlTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}
