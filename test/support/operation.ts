import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Context } from '@temporalio/activity';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { inject, onTestFinished } from 'vitest';
import { createScheduleCatchUpActivities } from '../../activities/schedule-catch-up.ts';
import { createScheduleRunActivities } from '../../activities/schedule-runs.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { scheduleRuns } from '../../db/schema.ts';
import { type Occurrence, slotText } from '../../domain/occurrence.ts';
import { applySchedules } from '../../schedules/apply.ts';
import { loadCatalogue } from '../../schedules/load.ts';
import { timesBetween } from '../../schedules/recurrence/times.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { activityInterceptors } from '../../workers/activity-interceptor.ts';
import { readSchedule } from '../../workers/read-schedule.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { type CommandResult, sluice } from './command.ts';
import { until } from './installation.ts';
import { type OwnTemporal, writeCatalogue } from './own-temporal.ts';
import { createDatabase } from './servers.ts';
import type { WorkInput } from './workflows/index.ts';

const ROOT = new URL('../../', import.meta.url);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
let bundle: Promise<WorkflowBundle> | undefined;

/** What operators have: a Temporal, a catalogue that is applied, a ledger, and the programs `sluice` and `temporal`. */
export interface Operation {
  readonly env: Readonly<Record<string, string>>;
  readonly taskQueue: string;
  readonly database: Database;
  /** Slots that were worked, in order. */
  readonly worked: string[];
  /** What the flows were told of them. */
  readonly occurrences: Occurrence[];
  /** What the work of a slot does; set it to make it fail or wait. */
  onWork: (slot: string) => Promise<string>;
  /** `sluice schedules …` as a process of its own. */
  schedules(...args: readonly string[]): Promise<CommandResult>;
  /** The JSON that it prints; it must succeed. */
  json<T>(...args: readonly string[]): Promise<T>;
  /** `temporal schedule …` */
  temporal(...args: readonly string[]): Promise<void>;
  startWorker(): Promise<{ stop(): Promise<void> }>;
  /** As if the times of a schedule had been looked through up to then, and no further. */
  watchedUntil(id: string, at: Date): Promise<void>;
  /** `slot state` lines of the ledger, by slot. */
  ledger(id: string): Promise<readonly string[]>;
}

let operations = 0;

/**
 * @param body of the catalogue; `REST` holds what a schedule needs beside id and when
 * @param without the database: `sluice` is not told of it
 */
export async function setOperation(
  temporal: OwnTemporal,
  body: string,
  { sluiceKnows = 'database' }: { readonly sluiceKnows?: 'database' | 'temporal alone' } = {},
): Promise<Operation> {
  installRuntime('error');
  operations += 1;
  const taskQueue = `operation-${operations}`;
  const catalogueFile = writeCatalogue(
    `const REST = { timezone: 'UTC', start: { workflow: 'scheduledWork' }, overlap: 'skip', catchUp: 'skip', note: 'as declared' };\n${body}`,
  );
  const testDatabase = await createDatabase('operation');
  await migrate({ databaseUrl: testDatabase.url });
  const database = openDatabase(testDatabase.url, { connections: 4 });
  onTestFinished(async () => {
    await database.close();
    await testDatabase.drop();
  });
  const owner = { profile: 'production', taskQueue } as const;
  const catalogue = await loadCatalogue({
    reportTimezone: 'UTC',
    temporal: { address: temporal.address, namespace: 'default', taskQueue },
    schedule: { catalogue: catalogueFile, profile: owner.profile },
  });
  await applySchedules({ client: temporal.client, catalogue, now: new Date(), ...owner });
  const env = {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_TASK_QUEUE: taskQueue,
    SCHEDULE_CATALOGUE: catalogueFile,
    APP_DRY_RUN: 'false',
    ...(sluiceKnows === 'database' ? { DATABASE_URL: testDatabase.url } : {}),
  };
  const schedules = (...args: readonly string[]) => sluice(env, 'schedules', ...args);

  const operation: Operation = {
    env,
    taskQueue,
    database,
    worked: [],
    occurrences: [],
    onWork: async () => 'done',
    schedules,
    async json<T>(...args: readonly string[]) {
      const { code, stdout, stderr } = await schedules(...args, '--json');
      if (code !== 0) throw new Error(`sluice schedules ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as T;
    },
    async temporal(...args) {
      const { PATH, HOME } = process.env;
      const given = ['--address', temporal.address, 'schedule', ...args];
      await promisify(execFile)(inject('temporalPath'), given, { env: { PATH, HOME } });
    },
    startWorker: () => startWorker(operation, { address: temporal.address, catalogue, owner }),
    async watchedUntil(id, at) {
      const rule = catalogue.find((schedule) => schedule.id === id)?.recurrence;
      await database.pool.query(
        'INSERT INTO schedule_watches (schedule_id, definition, watched_until) VALUES (?, ?, ?)',
        [id, JSON.stringify(rule), at],
      );
    },
    async ledger(id) {
      const rows = await database.orm.select().from(scheduleRuns).orderBy(scheduleRuns.slot);
      return rows
        .filter(({ scheduleId }) => scheduleId === id)
        .map(({ slot, state }) => `${slotText(slot)} ${state}`);
    },
  };
  return operation;
}

async function startWorker(
  operation: Operation,
  {
    address,
    catalogue,
    owner,
  }: {
    readonly address: string;
    readonly catalogue: readonly ResolvedSchedule[];
    readonly owner: { readonly profile: 'production'; readonly taskQueue: string };
  },
): Promise<{ stop(): Promise<void> }> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('test/support/workflows/operated.ts', ROOT)),
    workflowInterceptorModules: [fileURLToPath(new URL('workflows/schedule-interceptor.ts', ROOT))],
    logger: silent,
  });
  const connection = await NativeConnection.connect({ address });
  const { database } = operation;
  const schedules = () => catalogue;
  const worker = await Worker.create({
    connection,
    taskQueue: owner.taskQueue,
    workflowBundle: await bundle,
    interceptors: { activity: [activityInterceptors] },
    activities: {
      ...createScheduleRunActivities({ database, schedules, dryRun: false }, () => Context.current().client),
      ...createScheduleCatchUpActivities(
        {
          database,
          schedules,
          timesBetween,
          grace: 0,
          codeOf: String,
          readSchedule: (client, schedule: ResolvedSchedule) => readSchedule(client, { schedule, owner }),
        },
        () => Context.current().client,
      ),
      work: async ({ occurrence }: WorkInput) => {
        const slot = occurrence?.slot ?? 'none';
        const result = await operation.onWork(slot);
        operation.worked.push(slot);
        if (occurrence !== null) operation.occurrences.push(occurrence);
        return result;
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

/** Waits until the ledger has exactly these states, slot by slot. */
export async function ledgerHas(
  operation: Operation,
  id: string,
  states: readonly string[],
): Promise<readonly string[]> {
  return until(`the ledger of ${id} to have ${states.join(', ')}`, async () => {
    const lines = await operation.ledger(id);
    return lines.map((line) => line.split(' ')[1]).join() === states.join() ? lines : undefined;
  });
}

/** A rule of every hour whose next time is half an hour away, so that none comes in between, and its past times. */
export function pastHours(): {
  /** For a catalogue. */
  readonly when: string;
  /** `back(0)` is the latest, half an hour ago. */
  readonly back: (hours: number) => Date;
} {
  const latest = Math.floor(Date.now() / 1000) - 1_800;
  return {
    when: `every('1h', { offset: '${latest % 3600}s' })`,
    back: (hours) => new Date((latest - hours * 3600) * 1000),
  };
}
