import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { createReportSyncActivities } from '../../activities/report-sync.ts';
import { createScheduleCatchUpActivities } from '../../activities/schedule-catch-up.ts';
import { createScheduleRunActivities } from '../../activities/schedule-runs.ts';
import { loadSettings, type Settings } from '../../config.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { scheduleRuns } from '../../db/schema.ts';
import { slotText } from '../../domain/occurrence.ts';
import { REPORT_DEFAULTS, type ReportDefinition } from '../../domain/reports/definition.ts';
import { loadCatalogue } from '../../schedules/load.ts';
import { timesBetween } from '../../schedules/recurrence/times.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { describeSchedule, type ServerSchedule } from '../../schedules/server/describe.ts';
import { activityInterceptors } from '../../workers/activity-interceptor.ts';
import { readSchedule } from '../../workers/read-schedule.ts';
import { syncReports } from '../../workers/report-sync.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { createScheduleBook } from '../../workers/schedule-book.ts';
import { type CommandResult, sluice } from './command.ts';
import { type OwnTemporal, writeCatalogue } from './own-temporal.ts';
import { scratchFolder } from './scratch.ts';
import { createDatabase } from './servers.ts';
import type { WorkInput } from './workflows/index.ts';

/** What an analyst has: `sluice report`, a Temporal, our database, and a shop to ask. */
export interface ReportStage {
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly owner: { readonly profile: 'production'; readonly taskQueue: string };
  readonly database: Database;
  report(...args: readonly string[]): Promise<CommandResult>;
  /** The JSON that it prints; it must succeed. */
  json<T>(...args: readonly string[]): Promise<T>;
  schedules(...args: readonly string[]): Promise<CommandResult>;
  held(scheduleId: string): Promise<ServerSchedule | undefined>;
  /** Slots that were worked, in order. */
  readonly worked: string[];
  /** What a run does; set it to make it fail. */
  onWork: (slot: string) => Promise<string>;
  /** A worker whose `queryReport` only notes its slot; everything around it is real. */
  startWorker(): Promise<{ stop(): Promise<void> }>;
  /** `slot state reason` lines of the ledger of runs, by slot. */
  ledger(scheduleId: string): Promise<readonly string[]>;
}

const ROOT = new URL('../../', import.meta.url);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
let bundle: Promise<WorkflowBundle> | undefined;

let stages = 0;

/** A stage of the running test. @param catalogue body of a schedule catalogue */
export async function setReports(
  temporal: OwnTemporal,
  {
    catalogue = '',
    env: more = {},
  }: { readonly catalogue?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ReportStage> {
  stages += 1;
  const created = await createDatabase('reports');
  await migrate({ databaseUrl: created.url });
  const database = openDatabase(created.url, { connections: 4 });
  onTestFinished(async () => {
    await database.close();
    await created.drop();
  });
  const taskQueue = `reports-${stages}`;
  const env = {
    DATABASE_URL: created.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_TASK_QUEUE: taskQueue,
    SCHEDULE_CATALOGUE: writeCatalogue(
      `const REST = { timezone: 'UTC', start: { workflow: 'scheduledWork' }, overlap: 'skip', catchUp: 'skip', note: 'as declared' };\n${catalogue}`,
    ),
    REPORT_CONNECTIONS: `shop=sqlite://${shopFile()}`,
    REPORT_TIMEZONE: 'Europe/Berlin',
    APP_DRY_RUN: 'false',
    ...more,
  };
  const report = (...args: readonly string[]) => sluice(env, 'report', ...args);
  const stage: ReportStage = {
    env,
    settings: loadSettings({ env, directory: scratchFolder() }),
    owner: { profile: 'production', taskQueue },
    database,
    report,
    async json<T>(...args: readonly string[]) {
      const { code, stdout, stderr } = await report(...args, '--json');
      if (code !== 0) throw new Error(`sluice report ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    schedules: (...args) => sluice(env, 'schedules', ...args),
    held: (id) => describeSchedule(temporal.client, id),
    worked: [],
    onWork: async () => 'done',
    startWorker: () => startWorker(stage, temporal.address),
    async ledger(id) {
      const rows = await database.orm.select().from(scheduleRuns).orderBy(scheduleRuns.slot);
      return rows
        .filter(({ scheduleId }) => scheduleId === id)
        .map(({ slot, state, reason }) => `${slotText(slot)} ${state}${reason === null ? '' : ` ${reason}`}`);
    },
  };
  return stage;
}

const getClient = () => Context.current().client;

async function startWorker(stage: ReportStage, address: string): Promise<{ stop(): Promise<void> }> {
  installRuntime('error');
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('test/support/workflows/reported.ts', ROOT)),
    workflowInterceptorModules: [fileURLToPath(new URL('workflows/schedule-interceptor.ts', ROOT))],
    logger: silent,
  });
  const connection = await NativeConnection.connect({ address });
  const { database, owner } = stage;
  const catalogue = await loadCatalogue(stage.settings);
  const book = createScheduleBook({ db: database.orm, catalogue, owner });
  const worker = await Worker.create({
    connection,
    taskQueue: owner.taskQueue,
    workflowBundle: await bundle,
    interceptors: { activity: [activityInterceptors] },
    activities: {
      ...createScheduleRunActivities({ database, schedules: book.around, dryRun: false }, getClient),
      ...createScheduleCatchUpActivities(
        {
          database,
          schedules: book.all,
          timesBetween,
          grace: 0,
          codeOf: String,
          readSchedule: (client, schedule: ResolvedSchedule) => readSchedule(client, { schedule, owner }),
        },
        getClient,
      ),
      ...createReportSyncActivities(
        { syncReports: (client) => syncReports({ database, client, owner }) },
        getClient,
      ),
      work: async ({ occurrence }: WorkInput) => {
        const slot = occurrence?.slot ?? 'none';
        stage.worked.push(slot);
        return stage.onWork(slot);
      },
    },
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      worker.shutdown();
      await running;
      await connection.close();
    })();
    return stopped;
  };
  onTestFinished(stop);
  return { stop };
}

/** A shop of seven orders. */
function shopFile(): string {
  const file = join(scratchFolder(), 'shop.db');
  const shop = new DatabaseSync(file);
  shop.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_on TEXT, total REAL)');
  for (let id = 1; id <= 7; id += 1) {
    shop.exec(`INSERT INTO orders VALUES (${id}, '2026-11-0${id}', ${id * 10})`);
  }
  shop.close();
  return file;
}

/** A report that is right, for what writes rows itself. */
export function definition(changes: Partial<ReportDefinition> = {}): ReportDefinition {
  return {
    ...REPORT_DEFAULTS,
    id: 'weekly-sales',
    name: 'Weekly sales',
    connection: 'shop',
    query: 'SELECT id, total FROM orders',
    when: { cron: '0 9 * * 1' },
    timezone: 'Europe/Berlin',
    recipients: ['ann@example.com'],
    owner: 'ann@example.com',
    ...changes,
  };
}

/** The flags of the same. */
export const WEEKLY = [
  '--name',
  'Weekly sales',
  '--connection',
  'shop',
  '--query',
  'SELECT id, total FROM orders',
  '--cron',
  '0 9 * * 1',
  '--to',
  'ann@example.com',
] as const;

/** Deletes all reports with their schedules, so that the next test finds their ids free. */
export async function clear(temporal: OwnTemporal, { database, owner }: ReportStage): Promise<void> {
  await database.pool.query(
    'UPDATE report_definitions SET is_active = 0, deleted_at = NOW(3), change_no = change_no + 1',
  );
  await syncReports({ database, client: temporal.client, owner });
}
