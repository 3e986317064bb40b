import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { inject, onTestFinished } from 'vitest';
import {
  createScheduleCatchUpActivities,
  type WatchFindings,
  type WatchReport,
} from '../../activities/schedule-catch-up.ts';
import { createScheduleRunActivities } from '../../activities/schedule-runs.ts';
import type { AppliedSchedule } from '../../activities/schedule-times.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { scheduleRuns } from '../../db/schema.ts';
import { slotText } from '../../domain/occurrence.ts';
import { applySchedules } from '../../schedules/apply.ts';
import { defineSchedule, every, type ScheduleOptions } from '../../schedules/define.ts';
import { timesBetween } from '../../schedules/recurrence/times.ts';
import { resolve } from '../../schedules/resolve.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { activityInterceptors } from '../../workers/activity-interceptor.ts';
import { readSchedule } from '../../workers/read-schedule.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { createDatabase } from './servers.ts';
import type { WorkInput } from './workflows/index.ts';

const ROOT = new URL('../../', import.meta.url);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
let bundle: Promise<WorkflowBundle> | undefined;

/** Test flows with the interceptor of the real ones. */
function testBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('test/support/workflows/index.ts', ROOT)),
    workflowInterceptorModules: [fileURLToPath(new URL('workflows/schedule-interceptor.ts', ROOT))],
    logger: silent,
  });
  return bundle;
}

interface LedgerLine {
  readonly slot: string;
  readonly state: string;
  readonly reason: string | null;
}

/** Schedules of one test: a ledger, a task queue, a catalogue. */
export interface Stage {
  readonly client: Client;
  readonly database: Database;
  readonly taskQueue: string;
  /** What `work` was given, in order. */
  readonly worked: WorkInput[];
  /** What `work` does; set it to make it fail or wait. */
  onWork: (input: WorkInput) => Promise<string>;
  /** Adds to the catalogue, or changes what is there, and tells Temporal. @returns its id, which is unique. */
  declare(options?: Partial<ScheduleOptions>): Promise<string>;
  /** Changes the catalogue and tells nobody. */
  redeclare(options: Partial<ScheduleOptions> & { readonly id: string }): void;
  startWorker(options?: { readonly dryRun?: boolean }): Promise<{ stop(): Promise<void> }>;
  /** Asks Temporal for the slots of a range, both ends included. */
  backfill(
    id: string,
    range: { from: string; to?: string; overlap?: 'ALLOW_ALL' | 'BUFFER_ALL' },
  ): Promise<void>;
  /** What the ledger says, by slot. */
  ledger(id: string): Promise<readonly LedgerLine[]>;
  /** One look for missed times, without grace. */
  watch(id: string, changes?: Partial<AppliedSchedule>): Promise<WatchReport>;
  /** One look at several; `broken` is one that cannot be read. */
  watchAll(
    ids: readonly string[],
    options?: { readonly changes?: Partial<AppliedSchedule>; readonly broken?: string },
  ): Promise<WatchFindings>;
  /** As if everything up to then had been looked through. */
  watchedUntil(id: string, at: Date): Promise<void>;
}

/** Runs of its own would come in between; those of a backfill come also while it is paused. */
const DEFAULTS = {
  startPaused: true,
  when: every('1h'),
  timezone: 'UTC',
  start: { workflow: 'scheduledWork' },
  overlap: 'skip',
  catchUp: 'skip',
  note: 'For a test.',
} as const;

/** A stage of the running test; all of it is gone after it. */
export async function setStage(): Promise<Stage> {
  installRuntime('error');
  const address = inject('temporalAddress');
  const database = await createDatabase('ledger');
  await migrate({ databaseUrl: database.url });
  const ours = openDatabase(database.url, { connections: 4 });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const taskQueue = `stage-${randomUUID()}`;
  const owner = { profile: 'production', taskQueue } as const;
  const catalogue = new Map<string, ResolvedSchedule>();
  const schedules = () => [...catalogue.values()];
  onTestFinished(async () => {
    await Promise.all(
      schedules().map(({ id }) =>
        client.schedule
          .getHandle(id)
          .delete()
          .catch(() => undefined),
      ),
    );
    await Promise.all([connection.close(), ours.close()]);
    await database.drop();
  });

  const declareOnly = (options: Partial<ScheduleOptions>): string => {
    const id = options.id ?? `test-${randomUUID()}`;
    const schedule = defineSchedule({ ...DEFAULTS, ...options, id });
    for (const former of schedule.formerIds ?? []) catalogue.delete(former);
    catalogue.set(id, resolve(schedule, { ...owner, now: new Date() }));
    return id;
  };

  const stage: Stage = {
    client,
    database: ours,
    taskQueue,
    worked: [],
    onWork: async () => 'done',
    redeclare: (options) => {
      declareOnly(options);
    },
    async declare(options = {}) {
      const id = declareOnly(options);
      await applySchedules({ client, catalogue: schedules(), now: new Date(), ...owner });
      return id;
    },
    async startWorker({ dryRun = false } = {}) {
      const native = await NativeConnection.connect({ address });
      const worker = await Worker.create({
        connection: native,
        taskQueue,
        workflowBundle: await testBundle(),
        interceptors: { activity: [activityInterceptors] },
        activities: {
          ...createScheduleRunActivities(
            { database: ours, schedules, dryRun },
            () => Context.current().client,
          ),
          work: async (input: WorkInput) => {
            stage.worked.push(input);
            return stage.onWork(input);
          },
        },
      });
      const running = worker.run();
      let stopped: Promise<void> | undefined;
      const stop = () => {
        stopped ??= (async () => {
          worker.shutdown();
          await running;
          await native.close();
        })();
        return stopped;
      };
      onTestFinished(stop);
      return { stop };
    },
    async backfill(id, { from, to = from, overlap = 'BUFFER_ALL' }) {
      await client.schedule.getHandle(id).backfill({ start: new Date(from), end: new Date(to), overlap });
    },
    async ledger(id) {
      const rows = await ours.orm.select().from(scheduleRuns).orderBy(scheduleRuns.slot);
      return rows
        .filter(({ scheduleId }) => scheduleId === id)
        .map(({ slot, state, reason }) => ({ slot: slotText(slot), state, reason }));
    },
    async watch(id, changes = {}) {
      const { schedules: told } = await stage.watchAll([id], { changes });
      return told[0] ?? { id, state: 'watched', owed: 0, missed: 0, skipped: 0, late: 0, asked: 0 };
    },
    async watchAll(ids, { changes = {}, broken } = {}) {
      const activities = createScheduleCatchUpActivities(
        {
          database: ours,
          schedules,
          timesBetween,
          grace: 0,
          codeOf: (error) => (error as Error).message,
          readSchedule: async (_, schedule: ResolvedSchedule) => {
            if (schedule.id === broken) throw new Error('broken');
            const applied = await readSchedule(client, { schedule, owner });
            return applied && { ...applied, ...changes };
          },
        },
        () => client,
      );
      return activities.watchSchedules({ ids });
    },
    async watchedUntil(id, at) {
      await ours.pool.query(
        'INSERT INTO schedule_watches (schedule_id, definition, watched_until) VALUES (?, ?, ?)',
        [id, JSON.stringify(catalogue.get(id)?.recurrence), at],
      );
    },
  };
  return stage;
}
