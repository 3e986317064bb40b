import { describe, expect, it } from 'vitest';
import {
  calendar,
  cron,
  defineSchedule,
  every,
  manual,
  once,
  rrule,
  type ScheduleOptions,
  type When,
} from '../schedules/define.ts';
import { lintSchedules } from '../schedules/lint.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { resolve } from '../schedules/resolve.ts';
import * as workflows from '../workflows/index.ts';
import { sluice } from './support/command.ts';
import { writeCatalogue } from './support/own-temporal.ts';

/** A Saturday between two changes of clocks. */
const NOW = new Date('2026-11-21T12:00:00Z');

function schedule(id: string, when: When, options: Partial<ScheduleOptions> = {}) {
  const declared = defineSchedule({
    id,
    when,
    timezone: 'Europe/Berlin',
    start: { workflow: 'funnelSync' },
    overlap: 'skip',
    catchUp: 'skip',
    note: 'n',
    ...options,
  });
  return resolve(declared, { profile: 'production', taskQueue: 'sluice', now: NOW });
}

const lint = (...catalogue: readonly ReturnType<typeof schedule>[]) =>
  lintSchedules({ catalogue, workflows: Object.keys(workflows), taskQueue: 'sluice', now: NOW });

/** Rule and message of each finding about one schedule. */
const found = (when: When, options: Partial<ScheduleOptions> = {}) =>
  lint(schedule('one', when, options)).map(({ rule, message }) => `${rule}: ${message}`);

const hints = (when: When, options: Partial<ScheduleOptions> = {}) =>
  lint(schedule('one', when, options)).map(({ hint }) => hint);

const four = (more: Partial<ScheduleOptions> = {}) =>
  ['a', 'b', 'c', 'd'].map((id) => schedule(id, cron('0 9 * * 1'), more));
const ending = (end: string) => rrule(`DTSTART:20260101T090000\nRRULE:FREQ=DAILY;${end}`);
const except = (exdate: string) => rrule(`DTSTART:20260101T090000\nRRULE:FREQ=DAILY\nEXDATE${exdate}`);

describe('schedules lint', () => {
  it('finds nothing in the shipped catalogue', async () => {
    const catalogue = await loadCatalogue({
      reportTimezone: 'UTC',
      temporal: { address: '127.0.0.1:1', namespace: 'default', taskQueue: 'sluice' },
      schedule: { catalogue: undefined, profile: 'production' },
    });
    expect(lint(...catalogue)).toEqual([]);
  });

  it('finds nothing in what is as it should be', () => {
    expect(found(cron('0 9 * * 1-5'))).toEqual([]);
    expect(found(every('15m'))).toEqual([]);
    expect(found(manual())).toEqual([]);
    expect(found(once('2026-12-01T09:00'))).toEqual([]);
    expect(found(cron('30 2 * * *'), { timezone: 'Asia/Kathmandu' })).toEqual([]);
  });

  describe('minutes in which more than three schedules start', () => {
    it('are named with what meets and when nothing else starts', () => {
      expect(lint(...four(), schedule('e', cron('1 9 * * *')))).toEqual([
        {
          rule: 'crowded-minute',
          ids: ['a', 'b', 'c', 'd'],
          message:
            '4 schedules start at 2026-11-23T08:00:00Z (23 November 2026 at 09:00, Europe/Berlin): a, b, c, d',
          hint: "Nothing starts 2, 3, 4 minutes later: move some there (stagger(…) does), or give some a jitter, like jitter: '5m'.",
        },
      ]);
    });

    it('do not count what starts in every minute', () => {
      const [, ...three] = four();
      expect(lint(...three, schedule('e', every('1m')), schedule('f', every('30s')))).toEqual([]);
    });

    it('are one finding however often the same ones meet', () => {
      const hourly = ['a', 'b', 'c', 'd'].map((id) => schedule(id, every('1h')));
      expect(lint(...hourly, schedule('e', cron('0 9 * * *'))).map(({ ids }) => ids.join(''))).toEqual([
        'abcde',
      ]);
      expect(lint(...hourly)[0]?.message).toContain('and in 166 more minutes of the next 7 days');
    });

    it('are free where starts are spread, or there are three', () => {
      expect(lint(...four({ jitter: '5m' }))).toEqual([]);
      expect(lint(...four().slice(1))).toEqual([]);
    });

    it('are found among thousands', () => {
      const many = Array.from({ length: 2000 }, (_, index) =>
        schedule(`n-${index}`, cron(`${index % 60} ${(index % 5) + 8} * * *`)),
      );
      const findings = lint(...many);
      expect(findings.length).toBe(60);
      expect(findings[0]?.message).toMatch(/^34 schedules start at .*: n-\d+(, n-\d+){9} and 24 more$/);
    });
  });

  describe('local times that a change of clocks takes away or repeats', () => {
    it('are named with the day and with what will happen', () => {
      expect(found(rrule('FREQ=DAILY;BYHOUR=2;BYMINUTE=30'))).toEqual([
        'clock-change: clocks in Europe/Berlin leave out 02:30 on 28 March 2027: the run comes at 03:30 (2027-03-28T01:30:00Z)',
        'clock-change: clocks in Europe/Berlin show 02:30 twice on 31 October 2027: it runs the first time only (2027-10-31T00:30:00Z)',
      ]);
    });

    it('follow the schedule’s own policy', () => {
      expect(found(cron('30 2 * * *'), { dst: { gap: 'skip', overlap: 'both' } })).toEqual([
        'clock-change: clocks in Europe/Berlin leave out 02:30 on 28 March 2027: no run then',
        'clock-change: clocks in Europe/Berlin show 02:30 twice on 31 October 2027: it runs both times (2027-10-31T00:30:00Z and 2027-10-31T01:30:00Z)',
      ]);
    });

    it('are those of the rule’s days only', () => {
      expect(found(rrule('FREQ=WEEKLY;BYDAY=MO;BYHOUR=2;BYMINUTE=30'))).toEqual([]);
      expect(found(calendar({ hour: 2, minute: 30, month: 'MARCH' })).length).toBe(1);
    });

    it('show that a rhythm by the clock has a hole when clocks repeat themselves', () => {
      expect(found(cron('*/15 * * * *'))).toEqual([
        'clock-change: clocks in Europe/Berlin show 02:00, 02:15, 02:30 and 1 more twice on 31 October 2027: it runs the first time only (2027-10-31T00:00:00Z)',
      ]);
      expect(hints(cron('*/15 * * * *'))).toEqual([
        'Nothing runs while clocks repeat themselves; every(…) counts elapsed time and goes on.',
      ]);
    });

    it('are found where clocks change by half an hour, and at midnight', () => {
      expect(found(cron('45 1 * * *'), { timezone: 'Australia/Lord_Howe' })).toEqual([
        'clock-change: clocks in Australia/Lord_Howe show 01:45 twice on 4 April 2027: it runs the first time only (2027-04-03T14:45:00Z)',
      ]);
      expect(found(cron('0 0 * * *'), { timezone: 'America/Santiago' })[0]).toContain(
        'leave out 00:00 on 5 September 2027: the run comes at 01:00',
      );
    });
  });

  describe('intervals that drift against local time', () => {
    it.each([
      ['1d', "cron('0 1 * * *')"],
      ['6h', "cron('0 1-23/6 * * *')"],
      ['1w', "cron('0 1 * * 4')"],
      ['2d', "rrule('DTSTART:20261123T010000\\nRRULE:FREQ=DAILY;INTERVAL=2')"],
      ['2w', "rrule('DTSTART:20261203T010000\\nRRULE:FREQ=WEEKLY;INTERVAL=2')"],
    ] as const)('every %s is better %s', (span, rule) => {
      expect(hints(every(span))).toEqual([`To keep to the clock on the wall, write ${rule}.`]);
    });

    it('say when they move', () => {
      expect(found(every('1d', { offset: '8h' }))).toEqual([
        'drift: every 1d is elapsed time: what comes at 09:00 in Europe/Berlin now comes at 10:00 from 28 March 2027 on',
      ]);
    });

    it('are none where clocks never change, or change by as much', () => {
      expect(found(every('1d'), { timezone: 'UTC' })).toEqual([]);
      expect(found(every('1d'), { timezone: 'Asia/Kathmandu' })).toEqual([]);
      expect(found(every('1h'))).toEqual([]);
      expect(found(every('1h'), { timezone: 'Australia/Lord_Howe' })).toHaveLength(1);
      expect(found(every('7h'))).toEqual([]);
    });
  });

  it('names rules that end within thirty days, and those that have ended', () => {
    expect(found(ending('UNTIL=20261215T090000'))).toEqual([
      'ends-soon: its last run is at 2026-12-15T08:00:00Z (15 December 2026 at 09:00, Europe/Berlin)',
    ]);
    expect(found(ending('COUNT=10'))).toEqual([
      'ended: it is over; its last run was at 2026-01-10T08:00:00Z (10 January 2026 at 09:00, Europe/Berlin)',
    ]);
    expect(found(ending('UNTIL=20270101T090000'))).toEqual([]);
    expect(found(once('2026-11-01T09:00'))).toHaveLength(1);
    expect(found(once('2020-11-01T09:00'))).toEqual([
      'ended: it is over; its last run was more than a year ago',
    ]);
  });

  it('names an EXDATE that takes nothing away, and the run that was probably meant', () => {
    expect(found(except(':20261225T090000'))).toEqual([]);
    expect(lint(schedule('one', except(':20261225T000000')))).toMatchObject([
      {
        rule: 'idle-exdate',
        message:
          'EXDATE takes nothing away: nothing runs at 2026-12-24T23:00:00Z (25 December 2026 at 00:00, Europe/Berlin)',
        hint: expect.stringContaining('Did you mean 2026-12-24T08:00:00Z') as string,
      },
    ]);
  });

  it('names a rule of which Temporal can be told less than sixty days', () => {
    const often = found(rrule('FREQ=SECONDLY;INTERVAL=2003'));
    expect(often.filter((one) => one.startsWith('short-horizon'))).toHaveLength(1);
  });

  it('names a workflow that this version does not have, on its own queue', () => {
    const start = { workflow: 'funelSync' };
    expect(found(cron('0 9 * * *'), { start })).toEqual([
      'unknown-workflow: this version has no workflow "funelSync", so its runs would wait for ever',
    ]);
    expect(found(cron('0 9 * * *'), { start: { ...start, taskQueue: 'elsewhere' } })).toEqual([]);
  });

  it('exits with 0 when nothing is found and with 1 else, as text and as JSON', async () => {
    const clean = await sluice({}, 'schedules', 'lint');
    expect(clean).toMatchObject({ code: 0, stdout: 'nothing found in 11 schedules\n' });
    const body = `export const one = defineSchedule({ id: 'one', when: cron('30 2 * * *'), timezone: 'Europe/Berlin',
      start: { workflow: 'nobody' }, overlap: 'skip', catchUp: 'skip', note: 'n' });`;
    const env = { SCHEDULE_CATALOGUE: writeCatalogue(body) };
    const text = await sluice(env, 'schedules', 'lint');
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^unknown-workflow {2}one\n {2}this version has no workflow "nobody"/);
    const json = await sluice(env, 'schedules', 'lint', '--json');
    expect(json.code).toBe(1);
    const value = JSON.parse(json.stdout) as {
      readonly checked: number;
      readonly findings: readonly object[];
    };
    expect(value.checked).toBe(1);
    expect(value.findings[0]).toMatchObject({ rule: 'unknown-workflow', ids: ['one'] });
  });

  it('names a catch-up that starts everything at once', () => {
    expect(found(cron('0 9 * * *'), { catchUp: 'all', overlap: 'allowAll' })).toEqual([
      "unbounded-catch-up: catchUp 'all' with overlap 'allowAll' starts up to 100 missed runs side by side",
    ]);
    expect(found(cron('0 9 * * *'), { catchUp: 'all', overlap: 'bufferAll' })).toEqual([]);
  });
});
