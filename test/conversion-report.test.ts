import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createConversionReportActivities } from '../activities/conversion-report.ts';
import { createScheduleRunActivities } from '../activities/schedule-runs.ts';
import { recordedDays } from '../db/conversion-history.ts';
import { applySchedules } from '../schedules/apply.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { activityInterceptors } from '../workers/activity-interceptor.ts';
import { workflowBundle } from '../workers/bundle.ts';
import type { ConversionReportInput, ConversionReportResult } from '../workflows/conversion-report.ts';
import { type ConversionsSite, createConversionsSite } from './support/conversions-site.ts';

let world: ConversionsSite;
let client: Client;
let connection: Connection;
let native: NativeConnection;
let codePath: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const address = inject('temporalAddress');
  [world, connection, native, codePath] = await Promise.all([
    createConversionsSite(),
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    workflowBundle(String(process.env.SLUICE_HOME)),
  ]);
  client = new Client({ connection });
});
afterAll(async () => {
  await Promise.all([world.close(), connection.close(), native.close()]);
});

let end: () => Promise<void> = async () => undefined;
beforeEach(async () => world.clear());
afterEach(async () => {
  await end();
  end = async () => undefined;
});

/** A worker for one test. @returns its task queue. */
async function startWorker({
  timezone = 'UTC',
  dryRun = false,
}: {
  timezone?: string;
  dryRun?: boolean;
} = {}): Promise<string> {
  const taskQueue = `conversions-${randomUUID()}`;
  const { database, testCounter } = world;
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: { codePath },
    activities: {
      ...createConversionReportActivities({ database, testCounter, timezone, dryRun }),
      ...createScheduleRunActivities({ database, schedules: () => [], dryRun }, () => client),
    },
    interceptors: { activity: [activityInterceptors] },
  });
  const running = worker.run();
  end = async () => {
    worker.shutdown();
    await running;
  };
  return taskQueue;
}

async function report(taskQueue: string, input: ConversionReportInput): Promise<ConversionReportResult> {
  return client.workflow.execute('conversionReport', {
    taskQueue,
    workflowId: randomUUID(),
    args: [input],
  }) as Promise<ConversionReportResult>;
}

async function history() {
  const rows = await recordedDays(world.database.orm, { first: '0001-01-01', last: '9999-12-31' });
  return rows.map((row) => [
    `${row.day} ${row.funnel}`,
    row.tests,
    row.entries,
    row.purchases,
    row.totalEntries,
    row.totalPurchased,
  ]);
}

async function everything() {
  const [rows] = await world.database.pool.query('SELECT * FROM conversion_days ORDER BY day, funnel_type');
  return rows;
}

describe('conversionReport', () => {
  it('records every day from the first entry up to the one before its logical time', async () => {
    await world.take('english', '2025-03-09T10:00:00Z', '2025-03-10T10:00:00Z', '2025-03-12T10:00:00Z');
    await world.take('logic', '2025-03-11T10:00:00Z', '2025-03-11T11:00:00Z');
    await world.enter({ at: '2025-03-10T10:15:00Z', boughtAt: '2025-03-11T09:00:00Z' });
    await world.enter({
      at: '2025-03-11T10:15:00Z',
      funnel: 'non_language',
      boughtAt: '2025-03-12T00:00:00Z',
    });
    await world.enter({ at: '2025-03-12T00:00:00Z' });
    const result = await report(await startWorker(), { asOf: '2025-03-12T00:15:00Z' });
    expect(result).toMatchObject({ asOf: '2025-03-12T00:15:00.000Z', dryRun: false, days: 2, newDays: 2 });
    expect(await history()).toEqual([
      ['2025-03-10 language', 1, 1, 0, 1, 0],
      ['2025-03-10 non_language', 0, 0, 0, 0, 0],
      ['2025-03-11 language', 0, 0, 1, 1, 1],
      ['2025-03-11 non_language', 2, 1, 0, 1, 0],
    ]);
  });

  it('records nothing while nobody has entered', async () => {
    const result = await report(await startWorker(), { asOf: '2025-03-12T00:15:00Z' });
    expect(result).toMatchObject({ days: 0, newDays: 0, lastDay: [] });
    expect(await history()).toEqual([]);
  });

  it('ends days at midnight in the zone of the report, also when clocks change', async () => {
    for (const at of ['2025-03-29T22:59:59Z', '2025-03-29T23:00:00Z', '2025-03-30T21:59:59Z']) {
      await world.enter({ at, boughtAt: at });
      await world.take('english', at);
    }
    await world.enter({ at: '2025-03-30T22:00:00Z' });
    const taskQueue = await startWorker({ timezone: 'Europe/Berlin' });
    await report(taskQueue, { asOf: '2025-03-30T21:59:59Z' });
    expect((await history()).filter(([day]) => String(day).endsWith(' language'))).toEqual([
      ['2025-03-29 language', 1, 1, 1, 1, 1],
    ]);
    await report(taskQueue, { asOf: '2025-03-30T22:00:00Z' });
    expect((await history()).filter(([day]) => String(day).endsWith(' language'))).toEqual([
      ['2025-03-29 language', 1, 1, 1, 1, 1],
      ['2025-03-30 language', 2, 2, 2, 3, 3],
    ]);
  });

  it('gives the same rows when it is repeated, also for an old logical time and twice at once', async () => {
    const taskQueue = await startWorker();
    for (const day of ['01', '20', '27']) {
      const at = `2025-03-${day}T10:15:00Z`;
      await world.enter({ at, boughtAt: at });
      await world.take('english', at, at);
    }
    const [one, other] = await Promise.all([
      report(taskQueue, { asOf: '2025-03-31T00:15:00Z' }),
      report(taskQueue, { asOf: '2025-03-31T00:15:00Z' }),
    ]);
    expect(other).toMatchObject({ days: one.days });
    const rows = await everything();
    expect(rows).toHaveLength(60);
    await report(taskQueue, { asOf: '2025-03-31T00:15:00Z' });
    await report(taskQueue, { asOf: '2025-03-11T00:15:00Z' });
    expect(await everything()).toEqual(rows);
  });

  it('takes up what came late, as far back as the last 35 days', async () => {
    const taskQueue = await startWorker();
    await world.enter({ at: '2025-01-01T10:00:00Z' });
    await report(taskQueue, { asOf: '2025-03-01T00:15:00Z' });
    await world.enter({ at: '2025-02-20T10:00:00Z', boughtAt: '2025-02-27T10:00:00Z' });
    await world.enter({ at: '2025-01-02T10:00:00Z' });
    expect(await report(taskQueue, { asOf: '2025-03-02T00:15:00Z' })).toMatchObject({ days: 35, newDays: 1 });
    const rows = new Map((await history()).map(([day, ...counts]) => [day, counts]));
    expect(rows.get('2025-01-02 language')).toEqual([0, 0, 0, 1, 0]);
    expect(rows.get('2025-02-20 language')).toEqual([0, 1, 0, 3, 0]);
    expect(rows.get('2025-02-27 language')).toEqual([0, 0, 1, 3, 1]);
  });

  it('fills days that were never recorded, in pages of a month', async () => {
    const taskQueue = await startWorker();
    await world.enter({ at: '2024-01-01T10:00:00Z' });
    const handle = await client.workflow.start('conversionReport', {
      taskQueue,
      workflowId: randomUUID(),
      args: [{ asOf: '2025-01-01T00:15:00Z' }],
    });
    expect(await handle.result()).toMatchObject({ days: 366, newDays: 366 });
    const { events } = await handle.fetchHistory();
    const pages = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === 'recordHistory',
    );
    expect(pages).toHaveLength(12);
    expect(await history()).toHaveLength(732);
  });

  it('follows the site where it corrects recent tests, and keeps what it has cleared out since', async () => {
    const taskQueue = await startWorker();
    await world.enter({ at: '2025-01-01T10:00:00Z' });
    const at = ['2025-01-05T10:00:00Z', '2025-02-20T10:00:00Z', '2025-02-21T10:00:00Z'];
    for (const time of at) await world.take('english', time, time, time);
    await report(taskQueue, { asOf: '2025-03-01T00:15:00Z' });
    await world.clearSittings();
    await world.take('english', '2025-01-05T10:00:00Z', '2025-02-20T10:00:00Z');
    // The second looks at January as if it were recent; what is newer in the history tells that it is not.
    await report(taskQueue, { asOf: '2025-03-01T00:15:00Z' });
    await report(taskQueue, { asOf: '2025-01-10T00:15:00Z' });
    const tests = new Map((await history()).map(([day, count]) => [day, count]));
    expect(tests.get('2025-01-05 language')).toBe(3);
    expect(tests.get('2025-02-20 language')).toBe(1);
    expect(tests.get('2025-02-21 language')).toBe(3);
  });

  it('writes nothing on a dry worker, nor when asked to run dry', async () => {
    await world.enter({ at: '2025-03-10T10:00:00Z' });
    const dry = { dryRun: true, days: 2, newDays: 2 };
    const asOf = '2025-03-12T00:15:00Z';
    expect(await report(await startWorker({ dryRun: true }), { asOf })).toMatchObject(dry);
    await end();
    expect(await report(await startWorker(), { asOf, dryRun: true })).toMatchObject(dry);
    expect(await history()).toEqual([]);
  });

  it('works as of the time that its schedule meant, backfilled or late', async () => {
    await world.enter({ at: '2025-03-10T10:00:00Z' });
    const taskQueue = await startWorker({ timezone: 'Europe/Berlin' });
    const catalogue = await loadCatalogue({
      reportTimezone: 'Europe/Berlin',
      temporal: { address: inject('temporalAddress'), namespace: 'default', taskQueue },
      schedule: { catalogue: undefined, profile: 'production' },
    });
    const id = `conversion-report-${randomUUID()}`;
    await applySchedules({
      client,
      catalogue: catalogue
        .filter(({ workflow }) => workflow === 'conversionReport')
        .map((one) => ({ ...one, id, startPaused: true })),
      profile: 'production',
      taskQueue,
      now: new Date(),
    });
    const schedule = client.schedule.getHandle(id);
    try {
      await schedule.backfill({
        start: new Date('2025-03-11T23:00:00Z'),
        end: new Date('2025-03-12T00:00:00Z'),
        overlap: 'ALLOW_ALL',
      });
      const run = client.workflow.getHandle(`${id}-2025-03-11T23:15:00Z`);
      // Temporal starts it soon after the call that asked for it.
      await expect.poll(() => run.describe().catch(() => undefined)).toBeDefined();
      expect(await run.result()).toMatchObject({ asOf: '2025-03-11T23:15:00.000Z', days: 2 });
      expect((await history()).map(([day]) => day)).toEqual(
        ['2025-03-10', '2025-03-11'].flatMap((day) => [`${day} language`, `${day} non_language`]),
      );
    } finally {
      await schedule.delete();
    }
  });
});
