import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/installation.ts';
import { ledgerHas, type Operation, pastHours, setOperation } from './support/operation.ts';
import { type OwnTemporal, startOwnTemporal } from './support/own-temporal.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal({ serves: 'api and Web UI' });
});
afterAll(() => temporal.end());

const hourly = (id: string, more = '') =>
  `export const ${id.replaceAll('-', '_')} = defineSchedule({ ...REST, id: '${id}', when: every('1h'), ${more} });`;
/** Runs the search for missed times when it is triggered. */
const catchUpBy = (id: string) =>
  `export const catch_up = defineSchedule({ ...REST, id: '${id}', when: manual(), start: { workflow: 'scheduleCatchUp' } });`;
const SLOTS = [7, 8, 9, 10].map((hour) => `2026-10-01T${String(hour).padStart(2, '0')}:00:00Z`);
const FROM = SLOTS[0] ?? '';
const TO = SLOTS[3] ?? '';
const ALL_COMPLETED = Array(4).fill('completed') as string[];

/** The same operation, done by somebody who does not use `sluice`. */
interface Outsider {
  pause(here: Operation, id: string, note: string): Promise<void>;
  unpause(here: Operation, id: string, note: string): Promise<void>;
  /** With the policy that is chosen there when nobody chooses. */
  trigger(here: Operation, id: string): Promise<void>;
  backfill(here: Operation, id: string, policy: Policy): Promise<void>;
  delete(here: Operation, id: string): Promise<void>;
}

type Policy = 'as it comes' | 'BufferAll' | 'AllowAll';

const cli: Outsider = {
  pause: (here, id, note) => here.temporal('toggle', '--schedule-id', id, '--pause', '--reason', note),
  unpause: (here, id, note) => here.temporal('toggle', '--schedule-id', id, '--unpause', '--reason', note),
  trigger: (here, id) => here.temporal('trigger', '--schedule-id', id),
  backfill: (here, id, policy) =>
    here.temporal(
      'backfill',
      '--schedule-id',
      id,
      '--start-time',
      FROM,
      '--end-time',
      TO,
      ...(policy === 'as it comes' ? [] : ['--overlap-policy', policy]),
    ),
  delete: (here, id) => here.temporal('delete', '--schedule-id', id),
};

/** The requests that the pages of the Web UI send, to the server that serves them. */
const webUi: Outsider = {
  pause: (_, id, note) => patch(id, { pause: note }),
  unpause: (_, id, note) => patch(id, { unpause: note }),
  trigger: (_, id) => patch(id, { triggerImmediately: { overlapPolicy: 'Unspecified' } }),
  backfill: (_, id, policy) =>
    patch(id, {
      backfillRequest: [
        {
          overlapPolicy: policy === 'as it comes' ? 'Unspecified' : policy,
          startTime: new Date(FROM).toISOString(),
          endTime: new Date(TO).toISOString(),
        },
      ],
    }),
  delete: async (_, id) => {
    await send('DELETE', `schedules/${id}`);
  },
};

async function patch(id: string, change: unknown): Promise<void> {
  await send('POST', `schedules/${id}/patch`, { patch: change, request_id: randomUUID() });
}

async function send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
  const page = await fetch(`${temporal.webUi}/`);
  const token = /_csrf=([^;]+)/.exec(page.headers.get('set-cookie') ?? '')?.[1] ?? '';
  const response = await fetch(`${temporal.webUi}/api/v1/namespaces/default/${path}`, {
    method,
    headers: { 'content-type': 'application/json', cookie: `_csrf=${token}`, 'x-csrf-token': token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect([response.status, await response.text()]).toEqual([200, '{}']);
}

describe.each([
  { name: 'the temporal CLI', prefix: 'cli', outsider: cli },
  { name: 'the Web UI', prefix: 'web', outsider: webUi },
])('with $name', ({ prefix, outsider }) => {
  it('a backfill works each time as of its own time, and none that is completed', async () => {
    const id = `${prefix}-backfilled`;
    const here = await setOperation(temporal, hourly(id, 'startPaused: true'));
    await here.startWorker();
    await here.json('backfill', id, '--from', FROM, '--to', SLOTS[1] ?? '');
    await ledgerHas(here, id, ['completed', 'completed']);

    // Temporal drops the start of a time whose run has not closed yet, though its work is done.
    await allEnded(id, 2);
    await outsider.backfill(here, id, 'BufferAll');
    await ledgerHas(here, id, ALL_COMPLETED);
    await allEnded(id, 6);
    await outsider.backfill(here, id, 'AllowAll');
    await allEnded(id, 10);
    expect(here.worked).toEqual(SLOTS);
    expect(here.occurrences.map(({ slot, localDate }) => [slot, localDate])).toEqual(
      SLOTS.map((slot) => [slot, '2026-10-01']),
    );
    const skipped = (await resultsOf(id)).filter((result) => result !== 'done');
    expect(skipped).toHaveLength(6);
    expect(skipped).toContainEqual({
      skipped: 'already_ran',
      scheduleId: id,
      slot: '2026-10-01T07:00:00.000Z',
      by: { workflowId: `${id}-${FROM}`, runId: expect.any(String) as string },
    });
  });

  it('a backfill that loses times leaves them to ours', async () => {
    const id = `${prefix}-lossy`;
    const here = await setOperation(temporal, hourly(id, 'startPaused: true'));
    // Nobody works, so the policy `skip` drops all but the first.
    await outsider.backfill(here, id, 'as it comes');
    await until('the first to be started', async () => (await resultsOf(id)).length === 1);
    await here.startWorker();
    await ledgerHas(here, id, ['completed']);
    await here.json('backfill', id, '--from', FROM, '--to', TO);
    await ledgerHas(here, id, ALL_COMPLETED);
    expect(here.worked).toEqual(SLOTS);
  });

  it('a trigger runs a paused schedule as of now', async () => {
    const id = `${prefix}-triggered`;
    const here = await setOperation(temporal, hourly(id, 'startPaused: true'));
    await here.startWorker();
    const before = Math.floor(Date.now() / 1000) * 1000;
    await outsider.trigger(here, id);
    await ledgerHas(here, id, ['completed']);
    expect(Date.parse(here.worked[0] ?? '')).toBeGreaterThanOrEqual(before);
    const report = await here.json<{ state: string; runs: readonly unknown[] }>('show', id);
    expect(report).toMatchObject({ state: 'paused', runs: [{ status: 'completed' }] });
  });

  it('a pause is shown with its note, kept by apply, and what it missed is made up as the schedule says', async () => {
    const [id, catchUpId] = [`${prefix}-paused`, `${prefix}-catch-up`];
    const { when, back } = pastHours();
    const body = `export const paused = defineSchedule({ ...REST, id: '${id}', when: ${when}, catchUp: 'latest' });`;
    const here = await setOperation(temporal, `${body}\n${catchUpBy(catchUpId)}`);
    const catchUp = () => here.json('trigger', catchUpId, '--wait');
    await here.startWorker();
    await outsider.pause(here, id, 'not while we move');
    expect((await here.schedules('list')).stdout).toContain(`${id} is paused: not while we move`);
    await here.json('apply', '--yes');
    expect(await here.json('show', id)).toMatchObject({ state: 'paused', note: 'not while we move' });

    await here.watchedUntil(id, new Date(back(3).getTime() - 1000));
    await catchUp();
    expect(await here.ledger(id)).toEqual([]);
    await outsider.unpause(here, id, 'moved');
    expect(await here.json('show', id)).toMatchObject({ state: 'active', note: 'moved' });
    await catchUp();
    await ledgerHas(here, id, ['missed', 'missed', 'missed', 'completed']);
    expect(here.worked).toEqual([text(back(0))]);
    const { stdout } = await here.schedules('show', id);
    expect(stdout).toContain(`${text(back(1))}  missed: covered by later run`);
    expect(stdout).toMatch(/3 missed, 0 skipped/);
    // `apply` leaves the note of whoever resumed it, too.
    expect((await here.schedules('plan')).stdout).toContain('2 unchanged');
  });

  it('what was deleted is shown, made again by apply, and its past does not run twice', async () => {
    const id = `${prefix}-deleted`;
    const here = await setOperation(temporal, hourly(id, 'startPaused: true'));
    await here.startWorker();
    await here.json('backfill', id, '--from', FROM, '--to', TO);
    await ledgerHas(here, id, ALL_COMPLETED);
    await allEnded(id, 4);
    await outsider.delete(here, id);
    await until('it to be gone', async () => (await here.schedules('plan')).code === 3);
    expect((await here.schedules('plan')).stdout).toMatch(new RegExp(`\\+ create +${id}`));
    expect((await here.schedules('list')).stdout).toMatch(new RegExp(`${id} .* not applied `));
    const refused = await here.schedules('backfill', id, '--from', FROM, '--to', TO);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('sluice schedules apply') as string,
    });
    await here.json('apply', '--yes');
    await outsider.backfill(here, id, 'AllowAll');
    await allEnded(id, 8);
    expect(here.worked).toEqual(SLOTS);
  });
});

async function allEnded(id: string, runs: number): Promise<void> {
  const query = `TemporalScheduledById = '${id}' AND ExecutionStatus != 'Running'`;
  await until(
    `${runs} runs to have ended`,
    async () => (await temporal.client.workflow.count(query)).count === runs,
  );
}

/** Results of all runs of a schedule; undefined while one is under way. */
async function resultsOf(id: string): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for await (const { workflowId, runId, status } of temporal.client.workflow.list({
    query: `TemporalScheduledById = '${id}'`,
  })) {
    const isOpen = status.name === 'RUNNING';
    results.push(isOpen ? undefined : await temporal.client.workflow.getHandle(workflowId, runId).result());
  }
  return results;
}

function text(at: Date): string {
  return at.toISOString().replace('.000Z', 'Z');
}
