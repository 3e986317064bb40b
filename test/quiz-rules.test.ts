import { describe, expect, it } from 'vitest';
import { bandOf, figuresOf, MICROS, meanOf, ranksOf, sumAttempts } from '../domain/quiz/figures.ts';
import { monthBefore, monthlyKey, monthName } from '../domain/quiz/month.ts';
import { offersFor } from '../domain/quiz/offers.ts';
import { afterEarlier, type EarlierReminder, reminderKey, whyNoReminder } from '../domain/quiz/reminder.ts';
import { ownTimeOf, type ReminderGroup, reminderTime } from '../domain/quiz/reminder-time.ts';

const ms = (text: string) => Date.parse(text);
const AT = ms('2025-02-10T18:00:00Z');

const learner = {
  isActive: true,
  isAdmin: false,
  wantsReminders: true,
  lastLoginAt: ms('2025-02-01T10:00:00Z') as number | undefined,
  registeredAt: ms('2024-10-01T10:00:00Z') as number | undefined,
};
const why = (more: Partial<typeof learner>, inactiveDays = 2) =>
  whyNoReminder({ ...learner, ...more }, { at: AT, inactiveDays });

describe('who is reminded', () => {
  it('has not logged in since strictly more than the days that count', () => {
    expect(why({ lastLoginAt: ms('2025-02-08T18:00:00Z') })).toBe('recently_active');
    expect(why({ lastLoginAt: ms('2025-02-08T17:59:59Z') })).toBeUndefined();
    expect(why({ lastLoginAt: ms('2025-02-08T17:59:59.999Z') })).toBeUndefined();
    expect(why({ lastLoginAt: ms('2025-02-08T17:59:59Z') }, 3)).toBe('recently_active');
  });

  it('never logged in and registered before that', () => {
    const never = { lastLoginAt: undefined };
    expect(why({ ...never, registeredAt: ms('2025-02-08T17:59:59Z') })).toBeUndefined();
    expect(why({ ...never, registeredAt: ms('2025-02-08T18:00:00Z') })).toBe('recently_joined');
    expect(why({ ...never, registeredAt: undefined })).toBe('recently_joined');
  });

  it('is active, no admin, and has not opted out', () => {
    expect(why({})).toBeUndefined();
    expect(why({ isActive: false })).toBe('not_active');
    expect(why({ isAdmin: true })).toBe('admin');
    expect(why({ wantsReminders: false })).toBe('opted_out');
  });

  it('has not logged in since, as a late run sees', () => {
    expect(why({ lastLoginAt: AT + 1 })).toBe('came_back');
    expect(why({ lastLoginAt: AT })).toBe('recently_active');
  });
});

describe('when somebody is reminded', () => {
  const defaults = { timezone: 'UTC', hour: 18 };
  const at = (
    own: { timezone?: string; reminderTime?: string },
    slot: string,
    group: ReminderGroup = 'own_time',
  ) => {
    const time = reminderTime({
      own: ownTimeOf({ timezone: own.timezone ?? null, reminderTime: own.reminderTime ?? null }),
      group,
      slot: ms(slot),
      defaults,
    });
    return typeof time === 'string'
      ? time
      : `${new Date(time.at).toISOString().slice(0, 16)} ${time.localDate}`;
  };

  it('is the time and zone of their own, in the quarter of an hour that ends with the run', () => {
    const own = { timezone: 'Asia/Kolkata', reminderTime: '07:30:00' };
    expect(at(own, '2025-02-10T02:00:00Z')).toBe('2025-02-10T02:00 2025-02-10');
    expect(at(own, '2025-02-10T02:15:00Z')).toBe('not_now');
    expect(at(own, '2025-02-10T01:45:00Z')).toBe('not_now');
    expect(at({ reminderTime: '18:07' }, '2025-02-10T18:15:00Z')).toBe('2025-02-10T18:07 2025-02-10');
  });

  it('is the usual hour in their zone where they chose a zone only', () => {
    expect(at({ timezone: 'America/New_York' }, '2025-02-10T23:00:00Z')).toBe('2025-02-10T23:00 2025-02-10');
    expect(at({ timezone: 'Asia/Tokyo' }, '2025-02-10T09:00:00Z')).toBe('2025-02-10T09:00 2025-02-10');
  });

  it('belongs to the day on which it was due, also when the run comes after midnight', () => {
    expect(at({ reminderTime: '23:50' }, '2025-02-11T00:00:00Z')).toBe('2025-02-10T23:50 2025-02-10');
    expect(at({ reminderTime: '00:00' }, '2025-02-11T00:00:00Z')).toBe('2025-02-11T00:00 2025-02-11');
  });

  it('is the run of the day for those who chose nothing, and another one for the others', () => {
    expect(at({}, '2025-02-10T18:00:00Z', 'default_time')).toBe('2025-02-10T18:00 2025-02-10');
    expect(at({ reminderTime: '07:30' }, '2025-02-10T18:00:00Z', 'default_time')).toBe('other_run');
    expect(at({}, '2025-02-10T18:00:00Z')).toBe('other_run');
    expect(at({ timezone: 'Asia/Tokyo' }, '2025-02-10T18:00:00Z', 'everyone')).toBe(
      '2025-02-10T18:00 2025-02-11',
    );
  });

  it('takes an unknown zone or time for none, and says so', () => {
    expect(ownTimeOf({ timezone: 'Mars/Olympus', reminderTime: '25:00' })).toEqual({
      zone: undefined,
      minute: undefined,
      faults: ['unknown_zone', 'unreadable_time'],
    });
    expect(ownTimeOf({ timezone: '+02:00', reminderTime: ' ' }).faults).toEqual(['unknown_zone']);
    expect(at({ timezone: 'Mars/Olympus' }, '2025-02-10T18:00:00Z', 'default_time')).toBe(
      '2025-02-10T18:00 2025-02-10',
    );
  });

  it('comes once on days of a clock change: later where the time is skipped, at the first pass where it is there twice', () => {
    const berlin = { timezone: 'Europe/Berlin', reminderTime: '02:30' };
    const runs = (day: string) =>
      Array.from({ length: 96 }, (_, index) => new Date(ms(`${day}T00:00:00Z`) + index * 900_000 - 7_200_000))
        .map((slot) => at(berlin, slot.toISOString()))
        .filter((found) => found.endsWith(day));
    expect(runs('2025-03-30')).toEqual(['2025-03-30T01:30 2025-03-30']);
    expect(runs('2025-10-26')).toEqual(['2025-10-26T00:30 2025-10-26']);
  });
});

const earlier = (key: string, sentAt: string, state: EarlierReminder['state'] = 'sent'): EarlierReminder => ({
  id: ms(sentAt) / 1000,
  key,
  state,
  dueAt: ms(sentAt),
  sentAt: ms(sentAt),
});
const ask = (
  list: readonly EarlierReminder[],
  lastLoginAt?: string,
  zone = 'UTC',
  localDate = '2025-02-10',
) =>
  afterEarlier({
    earlier: list,
    key: reminderKey({ localDate, userId: 7 }),
    due: { zone, localDate },
    lastLoginAt: lastLoginAt === undefined ? undefined : ms(lastLoginAt),
    mostInARow: 3,
  });

describe('what went out before', () => {
  it('ends the row after three without a login in between', () => {
    const three = ['07', '08', '09'].map((day) =>
      earlier(`reminder/2025-02-${day}/7`, `2025-02-${day}T18:00:00Z`),
    );
    expect(ask(three)).toEqual({ reason: 'cap_reached' });
    expect(ask(three, '2025-02-07T20:00:00Z')).toEqual({ supersede: [] });
    expect(ask(three.slice(1))).toEqual({ supersede: [] });
  });

  it('is one a local day, also for somebody who moved to another zone', () => {
    expect(ask([earlier('reminder/2025-02-10/7', '2025-02-10T18:00:00Z')])).toEqual({
      reason: 'reminded_today',
    });
    // Sent at 18:00 of the 9th in Honolulu, which is 17:00 of the 10th in Auckland.
    const moved = [earlier('reminder/2025-02-09/7', '2025-02-10T04:00:00Z')];
    expect(ask(moved, undefined, 'Pacific/Auckland')).toEqual({ reason: 'reminded_today' });
    expect(ask(moved, undefined, 'Pacific/Honolulu')).toEqual({ supersede: [] });
  });

  it('closes one that still waits for a morning', () => {
    const waiting = earlier('reminder/2025-02-09/7', '2025-02-09T18:00:00Z', 'waiting');
    expect(ask([waiting])).toEqual({ supersede: [waiting.id] });
  });
});

it('offers up to five quizzes that were not attempted, and counts the others', () => {
  const active = Array.from({ length: 8 }, (_, index) => ({
    quizId: index,
    name: `Quiz ${index}`,
    place: '',
  }));
  const { offers, more } = offersFor({ active, attempted: new Set([0, 3]) });
  expect(offers.map(({ quizId }) => quizId)).toEqual([1, 2, 4, 5, 6]);
  expect(more).toBe(1);
  expect(offersFor({ active, attempted: new Set([0, 1, 2, 3, 4, 5, 6, 7]) })).toEqual({
    offers: [],
    more: 0,
  });
});

describe('the month', () => {
  it('is the one before, half-open', () => {
    const { month, bounds } = monthBefore({ at: new Date('2025-03-01T09:00:00Z'), timezone: 'UTC' });
    expect(month).toBe('2025-02');
    expect(bounds.slice(-2).map((at) => new Date(at).toISOString())).toEqual([
      '2025-02-01T00:00:00.000Z',
      '2025-03-01T00:00:00.000Z',
    ]);
    const [from = 0, to = 0] = bounds.slice(-2);
    const counted = (at: string) =>
      sumAttempts([{ at: ms(at), percentage: 50, passed: false, taken: null }], { from, to }).attempts;
    expect(counted('2025-01-31T23:59:59.999Z')).toBe(0);
    expect(counted('2025-02-01T00:00:00Z')).toBe(1);
    expect(counted('2025-02-28T23:59:59Z')).toBe(1);
    expect(counted('2025-03-01T00:00:00Z')).toBe(0);
  });

  it('is that of the zone, over a year’s end and a clock change', () => {
    const berlin = monthBefore({ at: new Date('2024-12-31T23:30:00Z'), timezone: 'Europe/Berlin' });
    expect(berlin.months).toEqual(['2024-07', '2024-08', '2024-09', '2024-10', '2024-11', '2024-12']);
    expect(monthBefore({ at: new Date('2024-12-31T23:30:00Z'), timezone: 'UTC' }).month).toBe('2024-11');
    const [, , , october = 0, november = 0] = berlin.bounds;
    expect((november - october) / 3_600_000).toBe(31 * 24 + 1);
    expect(monthName('2025-02')).toEqual({ long: 'February 2025', name: 'February', short: 'Feb' });
    expect(monthlyKey({ month: '2025-02', userId: 9 })).toBe('monthly/2025-02/9');
  });
});

const sum = (percentages: readonly (number | null)[]) =>
  sumAttempts(
    percentages.map((percentage) => ({ at: 0, percentage, passed: (percentage ?? 0) >= 60, taken: 90 })),
    { from: 0, to: 1 },
  );

const band = (percentage: number) => bandOf({ attempts: 1, marked: 1, micros: percentage * MICROS });

const figures = (percentages: readonly (number | null)[]) =>
  figuresOf({ sums: sum(percentages), earlier: [], rank: null });

describe('figures', () => {
  it('are mean and best with one decimal, half up, and leave out what is not marked', () => {
    expect(figures([50, 75.5, 100])).toMatchObject({
      attempts: 3,
      mean: 75.2,
      best: 100,
      passed: 2,
      passRate: 66.7,
    });
    expect(figures([50, null, 75.5, 100])).toMatchObject({ attempts: 4, mean: 75.2, passRate: 50 });
    expect(figures([75.25])).toMatchObject({ mean: 75.3 });
    expect(figures([75.15])).toMatchObject({ mean: 75.2 });
    expect(figures([33.333333333333336, 33.333333333333336])).toMatchObject({ mean: 33.3, minutes: 3 });
    expect(figures([null])).toMatchObject({
      attempts: 1,
      mean: null,
      best: null,
      band: 'unmarked',
      rank: null,
    });
    expect(figures([])).toMatchObject({ attempts: 0, mean: null, passRate: null, minutes: 0, band: 'none' });
  });

  it('tell the change against the month before in points of what is shown', () => {
    const { meanChange, attemptsBefore, means } = figuresOf({
      sums: sum([75.2]),
      earlier: [sum([]), sum([70.14, 70.14])],
      rank: { place: 1, of: 1 },
    });
    expect({ meanChange, attemptsBefore, means }).toEqual({
      meanChange: 5.1,
      attemptsBefore: 2,
      means: [null, 70.1, 75.2],
    });
    expect(figuresOf({ sums: sum([75.2]), earlier: [sum([])], rank: null }).meanChange).toBeNull();
  });

  it('have words by the exact mean: 79.96 is no 80', () => {
    expect([80, 79.96, 60, 59.96, 0].map(band)).toEqual([
      'excellent',
      'good',
      'good',
      'practise',
      'practise',
    ]);
    expect(meanOf({ marked: 1, micros: 79.96 * MICROS })).toBe(80);
  });

  it('rank with shared places and gaps', () => {
    expect(ranksOf([[90], [80, 80], [70, 90], [20]].map(sum))).toEqual([1, 2, 2, 4]);
    expect(ranksOf([[90], [null], [null, null]].map(sum))).toEqual([1, 2, 2]);
  });
});
