import { describe, expect, it } from 'vitest';
import { calendar, cron, every, manual, once, rrule, type When } from '../schedules/define.ts';
import {
  type DstPolicy,
  FREQUENCIES,
  type Recurrence,
  type RecurrenceRule,
} from '../schedules/recurrence/rule.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import { toRecurrence, whenText } from '../schedules/recurrence/when.ts';
import { describeRecurrence } from '../schedules/recurrence/words.ts';
import { CORPUS, ZONES } from './support/recurrence-corpus.ts';
import { readExpanded } from './support/recurrence-fixtures.ts';

const timezone = 'Europe/Berlin';
const words = (when: When, dst: Partial<DstPolicy> = {}) =>
  describeRecurrence(toRecurrence(when, { timezone, dst }));

/** Without the zone at the end. */
const said = (when: When) => words(when).replace(/[ ,]+\(?Europe\/Berlin\)$/, '');

const ending = (end: string) => words(rrule(`DTSTART:20260901T090000\nRRULE:FREQ=DAILY;${end}`));
const except = (at: string) =>
  words(rrule(`RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30\nEXDATE:20261025T${at}Z`));

describe('a recurrence in words', () => {
  it.each([
    [cron('0 8 * * *'), 'every day at 08:00'],
    [cron('0 * * * *'), 'every hour'],
    [cron('15 * * * *'), 'every hour at 15 minutes past'],
    [cron('0 9 * * 1'), 'every Monday at 09:00'],
    [cron('0 0 1 * *'), 'the 1st of the month at 00:00'],
    [cron('*/15 * * * *'), 'every 15 minutes'],
    [cron('*/15 9-17 * * 1-5'), 'every 15 minutes from 09:00 to 17:45 on weekdays'],
    [cron('0 8 * * 1-5'), 'weekdays at 08:00'],
    [cron('0 */6 * * *'), 'every 6 hours from 00:00 to 18:00'],
    [cron('0 0 29 2 *'), 'every year on 29 February at 00:00'],
    [cron('5,10 9-17 * * sat,sun'), 'at minutes 5 and 10 of the hours 9 to 17 on Saturday and Sunday'],
    [
      calendar({ hour: 2, minute: 30, year: [2026, 2027], month: 'MARCH' }),
      'every day in March at 02:30, only in 2026 and 2027',
    ],
  ])('of calendars: %o is “%s”', (when, expected) => {
    expect(said(when)).toBe(expected);
  });

  it.each([
    ['FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9', 'Monday, Wednesday and Friday at 09:00'],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'weekdays at 00:00'],
    ['FREQ=MONTHLY;BYDAY=1MO', 'the first Monday of the month at 00:00'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', 'the last day of the month at 00:00'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15,-1', 'the 1st, 15th and last day of the month at 00:00'],
    ['FREQ=MONTHLY;INTERVAL=3', 'every 3 months on the 1st at 00:00 (from 1 January 2020'],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', 'every Friday at 00:00, if it is the 13th of the month'],
    [
      'FREQ=HOURLY;BYHOUR=9,10,11,12,13,14,15,16,17;BYDAY=MO,TU,WE,TH,FR',
      'every hour from 09:00 to 17:00 on weekdays',
    ],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=17',
      'the last business day of the month at 17:00',
    ],
    [
      'FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2,-2;BYHOUR=9',
      'Saturday and Sunday at 09:00, of these only the second and the second to last of each month',
    ],
    ['FREQ=YEARLY;BYDAY=20MO', 'the 20th Monday of the year at 00:00'],
    [
      'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;WKST=SU',
      'every Monday in week 20 of the year at 00:00, weeks beginning on Sunday',
    ],
    ['FREQ=HOURLY;INTERVAL=5', 'every 5 hours by the clock at minute 0 (from 1 January 2020 at 00:00'],
    ['FREQ=DAILY;BYSETPOS=2;BYHOUR=9', 'never'],
  ])('of rules: %s is “%s”', (ics, expected) => {
    expect(said(rrule(ics))).toBe(expected);
  });

  it('counts every other week from the first day that it means', () => {
    expect(words(rrule('DTSTART:20270101T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'))).toBe(
      'every other Tuesday at 09:00 (from 12 January 2027, Europe/Berlin)',
    );
    expect(words(rrule('DTSTART:20270105T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'))).toBe(
      'every other Tuesday at 09:00 (from 5 January 2027, Europe/Berlin)',
    );
  });

  it('tells elapsed time from the clock on the wall', () => {
    expect(words(every('6h'))).toBe('every 6 hours, elapsed time');
    expect(words(every('5m', { offset: '2m' }))).toBe('every 5 minutes, elapsed time, from 00:02 UTC');
    expect(words(every('1d', { offset: '9h' }))).toBe('every day, elapsed time, at 09:00 UTC');
    expect(words(every('1w'))).toBe('every 7 days, elapsed time, Thursday at 00:00 UTC');
    expect(words(every('7h'))).toBe('every 7 hours, elapsed time, counted from 1 January 1970 at 00:00 UTC');
  });

  it('of a single time, and of none', () => {
    expect(words(once('2026-12-01T09:00'))).toBe('once on 1 December 2026 at 09:00 (Europe/Berlin)');
    expect(words(manual())).toBe('on demand');
  });

  it('says how a rule ends', () => {
    expect(ending('COUNT=10')).toBe('every day at 09:00, 10 times (from 1 September 2026, Europe/Berlin)');
    expect(ending('UNTIL=20261231T090000')).toBe(
      'every day at 09:00, until 31 December 2026 (from 1 September 2026, Europe/Berlin)',
    );
    expect(ending('UNTIL=20261231T085959')).toBe(
      'every day at 09:00, until the day before 31 December 2026 (from 1 September 2026, Europe/Berlin)',
    );
    expect(ending('BYHOUR=9,17;UNTIL=20261231T120000')).toBe(
      'every day at 09:00 and 17:00, until 31 December 2026 at 12:00 (from 1 September 2026, Europe/Berlin)',
    );
  });

  it('names what is added and what is left out, at most three of each', () => {
    const start = 'DTSTART:20260901T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO\n';
    expect(
      words(
        rrule(`${start}RDATE:20261224T180000\nEXDATE:20261005T090000,20261012T090000\nRRULE:FREQ=YEARLY`),
      ),
    ).toBe(
      'every Monday at 09:00; and every year on 1 September at 09:00 (from 1 September 2026), ' +
        'and on 24 December 2026 at 18:00, except 5 October 2026 and 12 October 2026 (Europe/Berlin)',
    );
    const mondays = ['1005', '1012', '1019', '1026', '1102', '1109', '1116', '1123'];
    expect(words(rrule(`${start}EXDATE:${mondays.map((day) => `2026${day}T090000`).join()}`))).toBe(
      'every Monday at 09:00 (from 1 September 2026), except 5 October 2026, 12 October 2026, 19 October 2026 ' +
        'and 5 more, the last on 23 November 2026 (Europe/Berlin)',
    );
  });

  it('tells a repeated time’s two copies apart', () => {
    expect(except('003000')).toContain('except 25 October 2026 at 02:30 (Europe');
    expect(except('013000')).toContain(
      'except 25 October 2026 at 02:30 (the second time that clocks show it)',
    );
  });

  it('says when a change of clocks is treated in another way', () => {
    expect(words(cron('30 2 * * *'), { gap: 'skip', overlap: 'both' })).toBe(
      'every day at 02:30, not at times that clocks leave out, twice at times that clocks repeat (Europe/Berlin)',
    );
  });
});

const FILES = ['rfc5545', 'good', 'corners', 'dateutil'] as const;
/** When rules without a written start begin; calendars begin before that. */
const UNWRITTEN = Date.parse('2020-02-01T00:00:00Z') / 1000;
const PROBES = [-62_135_596_800, Date.parse('2026-03-01T00:00:00Z') / 1000];
const OF_EACH = 40;

interface Described {
  readonly text: string;
  readonly recurrence: Recurrence;
}
function describeAll(whens: readonly When[], zone: string): Map<string, readonly Described[]> {
  const described = whens.map((when) => ({
    text: whenText(when),
    recurrence: toRecurrence(when, { timezone: zone }),
  }));
  return Map.groupBy(described, ({ recurrence }) => describeRecurrence(recurrence));
}

const timesOf = ({ recurrence }: Described, after: number) =>
  timesBetween(recurrence, { after, count: OF_EACH }).join();

/** Of rules with the same words, those whose times are not the first one's. */
function liars(groups: Map<string, readonly Described[]>, probes: readonly number[]): readonly string[] {
  return [...groups].flatMap(([said, [first, ...others]]) =>
    others
      .filter(
        (other) => first !== undefined && probes.some((at) => timesOf(first, at) !== timesOf(other, at)),
      )
      .map((other) => `${said}: ${first?.text} and ${other.text}`),
  );
}

/** A rule with one part less, or one of its numbers another one. */
function neighbours({ recurrence }: Described): readonly Described[] {
  if (recurrence.kind !== 'rules') return [];
  const { set } = recurrence;
  const [rule, ...others] = set.rules;
  if (rule === undefined) return [];
  const withRule = (text: string, changed: RecurrenceRule): Described => ({
    text,
    recurrence: { kind: 'rules', set: { ...set, rules: [changed, ...others] } },
  });
  const parts = ['count', 'until', 'bysecond', 'byminute', 'byhour', 'byday', 'bymonthday'] as const;
  const more = ['byyearday', 'byweekno', 'bymonth', 'bysetpos'] as const;
  return [
    ...[...parts, ...more]
      .filter((part) => rule[part] !== undefined)
      .map((part) => {
        const { [part]: _, ...rest } = rule;
        return withRule(`without ${part}`, rest);
      }),
    ...FREQUENCIES.map((freq) => withRule(freq, { ...rule, freq })),
    withRule('interval + 1', { ...rule, interval: rule.interval + 1 }),
    withRule('wkst + 2', { ...rule, wkst: (rule.wkst + 2) % 7 }),
    ...[1, 60, 3600, 86_400, 7 * 86_400].map(
      (shift): Described => ({
        text: `start + ${shift}`,
        recurrence: { kind: 'rules', set: { ...set, dtstart: set.dtstart + shift } },
      }),
    ),
  ];
}

describe('words leave nothing out', () => {
  const rules = FILES.flatMap((file) => readExpanded(file)).map(({ ics }) => rrule(ics));

  it.each(ZONES)('two recurrences of the corpus with the same words have the same times, in %s', (zone) => {
    const groups = describeAll(CORPUS, zone);
    expect(liars(groups, [UNWRITTEN, ...PROBES.slice(1)])).toEqual([]);
    expect(groups.size).toBeGreaterThan(CORPUS.length * 0.9);
  });

  it('two rules of 1,700 with the same words have the same times', () => {
    const groups = describeAll(rules, 'UTC');
    expect(rules.length).toBeGreaterThan(1700);
    expect(liars(groups, PROBES)).toEqual([]);
  });

  it('a part less or another start changes the words, or no time', () => {
    const few = rules.filter((_, index) => index % 10 === 0);
    const same = few.flatMap((when) => {
      const rule = { text: whenText(when), recurrence: toRecurrence(when, { timezone: 'UTC' }) };
      const said = describeRecurrence(rule.recurrence);
      const times = PROBES.map((at) => timesOf(rule, at));
      return neighbours(rule)
        .filter(({ recurrence }) => describeRecurrence(recurrence) === said)
        .filter((other) => PROBES.some((at, index) => times[index] !== timesOf(other, at)))
        .map((other) => `${said}: ${rule.text} ${other.text}`);
    });
    expect(same).toEqual([]);
  });

  it('no words have a hole in them', () => {
    const all = [...describeAll(rules, 'UTC').keys(), ...describeAll(CORPUS, timezone).keys()];
    const odd = /undefined|NaN|\[object|  | ,|,,|\(\)| $|^ | (on|at|in|of|and|or|the) (,|\(|$)/;
    expect(all.filter((said) => odd.test(said))).toEqual([]);
  });
});
