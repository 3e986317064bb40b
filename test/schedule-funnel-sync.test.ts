import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { FunnelSyncResult } from '../workflows/funnel-sync.ts';
import { type Installation, until } from './support/installation.ts';
import { buys, expectEverybodyOnce, installed, takesTest, takeTests } from './support/people.ts';
import { scratchFolder } from './support/scratch.ts';

const DEFINE = new URL('../schedules/define.ts', import.meta.url).href;

/** The settings of a catalogue with funnelSync alone, which Temporal has paused: only backfills start it. */
async function scheduled(here: Installation, options = '') {
  const id = `funnel-sync-${randomUUID()}`;
  const file = join(scratchFolder(), 'catalogue.mjs');
  writeFileSync(
    file,
    `import { defineSchedule, every } from '${DEFINE}';
     export const sync = defineSchedule({
       id: '${id}', when: every('15m'), timezone: 'UTC', start: { workflow: 'funnelSync', args: [{}] },
       overlap: 'skip', catchUp: 'latest', note: 'For a test.', ${options}
     });`,
  );
  const handle = await here.client.schedule.create({
    scheduleId: id,
    spec: { intervals: [{ every: '15m' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'funnelSync',
      workflowId: id,
      args: [{}],
      taskQueue: here.settings.temporal.taskQueue,
    },
    state: { paused: true },
  });
  onTestFinished(() => handle.delete());
  const runAt = async (slot: string) => {
    const at = new Date(slot);
    await handle.backfill({ start: at, end: at, overlap: 'BUFFER_ALL' });
    const run = here.client.workflow.getHandle(`${id}-${slot}`);
    await until(`Temporal has started ${slot}`, () =>
      run.describe().then(
        () => true,
        () => false,
      ),
    );
    return (await run.result()) as Extract<FunnelSyncResult, { dryRun: false }>;
  };
  return { id, env: { SCHEDULE_CATALOGUE: file }, handle, runAt };
}

const entries = ({ sql }: Installation) =>
  sql<{ enteredAt: string; purchased: number }>(
    'SELECT entered_at AS enteredAt, certificate_purchased AS purchased FROM funnel_entries ORDER BY entered_at',
  );

/** Summaries of the activities of a run, as the Web UI shows them. */
async function summaries(here: Installation, workflowId: string): Promise<readonly string[]> {
  const { events } = await here.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [String(JSON.parse(new TextDecoder().decode(data)))] : [];
  });
}

it('works a gap of five hours in batches, so that who took a test and bought meanwhile has entered and converted', async () => {
  const here = await installed();
  const { id, env, runAt } = await scheduled(here, "backlog: { after: '2h', batch: '1h' }");
  await here.spawnWorker(env);
  await runAt('2026-03-10T07:00:00Z');
  await takesTest(here, { email: 'quick@example.com', at: '2026-03-10 08:10:00' });
  await buys(here, { id: 1, email: 'quick@example.com', at: '2026-03-10 10:30:00' });
  await takesTest(here, { email: 'late@example.com', at: '2026-03-10 11:50:00' });
  const result = await runAt('2026-03-10T12:00:00Z');
  expect(result).toMatchObject({
    asOf: '2026-03-10T12:00:00.000Z',
    entered: { language: 2 },
    converted: { language: 1 },
    quarantined: {},
    payments: { mirrored: 1, withdrawn: 0 },
    brevo: { state: 'done', pending: 0 },
  });
  expect(await entries(here)).toEqual([
    { enteredAt: '2026-03-10 09:00:00.000', purchased: 1 },
    { enteredAt: '2026-03-10 12:00:00.000', purchased: 0 },
  ]);
  const told = (await summaries(here, `${id}-2026-03-10T12:00:00Z`)).join('\n');
  expect(told).toMatch(/Batch 1 of 5, as of 2026-03-10T08:00:00Z: Find sittings/);
  expect(told).toMatch(/Batch 5 of 5, as of 2026-03-10T12:00:00Z: Match purchases/);

  await takesTest(here, { email: 'next@example.com', at: '2026-03-10 12:10:00' });
  await runAt('2026-03-10T12:15:00Z');
  expect((await summaries(here, `${id}-2026-03-10T12:15:00Z`)).join('\n')).not.toContain('Batch');
});

it('takes such a person for an old customer without batches', async () => {
  const here = await installed();
  const { env, runAt } = await scheduled(here);
  await here.spawnWorker(env);
  await runAt('2026-03-10T07:00:00Z');
  await takesTest(here, { email: 'quick@example.com', at: '2026-03-10 08:10:00' });
  await buys(here, { id: 1, email: 'quick@example.com', at: '2026-03-10 10:30:00' });
  expect((await runAt('2026-03-10T12:00:00Z')).quarantined).toEqual({ already_customer: 1 });
});

it('goes on with its batches, or as a run of before there were any, when it is continued', async () => {
  const here = await installed();
  await takesTest(here, { email: 'early@example.com', at: '2026-03-10 08:10:00' });
  await takesTest(here, { email: 'late@example.com', at: '2026-03-10 11:50:00' });
  await here.startWorker();
  const carried = {
    asOf: '2026-03-10T12:00:00.000Z',
    runId: randomUUID(),
    ranges: [{ from: '2026-03-10 08', to: '2026-03-10 08', sittings: 1 }],
    progress: { payments: { mirrored: 3, withdrawn: 1 }, sittings: { inWindow: 7, judged: 5 } },
  };
  const go = (input: object) =>
    here.client.workflow.execute('funnelSync', {
      taskQueue: here.settings.temporal.taskQueue,
      workflowId: randomUUID(),
      args: [{ carried: input }],
    });
  const steps = ['2026-03-10T08:00:00Z', '2026-03-10T09:00:00Z', '2026-03-10T12:00:00.000Z'];
  expect(await go({ ...carried, batches: { steps, done: 1 } })).toMatchObject({
    entered: { language: 2 },
    payments: { mirrored: 3 },
    sittings: { inWindow: 2, judged: 7 },
  });
  expect(await entries(here)).toMatchObject([
    { enteredAt: '2026-03-10 09:00:00.000' },
    { enteredAt: '2026-03-10 12:00:00.000' },
  ]);
  expect(await go(carried)).toMatchObject({ sittings: { inWindow: 7, judged: 6 } });
});

it('goes on with the same slot when the worker is killed in the middle, and does nothing twice', async () => {
  const here = await installed();
  const emails = await takeTests(here, 25);
  const { id, env, runAt } = await scheduled(here);
  await here.sandbox.control.addFault({ kind: 'refuseThenHang', method: 'POST', route: '/contacts' });
  const victim = await here.spawnWorker(env);
  const run = runAt('2026-03-10T12:00:00Z');
  await until('the entries are written', async () => (await entries(here)).length === emails.length);
  const ledger = () =>
    here.sql<{ state: string; runId: string }>(
      `SELECT state, run_id AS runId FROM schedule_runs WHERE schedule_id = '${id}'`,
    );
  const [before] = await ledger();
  expect(before).toMatchObject({ state: 'running' });
  victim.kill('SIGKILL');
  await here.sandbox.control.clearFaults();
  await here.spawnWorker(env);
  expect((await run).entered.language).toBe(emails.length);
  await expectEverybodyOnce(here, emails);
  expect(await ledger()).toEqual([{ state: 'completed', runId: before?.runId }]);
});
