import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONSENTS, SUPPRESSION_REASONS } from '../domain/people.ts';
import { type MayISendInput, mayISend } from '../domain/sending/may-i-send.ts';
import type { SendWindow } from '../domain/sending/message.ts';
import { MAIL_SCOPES } from '../domain/sending/scopes.ts';
import { earliestInWindow } from '../domain/sending/send-window.ts';
import { changesOfFile, readZoneFile } from '../schedules/recurrence/tzif.ts';

const NOW = new Date('2026-03-10T12:00:00Z'); // a Tuesday
const HOUR_MS = 3_600_000;
const hoursFromNow = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS);

function ask(more: Partial<MayISendInput> = {}) {
  return mayISend({
    now: NOW,
    dueAt: NOW,
    scope: 'marketing',
    consent: 'opted_in',
    zone: 'UTC',
    suppressions: [],
    recentMarketing: [],
    policy: { uncertain: 'hold' },
    ...more,
  });
}

const policy = (more: object) => ({ policy: { uncertain: 'hold' as const, ...more } });

describe('suppressions', () => {
  it.each(['hard_bounce', 'complaint', 'erased', 'blocked'] as const)(
    'let %s stop every scope, service too, whatever scope the suppression names',
    (reason) => {
      for (const scope of MAIL_SCOPES) {
        for (const of of MAIL_SCOPES) {
          expect(ask({ scope, suppressions: [{ scope: of, reason }] })).toEqual({
            answer: 'never',
            reason: `suppressed_${reason}`,
          });
        }
      }
    },
  );

  it.each(['unsubscribed', 'operator'] as const)(
    'let %s stop its own scope, and "all" all but service',
    (reason) => {
      for (const scope of ['marketing', 'reminders', 'reports', 'service'] as const) {
        for (const of of MAIL_SCOPES) {
          const stops = scope !== 'service' && (of === 'all' || of === scope);
          expect(ask({ scope, suppressions: [{ scope: of, reason }] }).answer).toBe(stops ? 'never' : 'now');
        }
      }
    },
  );

  it('name the worst reason where there are several', () => {
    const suppressions = SUPPRESSION_REASONS.map((reason) => ({ scope: 'all' as const, reason }));
    expect(ask({ suppressions })).toEqual({ answer: 'never', reason: 'suppressed_erased' });
  });
});

it('needs consent for marketing alone', () => {
  const answers = CONSENTS.map((consent) =>
    (['marketing', 'reminders', 'reports', 'service', 'all'] as const).map((scope) => {
      const answer = ask({ consent, scope });
      return answer.answer === 'never' ? answer.reason : answer.answer;
    }),
  );
  expect(answers).toEqual([
    ['no_consent', 'now', 'now', 'now', 'no_consent'],
    ['now', 'now', 'now', 'now', 'now'],
    ['consent_withdrawn', 'now', 'now', 'now', 'consent_withdrawn'],
  ]);
});

describe('the frequency cap', () => {
  const cap = { most: 2, inHours: 24 };

  it('puts a mail off until the one that is too many has left the hours that count', () => {
    expect(ask({ recentMarketing: [hoursFromNow(-1)], ...policy({ cap }) }).answer).toBe('now');
    expect(ask({ recentMarketing: [hoursFromNow(-1), hoursFromNow(-5)], ...policy({ cap }) })).toEqual({
      answer: 'later',
      at: hoursFromNow(19),
      reason: 'frequency_cap',
    });
    const three = [hoursFromNow(-5), hoursFromNow(-1), hoursFromNow(-3)];
    expect(ask({ recentMarketing: three, ...policy({ cap }) })).toMatchObject({ at: hoursFromNow(21) });
    expect(ask({ recentMarketing: [hoursFromNow(-24), hoursFromNow(-1)], ...policy({ cap }) }).answer).toBe(
      'now',
    );
  });

  it('counts for marketing alone, and never allows anything at zero', () => {
    const recentMarketing = [hoursFromNow(-1), hoursFromNow(-2)];
    for (const scope of ['reminders', 'reports', 'service'] as const)
      expect(ask({ scope, recentMarketing, ...policy({ cap }) }).answer).toBe('now');
    expect(ask(policy({ cap: { most: 0, inHours: 24 } }))).toEqual({
      answer: 'never',
      reason: 'frequency_cap',
    });
  });

  it('leads into the send window after it', () => {
    const window = { from: '09:00', to: '17:00' };
    expect(
      ask({ recentMarketing: [hoursFromNow(-1), hoursFromNow(-5)], ...policy({ cap, window }) }),
    ).toEqual({
      answer: 'later',
      at: new Date('2026-03-11T09:00:00Z'),
      reason: 'outside_window',
    });
  });
});

it('withholds what is old, and what would be old by the time it may go', () => {
  const window = { from: '18:00', to: '20:00' };
  const cap = { most: 1, inHours: 24 };
  const recentMarketing = [hoursFromNow(-1)];
  const old = { dueAt: hoursFromNow(-3), ...policy({ freshHours: 2 }) };
  expect(ask(old)).toEqual({ answer: 'never', reason: 'stale' });
  expect(ask({ dueAt: hoursFromNow(-2), ...policy({ freshHours: 2 }) }).answer).toBe('now');
  expect(ask(policy({ freshHours: 5, window }))).toEqual({ answer: 'never', reason: 'stale_by_window' });
  expect(ask({ recentMarketing, ...policy({ freshHours: 5, cap }) })).toEqual({
    answer: 'never',
    reason: 'stale_by_cap',
  });
  expect(ask(policy({ freshHours: 6, window }))).toMatchObject({ answer: 'later', at: hoursFromNow(6) });
});

it('asks suppression, consent, cap, window, freshness in this order', () => {
  const worst = {
    suppressions: [{ scope: 'marketing' as const, reason: 'unsubscribed' as const }],
    consent: 'withdrawn' as const,
    dueAt: hoursFromNow(-100),
    ...policy({ cap: { most: 0, inHours: 1 }, freshHours: 1, window: { from: '01:00', to: '02:00' } }),
  };
  expect(ask(worst)).toMatchObject({ reason: 'suppressed_unsubscribed' });
  expect(ask({ ...worst, suppressions: [] })).toMatchObject({ reason: 'consent_withdrawn' });
  expect(ask({ ...worst, suppressions: [], consent: 'opted_in' })).toMatchObject({ reason: 'frequency_cap' });
});

function first(window: SendWindow, from: string, zone = 'UTC'): string {
  return earliestInWindow({ window, zone, from: new Date(from) }).toISOString();
}

describe('the send window', () => {
  it('excludes its end, crosses midnight, and belongs to the weekday on which it begins', () => {
    expect(first({ from: '09:00', to: '17:00' }, '2026-03-10T16:59:59.999Z')).toBe(
      '2026-03-10T16:59:59.999Z',
    );
    expect(first({ from: '09:00', to: '17:00' }, '2026-03-10T17:00:00Z')).toBe('2026-03-11T09:00:00.000Z');
    const friday = { from: '22:00', to: '02:00', weekdays: [5] };
    expect(first(friday, '2026-03-14T01:59:00Z')).toBe('2026-03-14T01:59:00.000Z');
    expect(first(friday, '2026-03-13T01:59:00Z')).toBe('2026-03-13T22:00:00.000Z');
    expect(first(friday, '2026-03-14T02:00:00Z')).toBe('2026-03-20T22:00:00.000Z');
    expect(first({ from: '00:00', to: '24:00', weekdays: [7] }, '2026-03-10T12:00:00Z')).toBe(
      '2026-03-15T00:00:00.000Z',
    );
    expect(first({ from: '00:00', to: '00:00' }, '2026-03-10T12:00:00Z')).toBe('2026-03-10T12:00:00.000Z');
  });

  it('is the person’s: a skipped opening is the first minute after the gap, a repeated hour counts twice', () => {
    const early = { from: '02:10', to: '05:00' };
    expect(first(early, '2026-03-29T00:30:00Z', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z');
    expect(first({ from: '02:10', to: '02:50' }, '2026-03-29T00:30:00Z', 'Europe/Berlin')).toBe(
      '2026-03-30T00:10:00.000Z',
    );
    const half = { from: '02:00', to: '02:30' };
    expect(first(half, '2026-10-25T00:40:00Z', 'Europe/Berlin')).toBe('2026-10-25T01:00:00.000Z');
    // Samoa had no 30 December 2011, a Friday.
    expect(first({ from: '09:00', to: '10:00', weekdays: [5] }, '2011-12-24T00:00:00Z', 'Pacific/Apia')).toBe(
      '2012-01-05T19:00:00.000Z',
    );
  });

  it.each([
    { from: '9:00', to: '17:00' },
    { from: '09:00', to: '17:60' },
    { from: '24:00', to: '17:00' },
    { from: '09:00', to: '24:01' },
    { from: '09:00', to: '17:00', weekdays: [] },
    { from: '09:00', to: '17:00', weekdays: [0] },
  ])('refuses %j', (window) => {
    expect(() => first(window, '2026-03-10T12:00:00Z')).toThrow(
      expect.objectContaining({ code: 'send_window_invalid' }),
    );
  });

  it('is right to the minute around every change of every zone of the tz database', () => {
    const wrong: unknown[] = [];
    let checked = 0;
    let elsewhere = 0;
    for (const { zone, at, before, after } of transitions()) {
      if (!isSameInNode({ zone, at, before, after })) {
        elsewhere += 1;
        continue;
      }
      const change = { at, before, after };
      for (const window of windowsAround(change)) {
        const from = at - 3600 * (1 + (checked % 5)) + 37;
        const found = Math.floor(
          earliestInWindow({ window, zone, from: new Date(from * 1000) }).getTime() / 1000,
        );
        const expected = naive({ window, change, from });
        if (found !== expected) wrong.push({ zone, at, window, from, found, expected });
        checked += 1;
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(50_000);
    // The machine's data and Node's own may be of different years.
    expect(elsewhere).toBeLessThan(checked / 100);
  }, 300_000);
});

interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** Every change from 1970 to 2037 with a week on both sides in which clocks stand still otherwise; each rule once. */
function transitions(): readonly (Change & { readonly zone: string })[] {
  const names = readFileSync('/usr/share/zoneinfo/tzdata.zi', 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('Z ') ? [line.split(' ')[1] ?? ''] : []))
    .filter((name) => name.includes('/'));
  return names.flatMap((zone) => {
    const file = readZoneFile(zone);
    if (file === undefined) return [];
    const range = { from: 0, until: Date.UTC(2038, 0) / 1000 };
    const { initial, changes } = changesOfFile(file, range);
    const all = changes.map(({ at, offset }, index) => ({
      zone,
      at,
      before: index === 0 ? initial : (changes[index - 1]?.offset ?? initial),
      after: offset,
    }));
    const WEEK = 7 * 86_400;
    return all.filter(({ at }, index) => {
      const next = all[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      const last = all[index - 1]?.at ?? Number.NEGATIVE_INFINITY;
      return next - at > WEEK && at - last > WEEK;
    });
  });
}

function isSameInNode({ zone, at, before, after }: Change & { readonly zone: string }): boolean {
  const shown = formatOf(zone);
  const utc = formatOf('UTC');
  return [
    [at - 1, before],
    [at, after],
    [at + 86_400 * 6, after],
    [at - 86_400 * 6, before],
  ].every(
    ([instant = 0, offset = 0]) => shown.format(instant * 1000) === utc.format((instant + offset) * 1000),
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium', dateStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}

const MINUTES = 24 * 60;

/** Windows that open or close just where the clocks are moved, before and after, and some that cross midnight. */
function windowsAround({ at, before, after }: Change): readonly SendWindow[] {
  const low = minuteOfWall(at + Math.min(before, after));
  const high = minuteOfWall(at + Math.max(before, after));
  const middle = (low + Math.floor(((((high - low) % MINUTES) + MINUTES) % MINUTES) / 2)) % MINUTES;
  return [
    pair(middle, middle + 45),
    pair(middle - 45, middle),
    pair(low, high),
    pair(high, low),
    pair(middle + 7, middle + 6),
    pair(high - 1, high + 1),
    { ...pair(low - 1, low + 1), weekdays: [1, 3, 5, 7] },
  ].filter(({ from, to }) => from !== to);
}

function pair(from: number, to: number): SendWindow {
  return { from: clock(from), to: clock(to) };
}

/** @param wall seconds on the clock, as if they were UTC. */
function minuteOfWall(wall: number): number {
  return ((Math.floor(wall / 60) % MINUTES) + MINUTES) % MINUTES;
}

function clock(minute: number): string {
  const of = ((minute % MINUTES) + MINUTES) % MINUTES;
  return `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`;
}

/** Looks at every minute, and at the two instants at which a clock may jump into the window: the change, and full minutes. */
function naive({
  window,
  change: { at, before, after },
  from,
}: {
  readonly window: SendWindow;
  readonly change: Change;
  readonly from: number;
}): number {
  const isOpen = (instant: number) => isOpenAt(window, instant + (instant < at ? before : after));
  if (isOpen(from)) return from;
  const step = (instant: number) => {
    const offset = instant < at ? before : after;
    const next = (Math.floor((instant + offset) / 60) + 1) * 60 - offset;
    return instant < at && next > at ? at : next;
  };
  for (let instant = step(from); instant < from + 6 * 86_400; instant = step(instant)) {
    if (isOpen(instant)) return instant;
  }
  return Number.NaN;
}

function isOpenAt({ from, to, weekdays = [1, 2, 3, 4, 5, 6, 7] }: SendWindow, wall: number): boolean {
  const time = minuteOfWall(wall);
  const [opens, closes] = [minuteOfDay(from), minuteOfDay(to)];
  // 1 January 1970 was a Thursday.
  const today = ((((Math.floor(wall / 86_400) + 3) % 7) + 7) % 7) + 1;
  const yesterday = today === 1 ? 7 : today - 1;
  if (opens < closes) return time >= opens && time < closes && weekdays.includes(today);
  return (time >= opens && weekdays.includes(today)) || (time < closes && weekdays.includes(yesterday));
}

function minuteOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}
