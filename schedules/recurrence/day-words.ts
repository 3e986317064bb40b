import {
  type DayParts,
  daysOfMonth,
  daysOfYear,
  monthList,
  numberedWeekdays,
  partsInForce,
  weekdayList,
  weekList,
} from './day-parts.ts';
import { everyText, listText, monthWord, runTexts, weekdayWord } from './phrases.ts';
import type { RecurrenceRule } from './rule.ts';

/** The days of a rule, whatever their times. */
export interface DayWords {
  /** Before `at 09:00`: `weekdays`, `every Monday`, `the last day of the month`. */
  readonly head: string;
  /** After `every 15 minutes`: empty for every day, ` on weekdays`, `, every other day`. */
  readonly tail: string;
  /** After both, each beginning with a comma: `, only in March`, `, if it is the 13th of the month`. */
  readonly limits: string;
}

const PERIODS: Partial<Record<RecurrenceRule['freq'], 'day' | 'week' | 'month' | 'year'>> = {
  DAILY: 'day',
  WEEKLY: 'week',
  MONTHLY: 'month',
  YEARLY: 'year',
};

/**
 * Every day part of the rule in words. An interval of hours, minutes or seconds counts no days, so it is not in them.
 * @param dtstart wall time, of which a rule takes the parts that it lacks
 */
export function dayWords(rule: RecurrenceRule, dtstart: number): DayWords {
  const parts = partsInForce(rule, dtstart);
  const period = PERIODS[rule.freq];
  if (period === undefined || rule.interval === 1) return inEachPeriod(parts);
  const every = everyText(rule.interval, period);
  switch (period) {
    case 'day':
      return rhythm(every, `${conditions(parts)}${onlyIn(parts)}`);
    case 'week': {
      const { byday = [] } = parts;
      const [only, another] = byday;
      if (only === undefined) return rhythm(`${every} on every day`, onlyIn(parts));
      const isOne = rule.interval === 2 && another === undefined;
      const text = isOne ? `every other ${weekdayWord(only.weekday)}` : `${every} on ${weekdayList(byday)}`;
      return rhythm(text, onlyIn(parts));
    }
    case 'month':
      return rhythm(`${every} on ${named(parts, '')}`, `${others(parts)}${onlyIn(parts)}`);
    default: {
      const { bymonth } = parts;
      const dates = datesOfMonth(parts) ?? named(parts, bymonth === undefined ? ' of each month' : undefined);
      const text = `${every} on ${dates}${inWeeks(parts)}${inMonths(parts)}`;
      return rhythm(text, `${others(parts)}${inYears(parts)}`);
    }
  }
}

function rhythm(text: string, limits: string): DayWords {
  return { head: text, tail: `, ${text}`, limits };
}

/** What repeats in each day, week, month or year, so that no interval has to be told. */
function inEachPeriod(parts: DayParts): DayWords {
  const within = `${inWeeks(parts)}${inMonths(parts)}`;
  const limits = `${others(parts)}${inYears(parts)}`;
  const dates = datesOfMonth(parts);
  if (dates !== undefined) return rhythm(`every year on ${dates}${within}`, limits);
  const head = `${named(parts)}${within}`;
  const { main, byday = [] } = parts;
  if (main === 'none') return { head, tail: within, limits };
  const isOne = main === 'weekdays' && byday.length === 1;
  const days = isOne ? `${weekdayList(byday)}s` : named(parts);
  return { head, tail: ` on ${days}${within}`, limits };
}

/** The part that names the days. */
function named(parts: DayParts, ofMonth = ofItsMonth(parts)): string {
  const { byday = [], bymonthday = [], byyearday = [], scope } = parts;
  switch (parts.main) {
    case 'weekdays':
      return `${byday.length === 1 ? 'every ' : ''}${weekdayList(byday)}`;
    case 'numbered weekdays':
      return `${numberedWeekdays(byday)}${scope === 'year' ? ' of the year' : ofMonth}`;
    case 'days of the month':
      return `${daysOfMonth(bymonthday)}${ofMonth}`;
    case 'days of the year':
      return daysOfYear(byyearday);
    default:
      return 'every day';
  }
}

function ofItsMonth({ bymonth }: DayParts): string {
  return bymonth === undefined ? ' of the month' : ` of ${monthList(bymonth)}`;
}

/** `1 January`, `1 and 15 March`: dates of a single month. */
function datesOfMonth({ main, bymonth = [], bymonthday = [] }: DayParts): string | undefined {
  const [month, another] = bymonth;
  if (main !== 'days of the month' || month === undefined || another !== undefined) return undefined;
  if (bymonthday.some((day) => day < 0)) return undefined;
  return `${listText(runTexts(bymonthday, String))} ${monthWord(month)}`;
}

/** What else must be true of the named days. */
function others(parts: DayParts): string {
  const { main, byday, bymonthday, byyearday } = parts;
  return conditions({
    ...(byday === undefined || main.endsWith('weekdays') ? {} : { byday }),
    ...(bymonthday === undefined || main === 'days of the month' ? {} : { bymonthday }),
    ...(byyearday === undefined || main === 'days of the year' ? {} : { byyearday }),
  });
}

function conditions({ byday, bymonthday, byyearday }: Partial<DayParts>): string {
  return [
    ...(byday === undefined ? [] : [eitherWeekday(byday)]),
    ...(bymonthday === undefined ? [] : [`${daysOfMonth(bymonthday, 'or')} of the month`]),
    ...(byyearday === undefined ? [] : [daysOfYear(byyearday, 'or')]),
  ]
    .map((condition) => `, if it is ${condition}`)
    .join('');
}

function eitherWeekday(byday: NonNullable<DayParts['byday']>): string {
  const days = byday.map(({ weekday }) => weekdayWord(weekday));
  return listText(days, 'or');
}

function inWeeks({ byweekno }: DayParts): string {
  return byweekno === undefined ? '' : ` in ${weekList(byweekno)}`;
}

/** Months, where the words for the days do not name them. */
function inMonths({ main, bymonth }: DayParts): string {
  const isNamed = main === 'days of the month' || main === 'numbered weekdays';
  return bymonth === undefined || isNamed ? '' : ` in ${monthList(bymonth)}`;
}

function inYears({ byyear }: DayParts): string {
  return byyear === undefined ? '' : `, only in ${listText(runTexts(byyear, String))}`;
}

/** Months and years as limits of a rhythm. */
function onlyIn(parts: DayParts): string {
  const { bymonth } = parts;
  return `${bymonth === undefined ? '' : `, only in ${monthList(bymonth)}`}${inYears(parts)}`;
}
