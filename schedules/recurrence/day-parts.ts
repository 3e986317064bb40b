import { civilDate, dayOf, weekdayOf } from './civil.ts';
import { listText, monthWord, ordinal, positionText, runTexts, weekdayWord } from './phrases.ts';
import type { ByDay, RecurrenceRule } from './rule.ts';

/** The day parts in force. One of them names the days, the others are limits on those. */
export interface DayParts
  extends Pick<RecurrenceRule, 'byday' | 'bymonthday' | 'byyearday' | 'byweekno' | 'bymonth' | 'byyear'> {
  readonly main: 'none' | 'weekdays' | 'numbered weekdays' | 'days of the month' | 'days of the year';
  /** In which numbered weekdays are counted. */
  readonly scope: 'month' | 'year';
}

/** A rule's parts with what it takes from its start (RFC 5545, 3.3.10). @param dtstart wall time */
export function partsInForce(rule: RecurrenceRule, dtstart: number): DayParts {
  const { freq, bymonthday, byyearday, byweekno, bymonth, byyear } = rule;
  const byday = limitsWeek(rule.byday) ? rule.byday : undefined;
  const isGiven = [rule.byday, bymonthday, byyearday, byweekno].some((part) => part !== undefined);
  const start = civilDate(dayOf(dtstart));
  const scope = freq === 'YEARLY' && bymonth === undefined ? 'year' : 'month';
  const rest = {
    ...(byweekno === undefined ? {} : { byweekno }),
    ...(byyear === undefined ? {} : { byyear }),
    ...(bymonth === undefined ? {} : { bymonth }),
    scope,
  } as const;
  if (!isGiven && freq === 'WEEKLY') {
    return { ...rest, byday: [{ weekday: weekdayOf(dayOf(dtstart)) }], main: 'weekdays' };
  }
  if (!isGiven && (freq === 'MONTHLY' || freq === 'YEARLY')) {
    const months = freq === 'YEARLY' ? { bymonth: bymonth ?? [start.month] } : {};
    return { ...rest, ...months, bymonthday: [start.day], main: 'days of the month' };
  }
  return {
    ...rest,
    ...(byday === undefined ? {} : { byday }),
    ...(bymonthday === undefined ? {} : { bymonthday }),
    ...(byyearday === undefined ? {} : { byyearday }),
    main:
      byday !== undefined
        ? byday.some(({ nth }) => nth !== undefined)
          ? 'numbered weekdays'
          : 'weekdays'
        : bymonthday !== undefined
          ? 'days of the month'
          : byyearday !== undefined
            ? 'days of the year'
            : 'none',
  };
}

/** All seven weekdays limit nothing. */
function limitsWeek(byday: readonly ByDay[] | undefined): boolean {
  return byday !== undefined && (byday.length < 7 || byday.some(({ nth }) => nth !== undefined));
}

export function isBusinessDays(byday: readonly ByDay[]): boolean {
  return byday.length === 5 && byday.every(({ weekday, nth }) => nth === undefined && weekday < 5);
}

/** `weekdays`, `Monday to Thursday`, `Monday, Wednesday and Friday`. */
export function weekdayList(byday: readonly ByDay[]): string {
  if (isBusinessDays(byday)) return 'weekdays';
  const days = byday.map(({ weekday }) => weekday);
  return listText(days.length > 3 ? runTexts(days, weekdayWord) : days.map(weekdayWord));
}

/** `the first and third Sunday`, `every Monday and the last Friday`. */
export function numberedWeekdays(byday: readonly ByDay[]): string {
  const weekdays = [...new Set(byday.map(({ weekday }) => weekday))];
  return listText(
    weekdays.flatMap((weekday) => {
      const numbers = byday.filter((one) => one.weekday === weekday).map(({ nth }) => nth);
      const positions = byPosition(numbers.filter((nth) => nth !== undefined)).map(positionText);
      return [
        ...(numbers.includes(undefined) ? [`every ${weekdayWord(weekday)}`] : []),
        ...(positions.length === 0 ? [] : [`the ${listText(positions)} ${weekdayWord(weekday)}`]),
      ];
    }),
  );
}

/** `the 1st`, `the 15th and last day`. */
export function daysOfMonth(days: readonly number[], last: 'and' | 'or' = 'and'): string {
  const texts = fromBothEnds(days, ordinal);
  return `the ${listText(texts, last)}${days.some((day) => day < 0) ? ' day' : ''}`;
}

/** `the 1st and last day of the year`. */
export function daysOfYear(days: readonly number[], last: 'and' | 'or' = 'and'): string {
  return `the ${listText(fromBothEnds(days, ordinal), last)} day of the year`;
}

/** `week 20 of the year`, `the weeks 1 to 3 and last of the year`. */
export function weekList(weeks: readonly number[]): string {
  const texts = listText(fromBothEnds(weeks, String));
  const [only, another] = weeks;
  if (another !== undefined) return `the weeks ${texts} of the year`;
  return (only ?? 0) < 0 ? `the ${texts} week of the year` : `week ${texts} of the year`;
}

export function monthList(months: readonly number[]): string {
  return listText(runTexts(months, monthWord));
}

function fromBothEnds(numbers: readonly number[], text: (number: number) => string): readonly string[] {
  const positive = numbers.filter((number) => number > 0);
  return [...runTexts(positive, text), ...numbers.filter((number) => number < 0).map(positionText)];
}

/** Those from the beginning, then those from the end: 1, 2, -2, -1. */
export function byPosition(positions: readonly number[]): readonly number[] {
  return [...positions.filter((one) => one > 0), ...positions.filter((one) => one < 0)];
}
