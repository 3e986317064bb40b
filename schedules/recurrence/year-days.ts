import { civilDate, dayNumber, dayOf, daysInMonth, isLeap, modulo, weekdayOf } from './civil.ts';
import type { ByDay, RecurrenceRule } from './rule.ts';

/** The days of a year that fit a rule's day parts. */
export interface YearDays {
  /** Days after 1 January, sorted. */
  readonly days: readonly number[];
  /** 1 at each of them. */
  readonly fits: Uint8Array;
}

export type DayParts = Pick<
  RecurrenceRule,
  'freq' | 'bymonth' | 'byweekno' | 'byyearday' | 'bymonthday' | 'byday' | 'wkst'
>;

/** The day parts with what DTSTART adds where none is given (RFC 5545, 3.3.10: "information missing from the rule"). */
export function dayParts(rule: RecurrenceRule, dtstart: number): DayParts {
  const { freq, bymonth, byweekno, byyearday, bymonthday, byday, wkst } = rule;
  const given = {
    freq,
    wkst,
    ...(bymonth === undefined ? {} : { bymonth }),
    ...(byweekno === undefined ? {} : { byweekno }),
    ...(byyearday === undefined ? {} : { byyearday }),
    ...(bymonthday === undefined ? {} : { bymonthday }),
    ...(byday === undefined ? {} : { byday }),
  };
  if ([byweekno, byyearday, bymonthday, byday].some((part) => part !== undefined)) return given;
  const { month, day } = civilDate(dayOf(dtstart));
  if (freq === 'YEARLY') return { ...given, bymonth: bymonth ?? [month], bymonthday: [day] };
  if (freq === 'MONTHLY') return { ...given, bymonthday: [day] };
  if (freq === 'WEEKLY') return { ...given, byday: [{ weekday: weekdayOf(dayOf(dtstart)) }] };
  return given;
}

/**
 * Which days fit, whatever the interval: a day must pass every part that is given (RFC 5545, 3.3.10, the table of
 * "Limit" and "Expand"; dateutil does the same). What fits depends on 1 January's weekday and the leap years around
 * only, so there are 28 kinds of years, each worked out once.
 */
export function createYearDays(parts: DayParts): (year: number) => YearDays {
  const kinds = new Map<number, YearDays>();
  return (year) => {
    const leap = isLeap(year) ? 1 : isLeap(year - 1) ? 2 : isLeap(year + 1) ? 3 : 0;
    const kind = leap * 7 + weekdayOf(dayNumber(year, 1, 1));
    let found = kinds.get(kind);
    if (found === undefined) {
      found = daysOf(parts, year);
      kinds.set(kind, found);
    }
    return found;
  };
}

function daysOf(parts: DayParts, year: number): YearDays {
  const first = dayNumber(year, 1, 1);
  const length = isLeap(year) ? 366 : 365;
  const fits = new Uint8Array(366);
  const days: number[] = [];
  let dayOfYear = 0;
  for (let month = 1; month <= 12; month += 1) {
    const monthLength = daysInMonth(year, month);
    for (let day = 1; day <= monthLength; day += 1, dayOfYear += 1) {
      const at = { year, month, day, monthLength, dayOfYear, length, dayNo: first + dayOfYear };
      if (passes(parts, at)) {
        fits[dayOfYear] = 1;
        days.push(dayOfYear);
      }
    }
  }
  return { days, fits };
}

interface Place {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly monthLength: number;
  readonly dayOfYear: number;
  /** Of the year, in days. */
  readonly length: number;
  readonly dayNo: number;
}

function passes(
  { freq, bymonth, bymonthday, byyearday, byweekno, byday, wkst }: DayParts,
  at: Place,
): boolean {
  if (bymonth !== undefined && !bymonth.includes(at.month)) return false;
  if (
    bymonthday !== undefined &&
    !bymonthday.includes(at.day) &&
    !bymonthday.includes(at.day - at.monthLength - 1)
  ) {
    return false;
  }
  if (
    byyearday !== undefined &&
    !byyearday.includes(at.dayOfYear + 1) &&
    !byyearday.includes(at.dayOfYear - at.length)
  ) {
    return false;
  }
  if (byday !== undefined) {
    const scope = freq === 'YEARLY' && bymonth === undefined ? 'year' : 'month';
    if (!byday.some((one) => isDay(one, at, scope))) return false;
  }
  if (byweekno !== undefined) {
    const { week, weeks } = weekOf(at, wkst);
    if (!byweekno.includes(week) && !byweekno.includes(week - weeks - 1)) return false;
  }
  return true;
}

function isDay({ weekday, nth }: ByDay, at: Place, scope: 'month' | 'year'): boolean {
  if (weekdayOf(at.dayNo) !== weekday) return false;
  if (nth === undefined) return true;
  const [index, length] = scope === 'month' ? [at.day - 1, at.monthLength] : [at.dayOfYear, at.length];
  return nth > 0 ? Math.floor(index / 7) === nth - 1 : Math.floor((length - 1 - index) / 7) === -nth - 1;
}

/** A week belongs to the year that has at least four of its days (RFC 5545, BYWEEKNO; ISO 8601 for weeks from Monday). */
function weekOf({ dayNo, year }: Place, wkst: number): { readonly week: number; readonly weeks: number } {
  const start = dayNo - modulo(weekdayOf(dayNo) - wkst, 7);
  const fourth = start + 3;
  const owner =
    fourth < dayNumber(year, 1, 1) ? year - 1 : fourth >= dayNumber(year + 1, 1, 1) ? year + 1 : year;
  const first = firstWeek(owner, wkst);
  return { week: (start - first) / 7 + 1, weeks: (firstWeek(owner + 1, wkst) - first) / 7 };
}

/** Day number on which week 1 begins. */
function firstWeek(year: number, wkst: number): number {
  const newYear = dayNumber(year, 1, 1);
  const start = newYear - modulo(weekdayOf(newYear) - wkst, 7);
  return newYear - start <= 3 ? start : start + 7;
}
