import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtReports } from '../cli/report/state.ts';
import { findReport } from '../db/report-definitions.ts';
import { until } from './support/installation.ts';
import { type OwnTemporal, startOwnTemporal } from './support/own-temporal.ts';
import { clear, type ReportStage, setReports, WEEKLY } from './support/reports.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

const HOURLY = `export const hourly = defineSchedule({ ...REST, id: 'hourly', when: every('1h') });`;

let numbers = 0;
/** Each test has a report of its own: their schedules share a namespace. */
function newId(): { readonly id: string; readonly scheduleId: string } {
  numbers += 1;
  const id = `sales-${numbers}`;
  return { id, scheduleId: `report-${id}` };
}

const add = (here: ReportStage, id: string, ...more: readonly string[]) =>
  here.json<{ next: readonly string[] }>(
    'add',
    ...WEEKLY.slice(0, -4),
    '--to',
    'ann@example.com',
    '--id',
    id,
    ...more,
  );
const weekly = ['--cron', '0 9 * * 1'];
/** What `list` and `show` say of it. */
const state = async (here: ReportStage, id: string) => {
  const report = await findReport(here.database.orm, id);
  const { client } = temporal;
  const [look] = await lookAtReports(
    { client, owner: here.owner, now: new Date() },
    report === undefined ? [] : [report],
  );
  return [look?.state, ...(look?.reason === undefined ? [] : [look.reason])].join(': ');
};
/** Every hour, half an hour from now. */
function pastHours(): { readonly flags: readonly string[]; readonly back: (hours: number) => string } {
  const latest = Math.floor(Date.now() / 1000) - 1800;
  const minute = new Date(latest * 1000).getUTCMinutes();
  const at = Math.floor(latest / 60) * 60;
  return {
    flags: ['--cron', `${minute} * * * *`, '--timezone', 'UTC'],
    back: (hours) => new Date((at - hours * 3600) * 1000).toISOString().replace('.000Z', 'Z'),
  };
}

describe('schedules of reports beside the catalogue', () => {
  it('are not touched by plan and apply, nor by those who have no database', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal, { catalogue: HOURLY });
    await add(here, id, ...weekly);
    expect(await here.schedules('apply', '--yes')).toMatchObject({ code: 0 });
    expect(await here.held(scheduleId)).toMatchObject({
      memo: { managedBy: 'sluice', declaredIn: 'reports' },
    });
    expect(await here.schedules('plan')).toMatchObject({ code: 0, stdout: '1 unchanged\n' });
    expect(await here.held('hourly')).toBeDefined();
    await here.schedules('delete', 'hourly', '--yes');
    await clear(temporal, here);
  });

  it('do not take the place of one in the catalogue, nor the other way round', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal, { catalogue: HOURLY.replace(`'hourly'`, `'${scheduleId}'`) });
    await here.schedules('apply', '--yes');
    const added = await here.report('add', ...WEEKLY, '--id', id);
    expect(added.code).toBe(1);
    expect(added.stderr).toContain(
      `there is a schedule "${scheduleId}" already, and it is not this report's`,
    );
    expect((await here.held(scheduleId))?.action.workflow).toBe('scheduledWork');
    expect(await here.schedules('plan')).toMatchObject({ code: 0 });
    await here.schedules('delete', scheduleId, '--yes');
    await here.report('sync');
    expect((await here.held(scheduleId))?.action.workflow).toBe('queryReport');
    expect(await here.schedules('plan')).toMatchObject({ code: 1 });
    await clear(temporal, here);
  });

  it('are listed, shown and compared like all', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal);
    const { next } = await add(here, id, '--rrule', 'FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9');
    const list = await here.schedules('list', '--json');
    const { schedules } = JSON.parse(list.stdout) as {
      schedules: readonly { id: string; meaning: string }[];
    };
    expect(schedules).toMatchObject([
      { id: scheduleId, meaning: expect.stringContaining('Monday') as string },
    ]);
    const show = await here.schedules('show', scheduleId);
    expect(show.stdout).toMatch(/starts +queryReport/);
    const compared = await here.schedules('next', scheduleId, '--count', '5', '--json');
    expect(compared.code).toBe(0);
    const { times } = JSON.parse(compared.stdout) as { times: readonly { rule: string; server: string }[] };
    expect(times.map(({ rule }) => rule)).toEqual(next);
    expect(times.map(({ server }) => server)).toEqual(next);
    await clear(temporal, here);
  });
});

describe('the running system', () => {
  it('follows enable, disable, a change and a deletion at once, without a restart', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal);
    await here.startWorker();
    await add(here, id, '--every', '1h', '--inactive');
    expect(await here.held(scheduleId)).toBeUndefined();
    expect(await state(here, id)).toBe('inactive: Stored inactive.');

    await here.json('enable', id);
    expect(await state(here, id)).toBe('active');
    expect((await here.schedules('trigger', scheduleId, '--wait')).code).toBe(0);
    expect(here.worked).toHaveLength(1);

    // More often than anybody may ask for, so that the test need not wait.
    await here.database.pool.query(
      'UPDATE report_versions SET definition = REPLACE(definition, \'"1h"\', \'"1s"\')',
    );
    await here.database.pool.query('UPDATE report_definitions SET change_no = change_no + 1');
    await here.report('sync');
    await until('it to run by itself', async () => here.worked.length > 2);

    await here.json('disable', id, '--note', 'enough');
    expect(await here.held(scheduleId)).toBeUndefined();
    expect(await state(here, id)).toBe('inactive: enough');
    await here.json('delete', id, '--yes');
    expect(await here.report('show', id)).toMatchObject({ code: 2 });
  });

  it('claims a slot once, makes up what was missed as the report says, and runs a backfill', async () => {
    const { id, scheduleId } = newId();
    const { flags, back } = pastHours();
    const here = await setReports(temporal, {
      catalogue: `export const catch_up = defineSchedule({ ...REST, id: 'find-missed-${id}', when: manual(), start: { workflow: 'scheduleCatchUp' } });`,
    });
    await here.schedules('apply', '--yes');
    await here.startWorker();
    await add(here, id, ...flags);
    const range = ['--from', back(3), '--to', back(2), '--json'];
    expect(await here.schedules('backfill', scheduleId, ...range)).toMatchObject({ code: 0 });
    await until('both to be worked', async () => here.worked.length === 2);
    expect(here.worked.map((at) => at.replace('.000Z', 'Z'))).toEqual([back(3), back(2)]);

    // As if it had been looked through up to the backfill, and nothing had worked since.
    await here.database.pool.query(
      'INSERT INTO schedule_watches (schedule_id, watched_until) VALUES (?, ?)',
      [scheduleId, new Date(Date.parse(back(2)) + 1000)],
    );
    expect((await here.schedules('trigger', `find-missed-${id}`, '--wait')).code).toBe(0);
    await until('the last missed one to be made up', async () =>
      (await here.ledger(scheduleId)).includes(`${back(0)} completed`),
    );
    expect(await here.ledger(scheduleId)).toContain(`${back(1)} missed covered_by_later_run`);
    await clear(temporal, here);
    await here.schedules('delete', `find-missed-${id}`, '--yes');
  });

  it('keeps a pause by hand and says so; enable ends it', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal);
    await add(here, id, ...weekly);
    await here.schedules('pause', scheduleId, '--note', 'holidays');
    expect(await state(here, id)).toBe('paused: by hand: holidays');
    await here.json('update', id, '--subject', 'Sales', '--yes');
    await here.report('sync');
    expect(await here.held(scheduleId)).toMatchObject({ paused: true, note: 'holidays' });
    expect((await here.report('list')).stdout).toContain('holidays');
    expect(await here.json('enable', id)).toMatchObject({ outcome: 'resumed', pauseNote: 'holidays' });
    expect(await here.held(scheduleId)).toMatchObject({ paused: false, note: 'Weekly sales' });
    expect(await state(here, id)).toBe('active');
    await here.schedules('pause', scheduleId);
    await here.schedules('resume', scheduleId);
    expect(await state(here, id)).toBe('active');
    await clear(temporal, here);
  });

  it('pauses a report after as many failures in a row as it says, with the reason', async () => {
    const { id, scheduleId } = newId();
    const { flags, back } = pastHours();
    const here = await setReports(temporal);
    here.onWork = () => Promise.reject(new Error('broken'));
    await here.startWorker();
    await add(here, id, ...flags, '--pause-after', '2');
    await here.schedules('backfill', scheduleId, '--from', back(3), '--to', back(2), '--json');
    await until('the pause', async () => (await here.held(scheduleId))?.paused);
    expect(await state(here, id)).toMatch(/^paused: paused after 2 failed runs in a row: /);
    expect(await here.json('enable', id)).toMatchObject({ outcome: 'resumed' });
    await clear(temporal, here);
  });

  it('runs a report once at its time, which then is finished', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal);
    await here.startWorker();
    const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 12_000).toISOString().replace('.000Z', 'Z');
    expect((await add(here, id, '--once', at)).next.map((one) => one.replace('.000Z', 'Z'))).toEqual([at]);
    await until('its one run', async () => (await here.ledger(scheduleId)).includes(`${at} completed`));
    expect(here.worked).toHaveLength(1);
    expect(await state(here, id)).toBe('finished');
    expect((await here.report('sync')).stdout).toBe('1 unchanged\n');
    const again = await here.report('enable', id);
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain('is over; a time to come is needed');
  });

  it('has its rows brought in line by the worker alone', async () => {
    const { id, scheduleId } = newId();
    const here = await setReports(temporal, {
      catalogue: `export const sync = defineSchedule({ ...REST, id: 'sync-${id}', when: every('1s'), start: { workflow: 'reportSync' } });`,
    });
    await add(here, id, ...weekly);
    await here.startWorker();
    await here.schedules('apply', '--yes');
    await here.database.pool.query('UPDATE report_definitions SET is_active = 0, change_no = change_no + 1');
    await until('the schedule to go', async () => (await here.held(scheduleId)) === undefined);
    expect(await state(here, id)).toBe('inactive');
    await here.schedules('delete', `sync-${id}`, '--yes');
  });
});
