import {
  CYCLE_DAYS,
  civilDate,
  DAY,
  dayNumber,
  dayOf,
  HOUR,
  isLeap,
  LAST_YEAR,
  MINUTE,
  modulo,
  weekdayOf,
} from './civil.ts';
import { atPositions, type DayTimes, NO_TIMES, product } from './day-times.ts';
import { groupBy } from './ranges.ts';
import type { Frequency, RecurrenceRule } from './rule.ts';
import { createYearDays, type DayParts } from './year-days.ts';

/** A rule as days, each with its times; everything in wall time. COUNT, UNTIL and the start's time of day are not in it. */
export interface RuleDays {
  /** Times of a day, whatever DTSTART's time of day; `NO_TIMES` on a day that does not fit. */
  readonly timesOn: (dayNo: number) => DayTimes;
  /** First day not before `dayNo` that may have times, or undefined when there is none any more. */
  readonly nextDay: (dayNo: number) => number | undefined;
  /** The times of every day that fits, when they are the same on all of them. */
  readonly everyDay: DayTimes | undefined;
  /** Of a sub-daily rule: seconds after the begin of an hour, minute or second at which it fires. */
  readonly timesInUnit: DayTimes;
  /** More times than that it never has, to the end of the calendar. */
  readonly most: number;
}

const LAST_DAY = dayNumber(LAST_YEAR, 12, 31);
const ALL_DAYS = LAST_DAY - dayNumber(1, 1, 1) + 1;
const UNITS: Partial<Record<Frequency, number>> = { HOURLY: HOUR, MINUTELY: MINUTE, SECONDLY: 1 };
/** Seconds of an hour, minute or second; undefined for days and more. */
export function unitOf(freq: Frequency): number | undefined {
  return UNITS[freq];
}

/** Periods in 400 years. */
const PERIODS_A_CYCLE: Readonly<Record<Frequency, number>> = {
  SECONDLY: CYCLE_DAYS * DAY,
  MINUTELY: (CYCLE_DAYS * DAY) / MINUTE,
  HOURLY: (CYCLE_DAYS * DAY) / HOUR,
  DAILY: CYCLE_DAYS,
  WEEKLY: CYCLE_DAYS / 7,
  MONTHLY: 4800,
  YEARLY: 400,
};

const known = new WeakMap<RecurrenceRule, { readonly dtstart: number; readonly days: RuleDays }>();

/** A rule's days; worked out once for a rule. @param dtstart wall time */
export function ruleDays(rule: RecurrenceRule, dtstart: number): RuleDays {
  const found = known.get(rule);
  if (found?.dtstart === dtstart) return found.days;
  const days = createRuleDays(rule, dtstart);
  known.set(rule, { dtstart, days });
  return days;
}

function createRuleDays(rule: RecurrenceRule, dtstart: number): RuleDays {
  const parts = dayParts(rule, dtstart);
  const yearDays = createYearDays(parts);
  const unit = unitOf(rule.freq);
  const start = dayOf(dtstart);
  const anyDay = Object.keys(parts).length === 2 && rule.byyear === undefined;

  function fits(dayNo: number): boolean {
    if (anyDay) return true;
    const { year } = civilDate(dayNo);
    if (rule.byyear !== undefined && !rule.byyear.includes(year)) return false;
    return yearDays(year).fits[dayNo - dayNumber(year, 1, 1)] === 1;
  }

  /** First day not before `dayNo` that passes the day parts. */
  function nextFit(dayNo: number, limit: number): number | undefined {
    if (anyDay) return dayNo <= limit ? dayNo : undefined;
    let { year } = civilDate(dayNo);
    for (let from = dayNo; from <= limit && year <= LAST_YEAR; year += 1, from = dayNumber(year, 1, 1)) {
      if (rule.byyear !== undefined && !rule.byyear.includes(year)) continue;
      const first = dayNumber(year, 1, 1);
      const { days, fits: inYear } = yearDays(year);
      for (let index = from - first; index < (isLeap(year) ? 366 : 365); index += 1) {
        if (inYear[index] === 1) return first + index;
        // Past the last one, or before the first: no need to walk.
        if (index > (days.at(-1) ?? -1)) break;
        if (index < (days[0] ?? 366)) index = (days[0] ?? 366) - 1;
      }
    }
    return undefined;
  }

  if (unit !== undefined) return subDaily({ rule, dtstart, unit, fits, nextFit });

  const period = periodOf(rule, start);
  const times = product(rule, clock(dtstart));
  const positions = rule.bysetpos;

  function nextDay(dayNo: number): number | undefined {
    const limit = searchLimit(dayNo);
    for (let at = period.align(Math.max(dayNo, start)); at <= limit; at = period.align(at)) {
      const fit = nextFit(at, limit);
      if (fit === undefined || fit < period.end(at)) return fit;
      at = fit;
    }
    return undefined;
  }

  function searchLimit(dayNo: number): number {
    return Math.min(LAST_DAY, Math.max(dayNo, start) + repetition(rule) + 366);
  }

  if (positions === undefined || rule.freq === 'DAILY') {
    const everyDay =
      positions === undefined ? times : atPositions(times.length, positions, (index) => times[index] ?? 0);
    return {
      timesInUnit: NO_TIMES,
      most: everyDay.length * ALL_DAYS,
      everyDay,
      timesOn: (dayNo) => (period.align(dayNo) === dayNo && fits(dayNo) ? everyDay : NO_TIMES),
      nextDay: everyDay.length === 0 ? () => undefined : nextDay,
    };
  }

  const sameTimes = new Map<string, DayTimes>();
  let last: Chosen | undefined;
  return {
    timesInUnit: NO_TIMES,
    most: Math.min(times.length, positions.length) * ALL_DAYS,
    everyDay: undefined,
    timesOn(dayNo) {
      const { days, lists } = chosen(dayNo);
      return lists[days.indexOf(dayNo)] ?? NO_TIMES;
    },
    nextDay(dayNo) {
      const limit = searchLimit(dayNo);
      for (let at = nextDay(dayNo); at !== undefined && at <= limit; at = nextDay(period.end(at))) {
        const here = at;
        const found = chosen(at).days.find((day) => day >= here);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };

  /** What BYSETPOS leaves of the period around a day. */
  function chosen(dayNo: number): Chosen {
    const begin = period.begin(dayNo);
    if (last?.begin === begin) return last;
    const fitting: number[] = [];
    if (period.align(begin) === begin) {
      const end = period.end(begin);
      for (let at = nextFit(begin, end); at !== undefined && at < end; at = nextFit(at + 1, end))
        fitting.push(at);
    }
    const lists = groupBy(
      atPositions(fitting.length * times.length, positions ?? [], (index) => index),
      (index) => fitting[Math.floor(index / times.length)] ?? 0,
      (index) => times[index % times.length] ?? 0,
    );
    last = { begin, days: [...lists.keys()], lists: [...lists.values()].map(shared) };
    return last;
  }

  function shared(list: DayTimes): DayTimes {
    const key = list.join();
    const known = sameTimes.get(key);
    if (known !== undefined) return known;
    sameTimes.set(key, list);
    return list;
  }
}

/** The days of a period that BYSETPOS leaves, and the times of each. */
interface Chosen {
  readonly begin: number;
  readonly days: readonly number[];
  readonly lists: readonly DayTimes[];
}

/** The day parts with what DTSTART adds where none is given (RFC 5545, 3.3.10: "information missing from the rule"). */
function dayParts(rule: RecurrenceRule, dtstart: number): DayParts {
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

/** The periods of a rule, as days. */
interface Period {
  /** First day of the period around a day. */
  begin(dayNo: number): number;
  /** Day after its last. */
  end(dayNo: number): number;
  /** The day itself when its period counts by INTERVAL, else the first day of the next one that does. */
  align(dayNo: number): number;
}

function periodOf({ freq, interval, wkst }: RecurrenceRule, start: number): Period {
  if (freq === 'DAILY') {
    return {
      begin: (day) => day,
      end: (day) => day + 1,
      align: (day) => day + modulo(start - day, interval),
    };
  }
  if (freq === 'WEEKLY') {
    const begin = (day: number) => day - modulo(weekdayOf(day) - wkst, 7);
    const first = begin(start);
    return {
      begin,
      end: (day) => begin(day) + 7,
      align: (day) => {
        const ahead = modulo((first - begin(day)) / 7, interval);
        return ahead === 0 ? day : begin(day) + ahead * 7;
      },
    };
  }
  const months = freq === 'MONTHLY' ? 1 : 12;
  const index = (day: number) => {
    const { year, month } = civilDate(day);
    return Math.floor((year * 12 + month - 1) / months);
  };
  const dayAt = (at: number) => dayNumber(Math.floor((at * months) / 12), ((at * months) % 12) + 1, 1);
  const first = index(start);
  return {
    begin: (day) => dayAt(index(day)),
    end: (day) => dayAt(index(day) + 1),
    align: (day) => {
      const ahead = modulo(first - index(day), interval);
      return ahead === 0 ? day : dayAt(index(day) + ahead);
    },
  };
}

interface SubDaily {
  readonly rule: RecurrenceRule;
  readonly dtstart: number;
  readonly unit: number;
  readonly fits: (dayNo: number) => boolean;
  readonly nextFit: (dayNo: number, limit: number) => number | undefined;
}

/**
 * HOURLY, MINUTELY, SECONDLY: every `interval`-th unit since DTSTART's. Which units of a day those are depends only on
 * how far into the interval the day begins, so each such list is worked out once.
 */
function subDaily({ rule, dtstart, unit, fits, nextFit }: SubDaily): RuleDays {
  const unitsADay = DAY / unit;
  const first = Math.floor(dtstart / unit);
  const { interval } = rule;
  const inside = timesInUnit(rule, dtstart, unit);
  const lists = new Map<number, DayTimes>();
  const everyDay = unitsADay % interval === 0 ? listAt(modulo(first, interval)) : undefined;

  /** @param offset unit of the day at which the interval first begins */
  function listAt(offset: number): DayTimes {
    let list = lists.get(offset);
    if (list === undefined) {
      list = timesFrom({ rule, unit, offset, inside });
      // Intervals above a day have a time or none; nothing is gained by keeping them.
      if (interval <= unitsADay) lists.set(offset, list);
    }
    return list;
  }

  let neverFires: boolean | undefined;

  /** No way in which the interval can fall into a day leaves a time. */
  function never(): boolean {
    if (neverFires === undefined) {
      const step = commonDivisor(unitsADay, interval);
      neverFires = true;
      for (let at = modulo(first, step); at < Math.min(interval, unitsADay) && neverFires; at += step) {
        neverFires = listAt(at).length === 0;
      }
    }
    return neverFires;
  }

  return {
    timesInUnit: inside,
    most: Math.ceil(unitsADay / interval) * inside.length * ALL_DAYS,
    everyDay,
    timesOn: (dayNo) =>
      fits(dayNo) ? (everyDay ?? listAt(modulo(first - dayNo * unitsADay, interval))) : NO_TIMES,
    nextDay(dayNo) {
      if (never()) return undefined;
      const begin = Math.max(dayNo, dayOf(dtstart));
      const limit = Math.min(LAST_DAY, begin + repetition(rule));
      for (let at = begin; at <= limit; at += 1) {
        const fit = nextFit(at, limit);
        if (fit === undefined) return undefined;
        const offset = modulo(first - fit * unitsADay, interval);
        if (offset >= unitsADay) at = fit + Math.floor(offset / unitsADay) - 1;
        else if (listAt(offset).length > 0) return fit;
        else at = fit;
      }
      return undefined;
    },
  };
}

/** Seconds after a unit's begin at which it fires. */
function timesInUnit(
  { freq, byminute, bysecond, bysetpos }: RecurrenceRule,
  dtstart: number,
  unit: number,
): DayTimes {
  const { minute, second } = clock(dtstart);
  const times =
    freq === 'HOURLY'
      ? product(
          { byhour: [0], byminute: byminute ?? [minute], bysecond: bysecond ?? [second] },
          { hour: 0, minute, second },
        )
      : unit === MINUTE
        ? (bysecond ?? [second])
        : [0];
  return bysetpos === undefined ? times : atPositions(times.length, bysetpos, (index) => times[index] ?? 0);
}

function timesFrom({
  rule: { freq, interval, byhour, byminute, bysecond },
  unit,
  offset,
  inside,
}: {
  readonly rule: RecurrenceRule;
  readonly unit: number;
  readonly offset: number;
  readonly inside: DayTimes;
}): DayTimes {
  const hours = membership(24, byhour);
  const minutes = membership(60, freq === 'HOURLY' ? undefined : byminute);
  const seconds = membership(60, freq === 'SECONDLY' ? bysecond : undefined);
  const list: number[] = [];
  for (let at = offset * unit; at < DAY; at += interval * unit) {
    if (hours[Math.floor(at / HOUR)] !== 1) continue;
    if (minutes[Math.floor(at / MINUTE) % 60] !== 1 || seconds[at % 60] !== 1) continue;
    for (const time of inside) list.push(at + time);
  }
  return list;
}

/** Days after which dates, weekdays and every INTERVAL-th period repeat together: what does not come by then never does. */
function repetition({ freq, interval }: RecurrenceRule): number {
  const periods = PERIODS_A_CYCLE[freq];
  return CYCLE_DAYS * (interval / commonDivisor(periods, interval));
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function membership(length: number, numbers: readonly number[] | undefined): Uint8Array {
  const set = new Uint8Array(length).fill(numbers === undefined ? 1 : 0);
  for (const number of numbers ?? []) set[number] = 1;
  return set;
}

function clock(wall: number): { readonly hour: number; readonly minute: number; readonly second: number } {
  const time = modulo(wall, DAY);
  return {
    hour: Math.floor(time / HOUR),
    minute: Math.floor(time / MINUTE) % 60,
    second: time % 60,
  };
}
