import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/installation.ts';
import { ledgerHas, type Operation, pastHours, setOperation } from './support/operation.ts';
import { type OwnTemporal, startOwnTemporal } from './support/own-temporal.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

interface Reported {
  readonly id: string;
  readonly state: string;
  readonly note: string;
  readonly meaning: string;
  readonly timezone: string;
  readonly next: readonly string[];
  readonly runs: readonly {
    readonly slot: string;
    readonly status: string;
    readonly lateSeconds: number;
  }[];
  readonly counts: {
    readonly late: number;
    readonly waiting: number;
    readonly missed: number;
    readonly owed: number;
    readonly skipped: number;
  } | null;
  readonly compiled: { readonly kind: string; readonly reason: string; readonly until: string | null } | null;
  readonly withoutRun: readonly { readonly slot: string; readonly state: string; readonly reason: string }[];
}

const declare = (id: string, when: string, more = '') =>
  `export const ${id.replaceAll('-', '_')} = defineSchedule({ ...REST, id: '${id}', when: ${when}, ${more} });\n`;

const show = (here: Operation, id: string) => here.json<Reported>('show', id);
const list = async (here: Operation) =>
  (await here.json<{ readonly schedules: readonly Reported[] }>('list')).schedules;

const text = (at: Date) => at.toISOString().replace('.000Z', 'Z');

describe('list', () => {
  it('tells state, meaning, next five times, zone, and whether the rule is exact, of each schedule', async () => {
    const here = await setOperation(
      temporal,
      [
        declare('weekdays', `cron('0 8 * * 1-5')`, `timezone: 'Europe/Berlin'`),
        declare('held', `every('6h')`, `startPaused: true, note: 'until the site has moved'`),
        declare('asked', 'manual()'),
        declare('gone', `once('2026-01-01T00:00:00Z')`),
        declare('night', `rrule('FREQ=DAILY;BYHOUR=2;BYMINUTE=30')`, `timezone: 'Europe/Berlin'`),
      ].join(''),
    );
    const reports = new Map((await list(here)).map((report) => [report.id, report]));
    expect(Object.fromEntries([...reports.values()].map(({ id, state }) => [id, state]))).toEqual({
      asked: 'on demand',
      gone: 'finished',
      held: 'paused',
      night: 'active',
      weekdays: 'active',
    });
    const weekdays = reports.get('weekdays');
    expect(weekdays).toMatchObject({
      timezone: 'Europe/Berlin',
      note: 'as declared',
      compiled: { kind: 'exact', until: null },
      counts: { late: 0, missed: 0, skipped: 0 },
    });
    expect(weekdays?.meaning).toBe('weekdays at 08:00 (Europe/Berlin)');
    expect(weekdays?.next).toHaveLength(5);
    expect(weekdays?.next.every((at) => /T0[67]:00:00.000Z$/.test(at))).toBe(true);
    expect(reports.get('night')?.compiled).toMatchObject({ kind: 'enumerated' });
    expect(reports.get('held')?.next).toHaveLength(5);
    expect(reports.get('asked')).toMatchObject({
      next: [],
      meaning: expect.stringContaining('demand') as string,
    });

    const table = await here.schedules('list');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/weekdays .* active /);
    expect(table.stdout).toMatch(/ 08:00 Europe\/Berlin /);
    expect(table.stdout).toMatch(/then (\d\d-\d\d, ){2}/);
    expect(table.stdout).toMatch(/ exact .*\n[^]* enumerated /);
    expect(table.stdout).toContain('held is paused: until the site has moved');
    expect(table.stdout).not.toContain('undefined');
  });

  it('counts what was late, missed, owed and skipped in 24 hours', async () => {
    const { when, back } = pastHours();
    const here = await setOperation(temporal, declare('counted', when));
    const [owed, missed, skipped] = [2, 3, 4].map(back);
    await here.database.pool.query(
      'INSERT INTO schedule_runs (schedule_id, slot, state, reason) VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)',
      [
        'counted',
        owed,
        'owed',
        null,
        'counted',
        missed,
        'missed',
        'paused',
        'counted',
        skipped,
        'skipped',
        'overlap',
      ],
    );
    const asked = text(back(1));
    // Nobody works, so Temporal starts it and it waits.
    await here.json('backfill', 'counted', '--from', asked, '--to', asked);
    const report = await show(here, 'counted');
    expect(report.counts).toMatchObject({ late: 1, waiting: 1, missed: 2, owed: 1, skipped: 1 });
    expect(report.runs).toMatchObject([{ status: 'waiting' }]);
    expect(report.withoutRun.map(({ state, reason }) => [state, reason])).toEqual([
      ['owed', null],
      ['missed', 'paused'],
      ['skipped', 'overlap'],
    ]);
    const { stdout } = await here.schedules('list');
    expect(stdout).toContain('counted: 1 of the late runs waits for a worker');
    expect(stdout).toContain('counted: 1 of the missed times will be made up');
  });

  it('says what is not on the server, what differs, and what is somebody else’s', async () => {
    const here = await setOperation(
      temporal,
      `${declare('removed', `every('1h')`)}${declare('altered', `every('1h')`)}`,
    );
    await here.temporal('delete', '--schedule-id', 'removed');
    await here.temporal(
      'update',
      '--schedule-id',
      'altered',
      '--workflow-id',
      'altered',
      '--type',
      'scheduledWork',
      '--task-queue',
      here.taskQueue,
      '--interval',
      '2h',
    );
    const { stdout } = await here.schedules('list');
    expect(stdout).toMatch(/removed .* not applied/);
    expect(stdout).toContain('1 not on the server: sluice schedules apply');
    expect(stdout).toContain('altered differs from the catalogue: sluice schedules plan');
    const other = await setOperation(temporal, declare('mine', `every('1h')`));
    const foreign = await other.schedules('show', 'altered');
    expect(foreign.stdout).toContain('altered – not ours');
  });
});

describe('show', () => {
  it('has the last five runs, the latest first, and how they ended', async () => {
    const here = await setOperation(temporal, declare('ran', `every('1h')`, 'startPaused: true'));
    await here.startWorker();
    here.onWork = (slot) =>
      slot === '2026-10-01T11:00:00Z' ? Promise.reject(new Error('broken')) : Promise.resolve('done');
    await here.json('backfill', 'ran', '--from', '2026-10-01T06:00Z', '--to', '2026-10-01T11:00Z');
    await ledgerHas(here, 'ran', [...(Array(5).fill('completed') as string[]), 'failed']);
    const { runs } = await show(here, 'ran');
    expect(runs.map(({ slot, status }) => [slot.slice(11, 13), status])).toEqual([
      ['11', 'failed'],
      ['10', 'completed'],
      ['09', 'completed'],
      ['08', 'completed'],
      ['07', 'completed'],
    ]);
    expect((await here.schedules('list')).stdout).toContain('before: 4 completed');
    const page = await here.schedules('show', 'ran');
    expect(page.stdout).toMatch(/2026-10-01T11:00:00Z {2}failed .*late {2}ran-2026-10-01T11:00:00Z/);
  });

  it('names the rule, its zone, what a missed time means, and the reason for its kind', async () => {
    const body = declare(
      'told',
      `cron('30 2 * * *')`,
      `timezone: 'Europe/Berlin', catchUp: 'latest', catchUpWithin: '6h', jitter: '2m', pauseAfterFailures: 3`,
    );
    const { stdout } = await (await setOperation(temporal, body)).schedules('show', 'told');
    expect(stdout).toMatch(/^told – active\n/);
    expect(stdout).toContain('30 2 * * * · Europe/Berlin');
    expect(stdout).toContain('one run for a whole gap');
    expect(stdout).toContain('up to 2m later');
    expect(stdout).toContain('after 3 failed runs in a row');
    expect(stdout).toMatch(/compiled +enumerated: /);
    expect(stdout).toMatch(/reaches +until 20/);
    expect(stdout).toMatch(/next\n( {2}20\S+Z \(20\S+ 0[23]:\S+ Europe\/Berlin\)\n){5}/);
  });

  it('names those that a mistyped id probably meant', async () => {
    const here = await setOperation(temporal, declare('funnel-mail', `every('1h')`));
    for (const command of ['show', 'next', 'pause', 'resume', 'trigger']) {
      expect(await here.schedules(command, 'funel-mail')).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /there is no schedule "funel-mail"\n.*Did you mean funnel-mail\?/,
        ) as string,
      });
    }
  });
});

describe('next', () => {
  it('sets the times of the rule beside those of the server, also where clocks are put forward', async () => {
    const body = declare('early', `cron('30 2 * * *')`, `timezone: 'Europe/Berlin'`);
    const here = await setOperation(temporal, body);
    const { stdout, code } = await here.schedules('next', 'early', '--count', '3', '--after', '2027-03-27');
    expect(code).toBe(0);
    expect(stdout).toContain('2027-03-27T01:30:00Z (2027-03-27 02:30 Europe/Berlin)');
    expect(stdout).toContain('2027-03-28T01:30:00Z (2027-03-28 03:30 Europe/Berlin)');
    expect(stdout).toContain('2027-03-29T00:30:00Z (2027-03-29 02:30 Europe/Berlin)');
    expect(stdout.match(/the same/g)).toHaveLength(3);
    const { times } = await here.json<{ times: readonly unknown[] }>('next', 'early');
    expect(times).toHaveLength(10);
  });

  it('complains when the server has other times', async () => {
    const here = await setOperation(temporal, declare('apart', `every('1h')`));
    await here.temporal(
      'update',
      '--schedule-id',
      'apart',
      '--workflow-id',
      'apart',
      '--type',
      'scheduledWork',
      '--task-queue',
      here.taskQueue,
      '--interval',
      '2h',
    );
    const told = await here.schedules('next', 'apart', '--count', '4');
    expect(told.code).toBe(1);
    expect(told.stdout.match(/DIFFERS/g)).toHaveLength(2);
    expect(told.stderr).toContain('Temporal will not run apart at the times of its rule');
    const json = await here.schedules('next', 'apart', '--count', '4', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: 'apart', differ: true });
  });

  it('takes a skip and an extra run of an operator for what they are', async () => {
    const here = await setOperation(temporal, declare('once-more', `cron('0 9 * * *')`));
    await here.json('skip', 'once-more', '--at', '2027-05-02T09:00Z');
    await here.json('once', 'once-more', '--at', '2027-05-02T12:00Z');
    const { stdout, code } = await here.schedules(
      'next',
      'once-more',
      '--count',
      '3',
      '--after',
      '2027-05-01',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /2027-05-01T09:00:00Z .*\n.*\n.*2027-05-02T12:00:00Z .*extra run.*\n.*\n.*2027-05-03T09/,
    );
    expect(stdout).toContain('left out: 2027-05-02T09:00:00Z');
  });
});

describe('pause and resume', () => {
  it('keep a note that list and show have, and say what was before', async () => {
    const here = await setOperation(temporal, declare('stopped', `every('1h')`));
    expect((await here.schedules('pause', 'stopped', '--note', 'site is moved')).stdout).toContain(
      'paused stopped',
    );
    expect(await show(here, 'stopped')).toMatchObject({ state: 'paused', note: 'site is moved' });
    expect((await here.schedules('pause', 'stopped', '--note', 'still')).stdout).toContain(
      'was paused before, with the note "site is moved"',
    );
    await here.json('apply', '--yes');
    expect(await show(here, 'stopped')).toMatchObject({ state: 'paused', note: 'still' });
    expect((await here.schedules('resume', 'stopped')).stdout).toBe('resumed stopped\nno time was missed\n');
    expect(await show(here, 'stopped')).toMatchObject({ state: 'active', note: 'as declared' });
    expect((await here.schedules('resume', 'stopped')).stdout).toBe('stopped was not paused\n');
    const long = await here.schedules('pause', 'stopped', '--note', 'x'.repeat(1001));
    expect(long).toMatchObject({ code: 2, stderr: expect.stringContaining('1000 is the most') as string });
  });

  it('tell what was missed meanwhile, and have made up what the schedule says', async () => {
    const { when, back } = pastHours();
    const past = declare('paused-long', when, `startPaused: true, catchUp: 'latest', catchUpWithin: '3h'`);
    const here = await setOperation(temporal, past);
    await here.startWorker();
    await here.watchedUntil('paused-long', new Date(back(5).getTime() - 1000));
    const { stdout } = await here.schedules('resume', 'paused-long');
    expect(stdout).toContain(`6 times were missed, ${text(back(5))} to ${text(back(0))}`);
    expect(stdout).toContain('catch-up "latest": one run for a whole gap');
    expect(stdout).toContain(`made up: ${text(back(0))}`);
    expect(stdout).toContain('not made up: 5 times, covered by later run');
    expect(stdout).toContain('sluice schedules backfill paused-long --from T --to T runs those, too');
    await ledgerHas(here, 'paused-long', [...(Array(5).fill('missed') as string[]), 'completed']);
    expect(here.worked).toEqual([text(back(0))]);
  });

  it('leave what passed just now to the search for missed times', async () => {
    const here = await setOperation(temporal, declare('just-now', `every('1s')`, 'startPaused: true'));
    expect((await here.schedules('resume', 'just-now')).stdout).toMatch(
      /^resumed just-now\n\d+ times? of the last minutes: schedule-catch-up decides at its next turn\n$/,
    );
  });

  it('say so when nobody is there to catch up', async () => {
    const { when, back } = pastHours();
    const past = declare('deserted', when, `startPaused: true, catchUp: 'all', catchUpWithin: '3h'`);
    const here = await setOperation(temporal, past);
    await here.watchedUntil('deserted', new Date(back(1).getTime() - 1000));
    const { stdout } = await here.schedules('resume', 'deserted');
    expect(stdout).toContain('made up: 2 times from');
    expect(stdout).toContain('no worker polls');
  });
});

describe('trigger', () => {
  it('runs a paused schedule, which stays paused, as of now', async () => {
    const here = await setOperation(temporal, declare('tried', `every('1h')`, `timezone: 'Asia/Kathmandu'`));
    await here.startWorker();
    await here.json('pause', 'tried');
    const before = Math.floor(Date.now() / 1000) * 1000;
    const run = await here.json<{ slot: string; workflowId: string; result: string }>(
      'trigger',
      'tried',
      '--wait',
    );
    expect(run.result).toBe('done');
    expect(run.workflowId).toBe(`tried-${run.slot.slice(0, 19)}Z`);
    expect(Date.parse(run.slot)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(run.slot)).toBeLessThanOrEqual(Date.now());
    expect(here.worked).toEqual([`${run.slot.slice(0, 19)}Z`]);
    expect(await show(here, 'tried')).toMatchObject({ state: 'paused', runs: [{ status: 'completed' }] });
  });

  it('is how a schedule on demand runs', async () => {
    const here = await setOperation(temporal, declare('by-hand', 'manual()'));
    await here.startWorker();
    const { stdout, code } = await here.schedules('trigger', 'by-hand', '--wait');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^started by-hand-20\S+Z\n"done"\n$/);
    expect(await show(here, 'by-hand')).toMatchObject({ state: 'on demand', next: [] });
    expect((await here.schedules('next', 'by-hand')).stdout).toBe('no times by rule or server\n');
  });

  it('fails with the run when asked to wait for it, and says when nobody works', async () => {
    const here = await setOperation(temporal, declare('failing', 'manual()'));
    const lonely = await here.schedules('trigger', 'failing');
    expect(lonely).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('no worker polls task queue') as string,
    });
    await here.startWorker();
    await until('the first to have run', async () => here.worked.length === 1);
    here.onWork = () => Promise.reject(new Error('broken'));
    const { code, stdout } = await here.schedules('trigger', 'failing', '--wait', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'failing',
      error: { code: expect.any(String) as string },
    });
  });
});

it('a flow knows weekday and weekend of its logical time in the zone of its schedule', async () => {
  const body = declare('weekend', `every('1h')`, `timezone: 'Pacific/Auckland', startPaused: true`);
  const here = await setOperation(temporal, body);
  await here.startWorker();
  // Friday in UTC, Saturday over there.
  await here.json('backfill', 'weekend', '--from', '2026-10-02T12:00Z', '--to', '2026-10-02T12:00Z');
  await until('it to be worked', async () => here.occurrences.length === 1);
  expect(here.occurrences).toMatchObject([
    {
      scheduleId: 'weekend',
      slot: '2026-10-02T12:00:00Z',
      localDate: '2026-10-03',
      weekday: 6,
      weekend: true,
    },
  ]);
});

it('every command answers --json with one value and nothing else', async () => {
  const here = await setOperation(temporal, declare('plain', `every('1h')`));
  await here.startWorker();
  for (const command of [
    ['list'],
    ['show', 'plain'],
    ['next', 'plain'],
    ['pause', 'plain', '--note', 'n'],
    ['resume', 'plain'],
    ['trigger', 'plain'],
    ['backfill', 'plain', '--from', '2026-10-01T00:00Z', '--to', '2026-10-01T01:00Z', '--dry-run'],
  ]) {
    const { code, stdout, stderr } = await here.schedules(...command, '--json');
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  }
});
