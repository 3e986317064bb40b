import { randomUUID } from 'node:crypto';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { WatchFindings } from '../activities/schedule-catch-up.ts';
import { slotText } from '../domain/occurrence.ts';
import { every, type ScheduleOptions } from '../schedules/define.ts';
import { workflowBundle } from '../workers/bundle.ts';
import { installRuntime } from '../workers/runtime.ts';
import { until } from './support/installation.ts';
import { type Stage, setStage } from './support/scheduled.ts';

const STEP = 600;

/**
 * A schedule every ten minutes, the last time five minutes ago, and the times of the past hour, oldest first. It was
 * there all along, as far as its watch knows, and nothing ran.
 */
async function declarePast(stage: Stage, options: Partial<ScheduleOptions> = {}) {
  const last = Math.floor(Date.now() / 1000) - STEP / 2;
  const id = await stage.declare({
    when: every(`${STEP}s`, { offset: `${last % STEP}s` }),
    startPaused: false,
    ...options,
  });
  const seconds = [5, 4, 3, 2, 1, 0].map((back) => last - back * STEP);
  await stage.watchedUntil(id, new Date(((seconds[0] ?? 0) - 1) * 1000));
  const slots = seconds.map((slot) => slotText(new Date(slot * 1000)));
  return { id, seconds, slots, first: slots[0] ?? '', last: slots[5] ?? '' };
}

const words = async (stage: Stage, id: string) =>
  (await stage.ledger(id)).map(({ state, reason }) => reason ?? state);

const worked = ({ worked: inputs }: Stage) => inputs.map(({ occurrence }) => occurrence?.slot);

const ledgerIs = (stage: Stage, id: string, expected: readonly string[]) =>
  until(`the ledger of ${id} says ${expected.join(', ')}`, async () => {
    const now = await words(stage, id);
    return JSON.stringify(now) === JSON.stringify(expected);
  });

it('shows missed times and runs none with skip', async () => {
  const stage = await setStage();
  const { id, slots } = await declarePast(stage);
  expect(await stage.watch(id)).toEqual({
    id,
    state: 'watched',
    owed: 0,
    missed: 6,
    skipped: 0,
    late: 0,
    asked: 0,
  });
  const missed = slots.map((slot) => ({ slot, state: 'missed', reason: 'no_run' }));
  expect(await stage.ledger(id)).toEqual(missed);
  expect(await stage.watch(id)).toMatchObject({ missed: 0 });
  expect(await stage.ledger(id)).toEqual(missed);
});

it('makes the whole gap up by one run as of its last time with latest', async () => {
  const stage = await setStage();
  const { id, last } = await declarePast(stage, { catchUp: 'latest' });
  expect(await stage.watch(id)).toMatchObject({ owed: 1, missed: 5, asked: 1 });
  const covered = Array.from({ length: 5 }, () => 'covered_by_later_run');
  expect(await words(stage, id)).toEqual([...covered, 'owed']);
  await stage.startWorker();
  await ledgerIs(stage, id, [...covered, 'completed']);
  expect(worked(stage)).toEqual([last]);
});

it('makes nothing up with latest when a later time has its run already', async () => {
  const stage = await setStage();
  const { id, last } = await declarePast(stage, { catchUp: 'latest' });
  // Started, and no worker has picked it up: it will come, only late.
  await stage.backfill(id, { from: last });
  await until('Temporal has started it', async () => {
    const { info } = await stage.client.schedule.getHandle(id).describe();
    return info.runningActions.length > 0;
  });
  expect(await stage.watch(id)).toMatchObject({ owed: 0, missed: 5 });
  expect(await words(stage, id)).toEqual(Array.from({ length: 5 }, () => 'covered_by_later_run'));
});

it('makes each missed time up with all, oldest first', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { id, slots } = await declarePast(stage, { catchUp: 'all' });
  await stage.backfill(id, { from: slots[2] ?? '' });
  await until('one of them has run', async () => (await words(stage, id)).includes('completed'));
  expect(await stage.watch(id)).toMatchObject({ owed: 5, asked: 5 });
  await ledgerIs(
    stage,
    id,
    Array.from({ length: 6 }, () => 'completed'),
  );
  expect(worked(stage).slice(1)).toEqual(slots.filter((_, n) => n !== 2));
});

it('makes up the latest ones with all when there are too many, and none that is too old', async () => {
  const stage = await setStage();
  const { id } = await declarePast(stage, { catchUp: 'all', catchUpAtMost: 2, catchUpWithin: '30m' });
  expect(await stage.watch(id)).toMatchObject({ owed: 2, missed: 4 });
  expect(await words(stage, id)).toEqual(['too_old', 'too_old', 'too_old', 'over_limit', 'owed', 'owed']);
});

it('starts one slot alone, however far its starts are put off', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { id } = await declarePast(stage, { catchUp: 'latest', jitter: '14m' });
  await stage.watch(id);
  // The times of the last 14 minutes may still start by themselves.
  const slot = (await stage.ledger(id)).at(-1)?.slot;
  const covered = Array.from({ length: 4 }, () => 'covered_by_later_run');
  await ledgerIs(stage, id, [...covered, 'completed']);
  expect(worked(stage)).toEqual([slot]);
});

it('asks again for an owed slot that was not started', async () => {
  const stage = await setStage();
  const { id, last } = await declarePast(stage, { catchUp: 'latest' });
  await stage.database.pool.query(
    "INSERT INTO schedule_runs (schedule_id, slot, state, asked_at) VALUES (?, ?, 'owed', NOW(3))",
    [id, new Date(last)],
  );
  expect(await stage.watch(id, { busy: true })).toMatchObject({ owed: 1, asked: 0 });
  expect(await stage.watch(id)).toMatchObject({ owed: 1, asked: 1 });
  await stage.startWorker();
  await until('it has run', async () => (await words(stage, id)).at(-1) === 'completed');
});

it('gives an owed slot up when a later time has run meanwhile', async () => {
  const stage = await setStage();
  const { id, slots } = await declarePast(stage, { catchUp: 'latest' });
  await stage.database.pool.query(
    "INSERT INTO schedule_runs (schedule_id, slot, state) VALUES (?, ?, 'owed')",
    [id, new Date(slots[0] ?? '')],
  );
  await stage.watch(id);
  expect((await words(stage, id))[0]).toBe('covered_by_later_run');
});

it('decides nothing while a schedule is paused, and then knows the cause', async () => {
  const stage = await setStage();
  const { id } = await declarePast(stage);
  await stage.client.schedule.getHandle(id).pause('for a test');
  expect(await stage.watch(id)).toMatchObject({ state: 'paused', missed: 0 });
  expect(await stage.ledger(id)).toEqual([]);
  await stage.client.schedule.getHandle(id).unpause();
  await stage.watch(id);
  expect(await words(stage, id)).toEqual(Array.from({ length: 6 }, () => 'paused'));
});

it('makes up what passed in a real pause, each time once', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare({ when: every('1s'), catchUp: 'all', startPaused: false });
  const handle = stage.client.schedule.getHandle(id);
  await until('it runs', async () => (await words(stage, id)).includes('completed'));
  await stage.watch(id);
  await handle.pause('for a test');
  const pausedAt = Date.now();
  await until('three times have passed', async () => Date.now() > pausedAt + 4000);
  expect(await stage.watch(id)).toMatchObject({ state: 'paused' });
  await handle.unpause();
  expect((await stage.watch(id)).owed).toBeGreaterThanOrEqual(3);
  await until('nothing is owed', async () => !(await words(stage, id)).includes('owed'));
  const slots = worked(stage);
  expect(new Set(slots).size).toBe(slots.length);
});

it('calls missed what Temporal dropped because a run waited for a worker, and that run late', async () => {
  const stage = await setStage();
  const id = await stage.declare({ when: every('1s'), startPaused: false });
  const handle = stage.client.schedule.getHandle(id);
  await until('Temporal has dropped some', async () => {
    const { info } = await handle.describe();
    return info.numActionsSkippedOverlap >= 3;
  });
  const before = await stage.watch(id);
  expect(before).toMatchObject({ late: 1, skipped: 0 });
  expect(before.missed).toBeGreaterThanOrEqual(2);
  await stage.startWorker();
  await until('the one that waited has run', async () => (await words(stage, id)).includes('completed'));
});

it('calls skipped what passed while a run was at work', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { id, slots, seconds, first } = await declarePast(stage, {
    catchUp: 'all',
    start: { workflow: 'longWork' },
  });
  await stage.backfill(id, { from: first });
  await ledgerIs(stage, id, ['running']);
  await stage.database.pool.query('UPDATE schedule_runs SET claimed_at = ?', [
    new Date(((seconds[2] ?? 0) - 10) * 1000),
  ]);
  expect(await stage.watch(id)).toMatchObject({ owed: 1, skipped: 4 });
  expect(await stage.ledger(id)).toMatchObject([
    { state: 'running' },
    { slot: slots[1], state: 'owed' },
    { state: 'skipped', reason: 'overlap' },
    { state: 'skipped', reason: 'overlap' },
    { state: 'skipped', reason: 'overlap' },
    { state: 'skipped', reason: 'overlap' },
  ]);
});

it('decides nothing while starts may wait for their turn', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { id, first } = await declarePast(stage, {
    overlap: 'bufferAll',
    start: { workflow: 'longWork' },
  });
  await stage.backfill(id, { from: first });
  await ledgerIs(stage, id, ['running']);
  expect(await stage.watch(id)).toMatchObject({ state: 'busy' });
});

it('frees the slot of a run that was terminated', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { id, first } = await declarePast(stage, { start: { workflow: 'longWork' } });
  await stage.backfill(id, { from: first });
  await ledgerIs(stage, id, ['running']);
  await stage.client.workflow.getHandle(`${id}-${first}`).terminate('for a test');
  await stage.watch(id);
  expect((await stage.ledger(id))[0]).toEqual({ slot: first, state: 'failed', reason: 'terminated' });
});

it('leaves out what an operator took out, and looks for what was put in', async () => {
  const stage = await setStage();
  const { id, seconds } = await declarePast(stage);
  const [one = 0, two = 0] = seconds;
  await stage.watch(id, { skips: new Set([one]), extras: [two + 60] });
  const slots = [two, two + 60, ...seconds.slice(2)].map((slot) => slotText(new Date(slot * 1000)));
  expect((await stage.ledger(id)).map(({ slot }) => slot)).toEqual(slots);
});

it('finds nothing missed before a schedule was made, nor before it was first resumed', async () => {
  const stage = await setStage();
  const young = await stage.declare({ when: every('1s'), startPaused: false });
  expect(await stage.watch(young)).toMatchObject({ state: 'watched', missed: 0 });
  const asleep = await stage.declare({ when: every('1s') });
  const made = Date.now();
  await until('some times have passed', async () => Date.now() > made + 2000);
  const seen = Date.now();
  expect(await stage.watch(asleep)).toMatchObject({ state: 'paused' });
  await stage.client.schedule.getHandle(asleep).unpause();
  await stage.watch(asleep);
  expect((await stage.ledger(asleep)).filter(({ slot }) => Date.parse(slot) < seen - 1000)).toEqual([]);
});

it('finds nothing missed before a schedule was made anew under the same name', async () => {
  const stage = await setStage();
  const { id } = await declarePast(stage);
  await stage.watch(id);
  await stage.database.pool.query(
    'UPDATE schedule_watches SET watched_until = watched_until - INTERVAL 1 DAY, schedule_created_at = schedule_created_at - INTERVAL 2 DAY',
  );
  expect(await stage.watch(id)).toMatchObject({ missed: 0 });
});

it('judges the time before a change of the rule by the old rule', async () => {
  const stage = await setStage();
  const { id, slots } = await declarePast(stage, { catchUp: 'all' });
  const changed = { id, when: every('7m'), catchUp: 'all', startPaused: false } as const;
  stage.redeclare(changed);
  expect(await stage.watch(id)).toMatchObject({ state: 'differs' });
  expect(await stage.ledger(id)).toEqual([]);
  await stage.declare(changed);
  await stage.watch(id);
  const ledger = await stage.ledger(id);
  expect(ledger.map(({ slot }) => slot)).toEqual(slots);
  // Temporal starts only what the rule in force names.
  expect(ledger.map(({ reason }) => reason)).toContain('rule_changed');
});

it('goes on under the new name where it was under the old one', async () => {
  const stage = await setStage();
  const { id: old, seconds } = await declarePast(stage);
  const id = await stage.declare({
    id: `${old}-renamed`,
    formerIds: [old],
    when: every(`${STEP}s`, { offset: `${(seconds[0] ?? 0) % STEP}s` }),
    startPaused: false,
  });
  expect(await stage.watch(id)).toMatchObject({ missed: 6 });
});

it('writes down at most a thousand slots at a look and counts the others', async () => {
  const stage = await setStage();
  const id = await stage.declare({ when: every('1s'), catchUp: 'latest', startPaused: false });
  await stage.watchedUntil(id, new Date(Date.now() - 3 * 3_600_000));
  const { missed, owed } = await stage.watch(id);
  expect(missed + owed).toBeGreaterThan(10_000);
  expect(await stage.ledger(id)).toHaveLength(1000);
  const [rows] = await stage.database.pool.query('SELECT missed_unlisted AS n FROM schedule_watches');
  expect(rows).toEqual([{ n: missed + owed - 1000 }]);
});

it('writes the same once when several look at the same time', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { id, last } = await declarePast(stage, { catchUp: 'latest' });
  await Promise.all([stage.watch(id), stage.watch(id), stage.watch(id)]);
  await until('the owed one has run', async () => (await words(stage, id)).at(-1) === 'completed');
  expect(await words(stage, id)).toHaveLength(6);
  expect(worked(stage)).toEqual([last]);
});

/** Runs one of the real flows with activities of the test. */
async function runFlow(flow: string, activities: object): Promise<unknown> {
  installRuntime('error');
  const address = inject('temporalAddress');
  const [connection, native, codePath] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    workflowBundle(String(process.env.SLUICE_HOME)),
  ]);
  onTestFinished(async () => {
    await Promise.all([connection.close(), native.close()]);
  });
  const taskQueue = randomUUID();
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: { codePath },
    activities,
  });
  const { workflow } = new Client({ connection });
  return worker.runUntil(workflow.execute(flow, { taskQueue, workflowId: randomUUID() }));
}

async function failureOf(run: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) throw new Error('it did not fail with a code');
  return cause;
}

it('looks at all schedules although one cannot be looked at, and says so', async () => {
  const report = { state: 'watched', owed: 0, missed: 0, skipped: 0, late: 0, asked: 0 } as const;
  const failure = await failureOf(
    runFlow('scheduleCatchUp', {
      schedulesToWatch: async () => ['good', 'bad', 'fine'],
      watchSchedules: async ({ ids }: { readonly ids: readonly string[] }): Promise<WatchFindings> => {
        const good = ids.filter((id) => id !== 'bad').map((id) => ({ id, ...report }));
        return { schedules: good, failed: [{ id: 'bad', code: 'broken' }] };
      },
    }),
  );
  expect(failure).toMatchObject({
    type: 'schedule_catch_up_incomplete',
    details: [{ schedules: [{ id: 'good' }, { id: 'fine' }], failed: [{ id: 'bad', code: 'broken' }] }],
  });
});

it('looks at thousands in pages; a page that cannot be looked at stops no other', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `one-${index}`);
  const failure = await failureOf(
    runFlow('scheduleCatchUp', {
      schedulesToWatch: async () => ids,
      watchSchedules: async ({ ids: page }: { readonly ids: readonly string[] }): Promise<WatchFindings> => {
        if (page.includes('one-60')) throw ApplicationFailure.nonRetryable('no', 'broken');
        return { schedules: [], failed: [] };
      },
    }),
  );
  const details = failure.details?.[0] as { readonly failed: readonly { readonly id: string }[] };
  expect(details).toMatchObject({ watched: 120, schedules: [] });
  expect(details.failed.map(({ id }) => id)).toEqual(ids.slice(50, 100));
});

it('goes on with the other schedules when one cannot be read', async () => {
  const stage = await setStage();
  const [good, bad] = [await stage.declare({ startPaused: false }), await stage.declare()];
  const found = await stage.watchAll([bad, good], { broken: bad });
  expect(found).toEqual({ schedules: [], failed: [{ id: bad, code: 'broken' }] });
});

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

it('fails when the listed times of a schedule run out within 30 days', async () => {
  const rolling = (until: string) => ({
    rollHorizon: async () => [
      { id: 'fine', until: inDays(400), rolled: true },
      { id: 'other', until, rolled: false },
    ],
  });
  expect(await runFlow('scheduleHorizon', rolling(inDays(31)))).toMatchObject({
    schedules: [{ id: 'fine' }, { id: 'other' }],
  });
  const failure = await failureOf(runFlow('scheduleHorizon', rolling(inDays(29))));
  expect(failure).toMatchObject({ type: 'schedule_horizon_short' });
  expect(failure.message).toContain('other (until ');
});
