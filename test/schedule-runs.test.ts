import { randomUUID } from 'node:crypto';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { expect, it } from 'vitest';
import { openForRerun } from '../db/schedule-runs.ts';
import { every } from '../schedules/define.ts';
import { until } from './support/installation.ts';
import { type Stage, setStage } from './support/scheduled.ts';

const SLOT = '2026-10-05T08:00:00Z';
const BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);
const AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

interface AsScheduled {
  readonly id: string;
  readonly slot?: string;
  readonly flow?: string;
  readonly workflowId?: string;
}

/** Starts a run that says of itself what a schedule would say, under a name of its own. */
function startAs(
  { client, taskQueue }: Stage,
  { id, slot = SLOT, flow = 'scheduledWork', workflowId = randomUUID() }: AsScheduled,
) {
  const typedSearchAttributes = new TypedSearchAttributes([
    { key: BY, value: id },
    { key: AT, value: new Date(slot) },
  ]);
  return client.workflow.start(flow, { taskQueue, workflowId, typedSearchAttributes });
}

async function runAs(stage: Stage, input: AsScheduled): Promise<unknown> {
  const handle = await startAs(stage, input);
  return handle.result();
}

const ledgerHas = (stage: Stage, id: string, states: readonly string[]) =>
  until(`slots of ${id} are ${states.join(', ')}`, async () => {
    const lines = await stage.ledger(id);
    return JSON.stringify(lines.map(({ state }) => state)) === JSON.stringify(states) && lines;
  });

/** As soon as there are so many runs of the slot, and all are closed. */
const closedRuns = ({ client }: Stage, workflowId: string, count: number) =>
  until(`${count} runs of ${workflowId} are closed`, async () => {
    const states: string[] = [];
    for await (const { status } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      states.push(status.name);
    }
    return states.length === count && !states.includes('RUNNING');
  });

it.each(['ALLOW_ALL', 'BUFFER_ALL'] as const)(
  'works a slot once that is backfilled twice with %s',
  async (overlap) => {
    const stage = await setStage();
    await stage.startWorker();
    const id = await stage.declare();
    await stage.backfill(id, { from: SLOT, overlap });
    const workflowId = `${id}-${SLOT}`;
    await closedRuns(stage, workflowId, 1);
    await stage.backfill(id, { from: SLOT, overlap });
    await closedRuns(stage, workflowId, 2);
    const first = stage.worked[0]?.runId;
    expect(await stage.client.workflow.getHandle(workflowId).result()).toEqual({
      skipped: 'already_ran',
      scheduleId: id,
      slot: '2026-10-05T08:00:00.000Z',
      by: { workflowId, runId: first },
    });
    expect(stage.worked).toHaveLength(1);
    expect(await stage.ledger(id)).toEqual([{ slot: SLOT, state: 'completed', reason: null }]);
  },
);

it('works a slot once that is asked for twice at the same moment', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  await Promise.all([
    stage.backfill(id, { from: SLOT, to: '2026-10-05T12:00:00Z' }),
    stage.backfill(id, { from: SLOT, to: '2026-10-05T12:00:00Z' }),
  ]);
  await ledgerHas(
    stage,
    id,
    Array.from({ length: 5 }, () => 'completed'),
  );
  await until('nothing is under way', async () => {
    const { info, raw } = await stage.client.schedule.getHandle(id).describe();
    return info.runningActions.length === 0 && Number(raw.info?.bufferSize ?? 0) === 0;
  });
  expect(stage.worked.map(({ occurrence }) => occurrence?.slot)).toEqual(
    [8, 9, 10, 11, 12].map((hour) => `2026-10-05T${String(hour).padStart(2, '0')}:00:00Z`),
  );
});

it('lets the second run of a slot end at once while the first is at work', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  const first = await startAs(stage, { id, flow: 'longWork' });
  await ledgerHas(stage, id, ['running']);
  const { workflowId, firstExecutionRunId: runId } = first;
  expect(await runAs(stage, { id })).toMatchObject({ skipped: 'already_ran', by: { workflowId, runId } });
  await first.signal('end');
  expect(await first.result()).toBe('done');
  await ledgerHas(stage, id, ['completed']);
});

it('decides by the key who of many has the slot', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  const results = await Promise.all(Array.from({ length: 8 }, () => runAs(stage, { id })));
  expect(results.filter((result) => result === 'done')).toHaveLength(1);
  expect(stage.worked).toHaveLength(1);
});

it('takes a slot over from a run that failed', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  stage.onWork = () => Promise.reject(new Error('broken'));
  await stage.backfill(id, { from: SLOT });
  expect(await ledgerHas(stage, id, ['failed'])).toMatchObject([{ reason: 'Error' }]);
  stage.onWork = async () => 'mended';
  await stage.backfill(id, { from: SLOT });
  await ledgerHas(stage, id, ['completed']);
});

it('takes a slot over from a run that was terminated or forgotten', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  const first = await startAs(stage, { id, flow: 'longWork' });
  await ledgerHas(stage, id, ['running']);
  await first.terminate('for a test');
  expect(await runAs(stage, { id })).toBe('done');
  await stage.database.pool.query(
    "UPDATE schedule_runs SET state = 'running', workflow_id = 'gone', run_id = 'gone'",
  );
  expect(await runAs(stage, { id })).toBe('done');
  expect(await ledgerHas(stage, id, ['completed'])).toHaveLength(1);
});

it('takes a slot over under the same workflow id from a chain that was continued and then terminated', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  const gate = Promise.withResolvers<void>();
  stage.onWork = async () => {
    if (stage.worked.length === 2) await gate.promise;
    return 'done';
  };
  const workflowId = randomUUID();
  await startAs(stage, { id, flow: 'continuedWork', workflowId });
  await until('the second run of the chain works', async () => stage.worked.length === 2);
  expect(await runAs(stage, { id })).toMatchObject({ skipped: 'already_ran' });
  await stage.client.workflow.getHandle(workflowId).terminate('for a test');
  gate.resolve();
  expect(await runAs(stage, { id, workflowId })).toBe('done');
});

it('works a slot again that was opened for a rerun', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  await runAs(stage, { id });
  const opened = await openForRerun(stage.database.orm, { scheduleIds: [id], slots: [new Date(SLOT)] });
  expect(opened).toBe(1);
  expect(await runAs(stage, { id })).toBe('done');
  expect(stage.worked).toHaveLength(2);
  expect(await runAs(stage, { id })).toMatchObject({ skipped: 'already_ran' });
});

it('counts continued and repeated runs as one, each with the same occurrence', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  expect(await runAs(stage, { id, flow: 'continuedWork' })).toBe('done');
  expect(new Set(stage.worked.map(({ runId }) => runId)).size).toBe(3);
  expect(new Set(stage.worked.map(({ occurrence }) => JSON.stringify(occurrence))).size).toBe(1);
  expect(await stage.ledger(id)).toMatchObject([{ state: 'completed' }]);
});

it('goes on with a run that Temporal tries again after it failed', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  const typedSearchAttributes = [
    { key: BY, value: id },
    { key: AT, value: new Date(SLOT) },
  ];
  const result = await stage.client.workflow.execute('failsFirst', {
    taskQueue: stage.taskQueue,
    workflowId: randomUUID(),
    typedSearchAttributes,
    retry: { initialInterval: 10 },
  });
  expect(result).toBe('done');
  expect(await stage.ledger(id)).toEqual([{ slot: SLOT, state: 'completed', reason: null }]);
});

it('notes a cancelled run as failed', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare();
  const run = await startAs(stage, { id, flow: 'longWork' });
  await ledgerHas(stage, id, ['running']);
  await run.cancel();
  expect(await ledgerHas(stage, id, ['failed'])).toMatchObject([{ reason: 'cancelled' }]);
});

it('leaves runs alone that no schedule started', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const { taskQueue } = stage;
  expect(await stage.client.workflow.execute('scheduledWork', { taskQueue, workflowId: randomUUID() })).toBe(
    'done',
  );
  expect(stage.worked).toMatchObject([{ occurrence: null }]);
  expect(await stage.database.orm.execute('SELECT 1 FROM schedule_runs')).toMatchObject([[], {}]);
});

it('claims the slot of a schedule that nobody declared, in UTC', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = `stranger ${'ö'.repeat(300)}`;
  expect(await runAs(stage, { id })).toBe('done');
  expect(await runAs(stage, { id })).toMatchObject({ skipped: 'already_ran', scheduleId: id });
  expect(stage.worked).toMatchObject([{ occurrence: { timezone: 'UTC', mode: 'normal' } }]);
});

it('tells a run its weekday by the logical time in the zone of the schedule', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare({ timezone: 'Pacific/Auckland' });
  // A Sunday evening in London is Monday morning there.
  await stage.backfill(id, { from: '2026-10-04T20:00:00Z' });
  await ledgerHas(stage, id, ['completed']);
  await stage.backfill(id, { from: '2026-10-04T08:00:00Z' });
  await ledgerHas(stage, id, ['completed', 'completed']);
  expect(stage.worked.map(({ occurrence }) => occurrence)).toMatchObject([
    {
      scheduleId: id,
      slot: '2026-10-04T20:00:00Z',
      timezone: 'Pacific/Auckland',
      localDate: '2026-10-05',
      weekday: 1,
      weekend: false,
      mode: 'normal',
      lateSeconds: expect.any(Number) as number,
    },
    { localDate: '2026-10-04', weekday: 7, weekend: true },
  ]);
});

it('pauses a schedule after so many failed runs in a row, and counts anew after it was resumed', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare({ when: every('4w'), pauseAfterFailures: 2, startPaused: false });
  const state = async () => (await stage.client.schedule.getHandle(id).describe()).state;
  const fails = async (slot: string) => {
    stage.onWork = () => Promise.reject(new Error('person@example.com cannot be reached'));
    await expect(runAs(stage, { id, slot })).rejects.toThrow('Workflow execution failed');
  };
  await fails('2026-10-05T01:00:00Z');
  stage.onWork = async () => 'done';
  await runAs(stage, { id, slot: '2026-10-05T02:00:00Z' });
  await fails('2026-10-05T03:00:00Z');
  expect(await state()).toMatchObject({ paused: false });
  await fails('2026-10-05T04:00:00Z');
  expect(await state()).toMatchObject({ paused: true, note: 'paused after 2 failed runs in a row: Error' });

  await stage.client.schedule.getHandle(id).unpause('looks better');
  await fails('2026-10-05T05:00:00Z');
  expect(await state()).toMatchObject({ paused: false });
  await stage.client.schedule.getHandle(id).pause('operator: at work');
  await fails('2026-10-05T06:00:00Z');
  expect(await state()).toMatchObject({ paused: true, note: 'operator: at work' });
});

it('does not count runs that somebody cancelled among those that failed', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare({ when: every('4w'), pauseAfterFailures: 2, startPaused: false });
  const state = async () => (await stage.client.schedule.getHandle(id).describe()).state;
  for (const slot of ['2026-10-05T01:00:00Z', '2026-10-05T02:00:00Z']) {
    const run = await startAs(stage, { id, slot, flow: 'longWork' });
    await until('it works', async () => (await stage.ledger(id)).at(-1)?.state === 'running');
    await run.cancel();
    await until('it is cancelled', async () => (await stage.ledger(id)).at(-1)?.reason === 'cancelled');
  }
  stage.onWork = () => Promise.reject(new Error('broken'));
  await expect(runAs(stage, { id, slot: '2026-10-05T03:00:00Z' })).rejects.toThrow(
    'Workflow execution failed',
  );
  expect(await state()).toMatchObject({ paused: false });
});

it('tells a run to work its backlog when the last completed one lies too far back', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare({ backlog: { after: '2h', batch: '30m' } });
  await runAs(stage, { id, slot: '2026-10-05T01:00:00Z' });
  await runAs(stage, { id, slot: '2026-10-05T03:00:00Z' });
  stage.onWork = () => Promise.reject(new Error('broken'));
  await expect(runAs(stage, { id, slot: '2026-10-05T04:00:00Z' })).rejects.toThrow(
    'Workflow execution failed',
  );
  await expect(runAs(stage, { id, slot: '2026-10-05T05:10:00Z' })).rejects.toThrow(
    'Workflow execution failed',
  );
  const modes = stage.worked.filter((one, n, all) => one.runId !== all[n - 1]?.runId);
  expect(modes.map(({ occurrence }) => occurrence?.mode)).toEqual(['normal', 'normal', 'normal', 'backlog']);
  expect(modes.at(-1)?.occurrence).toMatchObject({
    backlogFrom: '2026-10-05T03:00:00Z',
    backlogSteps: [
      '2026-10-05T03:30:00Z',
      '2026-10-05T04:00:00Z',
      '2026-10-05T04:30:00Z',
      '2026-10-05T05:00:00Z',
    ],
  });
});

it('bounds the batches of a long backlog by making them longer', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const id = await stage.declare({ backlog: { after: '2h', batch: '15m' } });
  await runAs(stage, { id, slot: '2026-06-01T00:00:00Z' });
  await runAs(stage, { id, slot: '2026-10-05T00:00:00Z' });
  const steps = stage.worked.at(-1)?.occurrence?.backlogSteps ?? [];
  expect(steps.length).toBeLessThanOrEqual(100);
  const widths = steps.slice(1).map((step, n) => Date.parse(step) - Date.parse(steps[n] ?? ''));
  expect(new Set(widths).size).toBe(1);
  expect((widths[0] ?? 0) % 900_000).toBe(0);
});

it('works no slot again under a new name of the schedule', async () => {
  const stage = await setStage();
  await stage.startWorker();
  const old = await stage.declare();
  await runAs(stage, { id: old });
  stage.onWork = () => Promise.reject(new Error('broken'));
  await expect(runAs(stage, { id: old, slot: '2026-10-05T09:00:00Z' })).rejects.toThrow(
    'Workflow execution failed',
  );
  stage.onWork = async () => 'done';
  const id = `${old}-renamed`;
  stage.redeclare({ id, formerIds: [old] });
  expect(await runAs(stage, { id })).toMatchObject({ skipped: 'already_ran' });
  expect(await runAs(stage, { id: old })).toMatchObject({ skipped: 'already_ran' });
  expect(await runAs(stage, { id, slot: '2026-10-05T09:00:00Z' })).toBe('done');
  expect(await stage.ledger(old)).toMatchObject([{ slot: SLOT, state: 'completed' }]);
  expect(await stage.ledger(id)).toMatchObject([{ slot: '2026-10-05T09:00:00Z', state: 'completed' }]);
});

it('does a slot for real that only a dry run has completed', async () => {
  const stage = await setStage();
  const id = await stage.declare({ backlog: { after: '2h', batch: '30m' } });
  const dry = await stage.startWorker({ dryRun: true });
  await runAs(stage, { id });
  expect(await stage.ledger(id)).toMatchObject([{ state: 'completed', reason: 'dry_run' }]);
  expect(await runAs(stage, { id })).toMatchObject({ skipped: 'already_ran' });
  await dry.stop();
  await stage.startWorker();
  expect(await runAs(stage, { id })).toBe('done');
  expect(await stage.ledger(id)).toMatchObject([{ state: 'completed', reason: null }]);
});
