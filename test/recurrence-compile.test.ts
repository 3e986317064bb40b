import { describe, expect, it } from 'vitest';
import { calendar, cron, every, manual, once, rrule, type When } from '../schedules/define.ts';
import { compile } from '../schedules/recurrence/compile.ts';
import type { DstPolicy } from '../schedules/recurrence/rule.ts';
import { toSdk } from '../schedules/recurrence/sdk-spec.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import { toRecurrence } from '../schedules/recurrence/when.ts';

const DAY = 86_400;
const NOW = Date.parse('2026-11-21T12:00:00Z') / 1000;

function compiled(when: When, timezone = 'UTC', dst: Partial<DstPolicy> = {}) {
  return compile(toRecurrence(when, { timezone, dst }), { now: NOW });
}

function calendars(when: When, timezone?: string) {
  const { kind, spec } = compiled(when, timezone);
  return { kind, ...(toSdk(spec) as { calendars?: unknown; intervals?: unknown; skip?: unknown }) };
}

describe('says a rule in as few words as Temporal has', () => {
  it('weekdays are one calendar', () => {
    expect(calendars(cron('0 8 * * 1-5'), 'Europe/Berlin')).toEqual({
      kind: 'exact',
      timezone: 'Europe/Berlin',
      calendars: [
        {
          second: 0,
          minute: 0,
          hour: 8,
          dayOfMonth: '*',
          month: '*',
          dayOfWeek: { start: 'MONDAY', end: 'FRIDAY', step: 1 },
        },
      ],
    });
  });

  it('the first Monday is a Monday among the first seven days', () => {
    expect(calendars(rrule('FREQ=MONTHLY;BYDAY=1MO')).calendars).toMatchObject([
      { dayOfMonth: { start: 1, end: 7, step: 1 }, dayOfWeek: 'MONDAY', month: '*' },
    ]);
  });

  it('the first business day is the 1st, or a Monday of the first three days', () => {
    expect(calendars(rrule('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;BYHOUR=8')).calendars).toMatchObject(
      [
        { dayOfMonth: { start: 1, end: 3, step: 1 }, dayOfWeek: 'MONDAY' },
        { dayOfMonth: 1, dayOfWeek: { start: 'TUESDAY', end: 'FRIDAY', step: 1 } },
      ],
    );
  });

  it('the last day of the month is four calendars, by the length of months', () => {
    const { calendars: last } = calendars(rrule('FREQ=MONTHLY;BYMONTHDAY=-1'), 'Europe/Berlin') as {
      calendars: readonly { dayOfMonth: number; month: unknown }[];
    };
    expect(last.map(({ dayOfMonth }) => dayOfMonth).toSorted((a, b) => a - b)).toEqual([28, 29, 30, 31]);
  });

  it('every other Tuesday is elapsed time in UTC, and dates where clocks change', () => {
    expect(calendars(rrule('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'))).toMatchObject({
      kind: 'exact',
      intervals: [{ every: 14 * DAY * 1000 }],
    });
    const berlin = compiled(rrule('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'), 'Europe/Berlin');
    expect(berlin.kind).toBe('exact');
    expect(berlin.spec.calendars.length).toBeLessThan(200);
  });

  it('every three months is a list of months', () => {
    expect(calendars(rrule('FREQ=MONTHLY;INTERVAL=3')).calendars).toMatchObject([
      { dayOfMonth: 1, month: { start: 'JANUARY', end: 'OCTOBER', step: 3 } },
    ]);
  });

  it('an interval that does not divide the day leaves out the days that do not count', () => {
    expect(calendars(rrule('FREQ=HOURLY;INTERVAL=5;BYDAY=MO'))).toMatchObject({
      kind: 'exact',
      intervals: [{ every: 5 * 3600 * 1000 }],
      skip: [{ hour: '*', minute: '*', second: '*', dayOfMonth: '*' }],
    });
  });

  it('COUNT and UNTIL become an end', () => {
    const counted = compiled(rrule('DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;COUNT=10'));
    const until = compiled(rrule('DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260110T090000Z'));
    expect(counted.spec).toMatchObject({ endAt: Date.parse('2026-01-10T09:00:00Z') / 1000 });
    expect(until.spec).toEqual(counted.spec);
  });
});

describe('lists times where Temporal would do something else', () => {
  it.each([
    ['a time in a spring gap', cron('30 2 * * *'), 'Europe/Berlin'],
    ['a time that autumn repeats', cron('30 1 * * 0'), 'America/New_York'],
    ['the hour before a repeated one, which the server fires twice', cron('0 1 * * *'), 'Europe/Berlin'],
    ['midnight that a zone skips', cron('0 0 * * *'), 'America/Santiago'],
    ['changes of half an hour', cron('0 2 * * *'), 'Australia/Lord_Howe'],
    ['every quarter of an hour by the wall clock', cron('*/15 * * * *'), 'Europe/Berlin'],
  ])('%s', (_, when, timezone) => {
    const { kind, spec, window, reason } = compiled(when, timezone);
    expect({ kind, timezone: spec.timezone }).toEqual({ kind: 'enumerated', timezone: 'UTC' });
    expect(reason).toContain(timezone);
    expect(window?.until).toBeGreaterThanOrEqual(NOW + 400 * DAY);
    expect(window?.from).toBeLessThanOrEqual(NOW - 30 * DAY);
    expect(spec.calendars.length).toBeLessThan(40);
  });

  it('the same hours in a zone without such changes stay calendars', () => {
    for (const zone of ['UTC', 'Asia/Kathmandu'])
      expect(compiled(cron('30 2 * * *'), zone).kind).toBe('exact');
    expect(compiled(cron('0 9 * * *'), 'Europe/Berlin').kind).toBe('exact');
  });

  it("the server's own way stays a calendar when asked for", () => {
    const raw = compiled(cron('30 2 * * *'), 'Europe/Berlin', { gap: 'skip', overlap: 'both' });
    expect(raw).toMatchObject({ kind: 'exact', spec: { timezone: 'Europe/Berlin' } });
    expect(compiled(cron('30 2 * * *'), 'Europe/Berlin', { gap: 'skip' }).kind).toBe('enumerated');
  });

  it('weekdays go by dates where a zone skips midnight, which confuses the server', () => {
    const { kind, spec } = compiled(cron('0 9 * * 0'), 'America/Santiago');
    expect(kind).toBe('exact');
    expect(
      spec.calendars.every(({ dayOfWeek }) => dayOfWeek[0]?.start === 0 && dayOfWeek[0]?.end === 6),
    ).toBe(true);
  });

  it('rolls on: a later window of the same rule agrees with the earlier one where both reach', () => {
    const recurrence = toRecurrence(cron('30 2 * * *'), { timezone: 'Europe/Berlin' });
    const now = compile(recurrence, { now: NOW });
    const later = compile(recurrence, { now: NOW + 100 * DAY });
    expect(later.window?.from).toBeGreaterThan(now.window?.from ?? 0);
    const again = compile(recurrence, {
      now: NOW + 5 * DAY,
      ...(now.window === undefined ? {} : { from: now.window.from, until: now.window.until }),
    });
    expect(again.spec).toEqual(now.spec);
  });

  it('a rule too frequent for a list says how far it reaches', () => {
    const { kind, window } = compiled(rrule('FREQ=MINUTELY;INTERVAL=61'), 'Europe/Berlin');
    expect(kind).toBe('enumerated');
    expect(window?.until).toBeLessThan(NOW + 400 * DAY);
    expect(window?.until).toBeGreaterThan(NOW + 30 * DAY);
  });

  it('a set that ends is listed whole', () => {
    const { kind, window, reason } = compiled(
      rrule('DTSTART:20260101T023000\nRRULE:FREQ=DAILY;COUNT=300'),
      'Europe/Berlin',
    );
    expect({ kind, window }).toEqual({ kind: 'exact', window: undefined });
    expect(reason).toContain('all 300 of its times are listed');
  });
});

describe('intervals, one-offs and schedules on demand', () => {
  it('an interval is elapsed time whatever the zone', () => {
    expect(calendars(every('6h', { offset: '5m' }), 'Europe/Berlin')).toMatchObject({
      kind: 'exact',
      intervals: [{ every: 21_600_000, offset: 300_000 }],
    });
  });

  it('once is a local time, or an instant', () => {
    const local = toRecurrence(once('2026-12-01T09:00'), { timezone: 'Europe/Berlin' });
    const instant = toRecurrence(once('2026-12-01T08:00:00Z'), { timezone: 'Europe/Berlin' });
    expect(timesBetween(local, { after: NOW, count: 5 })).toEqual([
      Date.parse('2026-12-01T08:00:00Z') / 1000,
    ]);
    expect(timesBetween(instant, { after: NOW, count: 5 })).toEqual(
      timesBetween(local, { after: NOW, count: 5 }),
    );
  });

  it('on demand never runs by itself, and the server keeps it', () => {
    expect(calendars(manual()).calendars).toMatchObject([{ year: 2100, comment: 'on demand' }]);
    expect(timesBetween(toRecurrence(manual(), { timezone: 'UTC' }), { after: 0, count: 5 })).toEqual([]);
  });
});

describe('refuses what would not mean anything', () => {
  it.each([
    ['cron', cron('0 8 * *'), '4 fields'],
    ['cron', cron('60 8 * * *'), 'minute'],
    ['cron', cron('0 8 13 * 5'), 'both the day of month and the weekday'],
    ['cron', cron('0 8 * * mo-'), 'dayOfWeek'],
    ['cron', cron('*/0 * * * *'), 'step'],
    ['calendar', calendar({ hour: 24 }), 'hour'],
    ['calendar', calendar({ hour: { start: 9, end: 8 } }), 'ends before it starts'],
    ['every', every('0s'), '0s'],
    ['once', once('tomorrow'), 'tomorrow'],
    ['once', once('2026-02-30T09:00'), '2026'],
  ])('%s: %j', (_, when, says) => {
    expect(() => toRecurrence(when, { timezone: 'UTC' })).toThrow(says);
  });

  it('a zone that is not one, or not in its exact spelling', () => {
    for (const timezone of [
      'Europe/Berln',
      'europe/berlin',
      'CET+1',
      '../etc/passwd',
      'posix/Europe/Berlin',
    ]) {
      expect(() => toRecurrence(cron('0 8 * * *'), { timezone })).toThrow('is not an IANA time zone');
    }
  });
});
