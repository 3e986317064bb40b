import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { until } from './support/installation.ts';
import { ledgerHas, setOperation } from './support/operation.ts';
import { type OwnTemporal, startOwnTemporal } from './support/own-temporal.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

interface Backfilled {
  readonly slots: readonly {
    readonly slot: string;
    readonly fate: string;
    readonly before: string | null;
  }[];
  readonly result: {
    readonly started: number;
    readonly waiting: number;
    readonly lost: readonly string[];
  } | null;
}

/** Paused, so that no run of its own comes in between; a backfill does not care. */
const hourly = (id: string, more = '') =>
  `export const ${id.replaceAll('-', '_')} = defineSchedule({ ...REST, id: '${id}', when: every('1h'), startPaused: true, ${more} });`;
const RANGE = ['--from', '2026-10-01T07:00:00Z', '--to', '2026-10-01T10:00:00Z'];
const SLOTS = [7, 8, 9, 10].map((hour) => `2026-10-01T${String(hour).padStart(2, '0')}:00:00Z`);

const fates = ({ slots }: Backfilled) => slots.map(({ fate }) => fate);

describe('a backfill', () => {
  it('lists the times of the range, both ends included, and asks for nothing in a dry run', async () => {
    const here = await setOperation(temporal, hourly('listed', `timezone: 'Europe/Berlin'`));
    const text = await here.schedules(
      'backfill',
      'listed',
      '--from',
      '2026-10-01T09:00',
      '--to',
      '2026-10-01T12:00',
      '--dry-run',
    );
    expect(text).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        '2026-10-01T07:00:00Z (2026-10-01 09:00 Europe/Berlin)  to run',
        '2026-10-01T08:00:00Z (2026-10-01 10:00 Europe/Berlin)  to run',
        '2026-10-01T09:00:00Z (2026-10-01 11:00 Europe/Berlin)  to run',
        '2026-10-01T10:00:00Z (2026-10-01 12:00 Europe/Berlin)  to run',
        '4 to run',
        'nothing was asked for',
        '',
      ].join('\n'),
    });
    const { info } = await temporal.client.schedule.getHandle('listed').describe();
    expect(info.numActionsTaken).toBe(0);
  });

  it('runs each time once, oldest first, as of its own time; again it finds nothing to run', async () => {
    const here = await setOperation(temporal, hourly('once-each'));
    await here.startWorker();
    const first = await here.json<Backfilled>('backfill', 'once-each', ...RANGE);
    expect(fates(first)).toEqual(Array(4).fill('to run'));
    expect(first.result).toMatchObject({ lost: [] });
    expect((first.result?.started ?? 0) + (first.result?.waiting ?? 0)).toBe(4);
    await ledgerHas(here, 'once-each', Array(4).fill('completed') as string[]);
    expect(here.worked).toEqual(SLOTS);
    const again = await here.schedules('backfill', 'once-each', ...RANGE);
    expect(again.stdout).toContain('already ran: completed');
    expect(again.stdout).toContain('nothing to run');
    expect(here.worked).toEqual(SLOTS);
  });

  it('knows what is under way, what failed and what was missed', async () => {
    const here = await setOperation(temporal, hourly('mixed', `overlap: 'allowAll'`));
    await here.startWorker();
    await here.database.pool.query(
      "INSERT INTO schedule_runs (schedule_id, slot, state, reason) VALUES ('mixed', '2026-10-01 09:00:00', 'missed', 'no_run')",
    );
    const gate = Promise.withResolvers<string>();
    onTestFinished(() => gate.resolve('done'));
    here.onWork = (slot) => (slot === SLOTS[0] ? Promise.reject(new Error('broken')) : gate.promise);
    await here.json('backfill', 'mixed', '--from', SLOTS[0] ?? '', '--to', SLOTS[0] ?? '');
    await until('it to have failed', async () => (await here.ledger('mixed'))[0]?.endsWith('failed'));
    await here.json('backfill', 'mixed', '--from', SLOTS[1] ?? '', '--to', SLOTS[1] ?? '');
    await ledgerHas(here, 'mixed', ['failed', 'running', 'missed']);
    const { slots, result } = await here.json<Backfilled>('backfill', 'mixed', ...RANGE, '--dry-run');
    expect(slots.map(({ fate, before }) => [fate, before])).toEqual([
      ['to run', 'failed'],
      ['running', null],
      ['to run', 'missed'],
      ['to run', null],
    ]);
    expect(result).toBeNull();
  });

  it('does again what was under way when Temporal lost it, and not what was completed', async () => {
    const here = await setOperation(temporal, hourly('forgotten'));
    await here.startWorker();
    await here.database.pool.query(
      `INSERT INTO schedule_runs (schedule_id, slot, state, workflow_id, run_id, claimed_at, ended_at) VALUES
        ('forgotten', '2026-10-01 07:00:00', 'running', 'lost-1', 'lost-1', '2026-10-01 07:00:01', NULL),
        ('forgotten', '2026-10-01 08:00:00', 'completed', 'lost-2', 'lost-2', '2026-10-01 08:00:01', '2026-10-01 08:00:02')`,
    );
    const { slots } = await here.json<Backfilled>('backfill', 'forgotten', ...RANGE);
    expect(slots.map(({ fate, before }) => [fate, before])).toEqual([
      ['to run', 'broken off'],
      ['completed', 'completed'],
      ['to run', null],
      ['to run', null],
    ]);
    await ledgerHas(here, 'forgotten', Array(4).fill('completed') as string[]);
    expect(here.worked).toEqual([SLOTS[0], SLOTS[2], SLOTS[3]]);
  });

  it('runs completed times again when asked to, and only then', async () => {
    const here = await setOperation(temporal, hourly('again'));
    await here.startWorker();
    await here.json('backfill', 'again', ...RANGE);
    await ledgerHas(here, 'again', Array(4).fill('completed') as string[]);
    await here.json('backfill', 'again', '--from', SLOTS[0] ?? '', '--to', SLOTS[1] ?? '', '--rerun');
    await until('both to be worked again', async () => here.worked.length === 6);
    expect(here.worked).toEqual([...SLOTS, SLOTS[0], SLOTS[1]]);
    await ledgerHas(here, 'again', Array(4).fill('completed') as string[]);
  });

  it('needs the database to run completed times again, and works without it otherwise', async () => {
    const here = await setOperation(temporal, hourly('no-ledger'), { sluiceKnows: 'temporal alone' });
    await here.startWorker();
    const refused = await here.schedules('backfill', 'no-ledger', ...RANGE, '--rerun');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('DATABASE_URL') as string });
    await here.json('backfill', 'no-ledger', ...RANGE);
    await ledgerHas(here, 'no-ledger', Array(4).fill('completed') as string[]);
    const again = await here.json<Backfilled>('backfill', 'no-ledger', ...RANGE);
    expect(fates(again)).toEqual(Array(4).fill('completed'));
  });

  it('says what waits for its turn while nobody works', async () => {
    const here = await setOperation(temporal, hourly('queued'));
    const { result } = await here.json<Backfilled>('backfill', 'queued', ...RANGE);
    expect(result).toEqual({ started: 1, waiting: 3, lost: [] });
  });

  it('starts with jitter exactly the times of the range', async () => {
    const here = await setOperation(temporal, hourly('jittery', `jitter: '59m'`));
    await here.startWorker();
    await here.json('backfill', 'jittery', ...RANGE);
    await ledgerHas(here, 'jittery', Array(4).fill('completed') as string[]);
    expect(here.worked).toEqual(SLOTS);
  });

  it('tells the server older times of a rule that it knows time by time', async () => {
    const body = `export const far = defineSchedule({ ...REST, id: 'far-back', startPaused: true,
      timezone: 'Europe/Berlin', when: rrule('DTSTART:20250101T023000\\nRRULE:FREQ=DAILY') });`;
    const here = await setOperation(temporal, body);
    await here.startWorker();
    const { compiled } = await here.json<{ compiled: { kind: string } }>('show', 'far-back');
    expect(compiled.kind).toBe('enumerated');
    const range = ['--from', '2026-03-28', '--to', '2026-03-31'];
    const { result } = await here.json<Backfilled>('backfill', 'far-back', ...range);
    expect(result?.lost).toEqual([]);
    await ledgerHas(here, 'far-back', Array(3).fill('completed') as string[]);
    // The second does not exist on clocks that are put forward, so it comes an hour later.
    expect(here.worked).toEqual(['2026-03-28T01:30:00Z', '2026-03-29T01:30:00Z', '2026-03-30T00:30:00Z']);
  });

  it('names times that the server will not start', async () => {
    const here = await setOperation(temporal, hourly('drifted'));
    await here.temporal(
      'update',
      '--schedule-id',
      'drifted',
      '--workflow-id',
      'drifted',
      '--type',
      'scheduledWork',
      '--task-queue',
      here.taskQueue,
      '--interval',
      '2h',
      '--paused',
    );
    const { slots } = await here.json<Backfilled>('backfill', 'drifted', ...RANGE, '--dry-run');
    expect(slots.map(({ fate }) => fate)).toEqual(['outside', 'to run', 'outside', 'to run']);
  });

  it('refuses what is to come, what is too much, and a range without times', async () => {
    const manual = `export const by_hand = defineSchedule({ ...REST, id: 'by-hand', when: manual() });`;
    const here = await setOperation(temporal, `${hourly('refusing')}${manual}`);
    const refused = async (id: string, from: string, to: string) => {
      const { code, stderr } = await here.schedules('backfill', id, '--from', from, '--to', to);
      return { code, stderr };
    };
    expect(await refused('refusing', '2026-10-01', '2098-01-01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is to come') as string,
    });
    expect(await refused('refusing', '2026-01-01', '2026-10-01')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/6553 times.*1000 is the most[^]*--to 2026-02-11T15:00:00Z/) as string,
    });
    expect(await refused('refusing', '2026-10-01T08:10', '2026-10-01T08:20')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no time in that range') as string,
    });
    expect(await refused('by-hand', '2026-10-01', '2026-10-02')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('sluice schedules trigger by-hand') as string,
    });
  });
});

it('a server that is killed and started again in the middle of a backfill: each time is worked exactly once', async () => {
  const own = await startOwnTemporal();
  try {
    const here = await setOperation(own, hourly('survives'));
    await here.startWorker();
    const range = ['--from', '2026-10-01', '--to', '2026-10-02T11:00'];
    const first = here.schedules('backfill', 'survives', ...range);
    await until('some to be worked', async () => here.worked.length >= 3);
    await own.server.kill();
    await own.server.start();
    // It got through, or says that it did not; then the same command does the rest.
    await first;
    await until('all to be completed', async () => {
      const { slots } = await here.json<Backfilled>('backfill', 'survives', ...range);
      return slots.length === 36 && slots.every(({ fate }) => fate === 'completed');
    });
    expect(await here.ledger('survives')).toHaveLength(36);
    expect(here.worked).toHaveLength(36);
    expect(new Set(here.worked).size).toBe(36);
  } finally {
    await own.end();
  }
}, 120_000);
