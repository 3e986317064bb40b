import { civilDate, dayNumber, dayOf, daysInMonth, isLeap, modulo, weekdayOf } from './civil.ts';
import { type DayTimes, NO_TIMES } from './day-times.ts';
import { unitOf } from './periods.ts';
import {
  ANY_DAY,
  ANY_MONTH,
  ANY_WEEKDAY,
  ANY_YEAR,
  type CalendarDays,
  groupBy,
  temporalWeekday,
  toRanges,
} from './ranges.ts';
import type { RecurrenceRule } from './rule.ts';
import { ruleDays } from './rule-days.ts';

/** Those that Temporal's calendars know. */
export const ALL_YEARS: readonly number[] = range(2000, 2100);

/** Days as a Temporal calendar says them, with the times that fire on them. */
export interface DayGroup {
  readonly days: CalendarDays;
  readonly times: DayTimes;
}

/**
 * A rule's days as calendars that are right in every year that Temporal knows. Where a day's date, weekday and length of
 * month decide, calendars say just that (the last Friday is a Friday from the 25th in months of 31 days, …); else they
 * list dates by year.
 */
export function dayCalendars(
  rule: RecurrenceRule,
  { dtstart, years = ALL_YEARS, which = 'fitting', by = 'weekday' }: DayCalendarsOptions,
): readonly DayGroup[] {
  const short = by === 'weekday' && isMonthly(rule);
  const { timesOn } = ruleDays(short ? monthly(rule) : rule, dtstart);
  const wanted =
    which === 'fitting' ? timesOn : (day: number) => (timesOn(day).length === 0 ? WHENEVER : NO_TIMES);
  return short ? byMonthKind(wanted, { rule, dtstart, years }) : byYear(wanted, years);
}

export interface DayCalendarsOptions {
  /** Wall time. */
  readonly dtstart: number;
  /** Years that matter, sorted; the spec's start and end keep out the others. */
  readonly years?: readonly number[];
  readonly which?: Which;
  /** `date`: never by weekday, where the server would get that wrong. */
  readonly by?: 'weekday' | 'date';
}

/** A rule's days, or all others (with no times worth looking at). */
type Which = 'fitting' | 'others';
const WHENEVER: DayTimes = [0];
type TimesOn = (dayNo: number) => DayTimes;

/** The rule as if every period and year counted. */
function monthly(rule: RecurrenceRule): RecurrenceRule {
  const { byyear: _, ...anyYear } = rule;
  return unitOf(rule.freq) === undefined ? { ...anyYear, interval: 1 } : anyYear;
}

/** Whether date, weekday, month and length of month decide over a day. */
function isMonthly({
  freq,
  interval,
  byyearday,
  byweekno,
  byday,
  bymonth,
  bysetpos,
}: RecurrenceRule): boolean {
  if (byyearday !== undefined || byweekno !== undefined) return false;
  const sets = bysetpos !== undefined;
  switch (freq) {
    case 'YEARLY':
      return !sets && (bymonth !== undefined || !(byday ?? []).some(({ nth }) => nth !== undefined));
    case 'MONTHLY':
      return true;
    case 'WEEKLY':
      return interval === 1 && !sets;
    case 'DAILY':
      return interval === 1;
    default:
      return true;
  }
}

/** A month with its length: February has two. */
interface MonthKind {
  readonly month: number;
  readonly length: number;
}

const KINDS: readonly MonthKind[] = Array.from({ length: 12 }, (_, index) => index + 1).flatMap((month) =>
  month === 2
    ? [
        { month, length: 28 },
        { month, length: 29 },
      ]
    : [{ month, length: daysInMonth(2001, month) }],
);

interface Origin {
  readonly rule: RecurrenceRule;
  readonly dtstart: number;
  readonly years: readonly number[];
}

function byMonthKind(timesOn: TimesOn, origin: Origin): readonly DayGroup[] {
  /** Days of month per times, weekday and kind of month. */
  const dates = new Map<DayTimes, Map<number, Map<MonthKind, number[]>>>();
  for (const kind of KINDS) {
    const firsts = range(0, 6).map((weekday) => firstDayOf(kind, weekday));
    for (let day = 1; day <= kind.length; day += 1) {
      for (const [weekday, first] of firsts.entries()) {
        const times = timesOn(first + day - 1);
        if (times.length === 0) continue;
        const ofWeekday = deepen(
          deepen(dates, times, () => new Map()),
          modulo(weekday + day - 1, 7),
          () => new Map(),
        );
        deepen(ofWeekday, kind, () => [] as number[]).push(day);
      }
    }
  }
  return [...dates].flatMap(([times, ofTimes]) => {
    const alike = groupBy(
      [...ofTimes].flatMap(([weekday, ofKind]) => parcels(ofKind).map((parcel) => ({ weekday, parcel }))),
      ({ parcel }) => JSON.stringify(parcel),
      (item) => item,
    );
    return [...alike.values()].flatMap((items) => {
      const [first] = items;
      if (first === undefined) return [];
      const weekdays = items.map(({ weekday }) => temporalWeekday(weekday)).sort((a, b) => a - b);
      return yearsOf(origin, first.parcel).map(({ months, years }) => ({
        times,
        days: {
          year: years,
          month: months.length === 12 ? ANY_MONTH : toRanges(months),
          dayOfMonth: first.parcel.days.length === 31 ? ANY_DAY : toRanges(first.parcel.days),
          dayOfWeek: weekdays.length === 7 ? ANY_WEEKDAY : toRanges(weekdays),
        },
      }));
    });
  });
}

/** Dates that hold for some months; those past a month's end do no harm there. */
interface Parcel {
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** February of 28 or of 29 days only. */
  readonly february: 28 | 29 | 'both' | 'none';
}

/** Months that can share one list of dates, as few lists as a greedy choice finds. */
function parcels(ofKind: ReadonlyMap<MonthKind, readonly number[]>): readonly Parcel[] {
  const found: Parcel[] = [];
  let open = KINDS.filter((kind) => ofKind.has(kind));
  const agrees = (kind: MonthKind, days: readonly number[]) =>
    days.filter((day) => day <= kind.length).join() === (ofKind.get(kind) ?? []).join();
  while (open.length > 0) {
    const union = [...new Set(open.flatMap((kind) => ofKind.get(kind) ?? []))].sort((a, b) => a - b);
    const longest = open.reduce((one, other) => (other.length > one.length ? other : one));
    const days = open.some((kind) => agrees(kind, union)) ? union : (ofKind.get(longest) ?? []);
    const fitting = KINDS.filter((kind) => agrees(kind, days));
    const [short, long] = [28, 29].map((length) => fitting.some((kind) => kind.length === length));
    const longestHere = Math.max(...fitting.map(({ length }) => length));
    const here = days.filter((day) => day <= longestHere);
    found.push({
      // All days up to the longest of these months are all days.
      days: here.length === longestHere ? range(1, 31) : here,
      months: fitting.filter(({ month }) => month !== 2).map(({ month }) => month),
      february: short && long ? 'both' : short ? 28 : long ? 29 : 'none',
    });
    open = open.filter((kind) => !fitting.includes(kind));
  }
  return found;
}

/** The years in which each month of a parcel counts, by INTERVAL, BYYEAR and February's length. */
function yearsOf(
  { rule, dtstart, years: every }: Origin,
  { months, february }: Parcel,
): readonly { readonly months: readonly number[]; readonly years: CalendarDays['year'] }[] {
  const start = civilDate(dayOf(dtstart));
  const counts = (year: number, month: number) => {
    if (rule.byyear !== undefined && !rule.byyear.includes(year)) return false;
    if (rule.freq === 'YEARLY') return modulo(year - start.year, rule.interval) === 0;
    if (rule.freq === 'MONTHLY') {
      return modulo((year - start.year) * 12 + month - start.month, rule.interval) === 0;
    }
    return true;
  };
  const yearly = (month: number) =>
    every.filter(
      (year) =>
        counts(year, month) && (month !== 2 || february === 'both' || isLeap(year) === (february === 29)),
    );
  const all = [...months, ...(february === 'none' ? [] : [2])].sort((a, b) => a - b);
  const alike = groupBy(
    all,
    (month) => yearly(month).join(),
    (month) => month,
  );
  return [...alike.values()].flatMap((group) => {
    const years = yearly(group[0] ?? 1);
    if (years.length === 0) return [];
    return [{ months: group, years: years.length === every.length ? ANY_YEAR : toRanges(years) }];
  });
}

/** Dates by year, for rules whose days no month decides. */
function byYear(timesOn: TimesOn, years: readonly number[]): readonly DayGroup[] {
  const found = new Map<DayTimes, Map<number, Map<string, number[]>>>();
  for (const year of years) {
    for (let month = 1; month <= 12; month += 1) {
      const first = dayNumber(year, month, 1);
      const ofMonth = groupBy(
        range(1, daysInMonth(year, month)),
        (day) => timesOn(first + day - 1),
        (day) => day,
      );
      for (const [times, dates] of ofMonth) {
        if (times === NO_TIMES || times.length === 0) continue;
        const byDates = deepen(
          deepen(found, times, () => new Map()),
          month,
          () => new Map(),
        );
        deepen(byDates, dates.join(), () => [] as number[]).push(year);
      }
    }
  }
  return [...found].flatMap(([times, months]) => {
    const flat = [...months].flatMap(([month, byDates]) =>
      [...byDates].map(([dates, ofYears]) => ({ month, dates, years: ofYears })),
    );
    const alike = groupBy(
      flat,
      ({ dates, years: ofYears }) => `${dates}|${ofYears.join()}`,
      (item) => item,
    );
    return [...alike.values()].flatMap((items) => {
      const [first] = items;
      if (first === undefined) return [];
      return [
        {
          times,
          days: {
            year: first.years.length === years.length ? ANY_YEAR : toRanges(first.years),
            month: items.length === 12 ? ANY_MONTH : toRanges(items.map(({ month }) => month)),
            dayOfMonth: toRanges(first.dates.split(',').map(Number)),
            dayOfWeek: ANY_WEEKDAY,
          },
        },
      ];
    });
  });
}

/** Day number of the first of some month of that kind whose first is that weekday, 0 Monday. */
function firstDayOf({ month, length }: MonthKind, weekday: number): number {
  for (let year = 2000; ; year += 1) {
    const first = dayNumber(year, month, 1);
    if (weekdayOf(first) === weekday && daysInMonth(year, month) === length) return first;
  }
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function deepen<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
