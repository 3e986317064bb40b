import { civilDate, dayNumber, dayOf, isLeap, LAST_YEAR } from './civil.ts';
import { atPositions, type DayTimes, NO_TIMES, product } from './day-times.ts';
import { ALL_DAYS, clock, LAST_DAY, type RuleDays } from './days.ts';
import type { Effort } from './effort.ts';
import { periodOf, repetition, unitOf } from './periods.ts';
import { groupBy } from './ranges.ts';
import type { RecurrenceRule } from './rule.ts';
import { subDaily } from './sub-daily.ts';
import { createYearDays, dayParts } from './year-days.ts';

/** What it costs to choose from a period by BYSETPOS, and each day of it, in days looked at. */
const CHOICE = 10;
const CHOICE_OF_DAY = 4;

const NO_DAYS = new Uint8Array(366);

const madeDays = new WeakMap<RecurrenceRule, { readonly dtstart: number; readonly days: RuleDays }>();

/** A rule's days; worked out once for a rule. @param dtstart wall time */
export function ruleDays(rule: RecurrenceRule, dtstart: number): RuleDays {
  const found = madeDays.get(rule);
  if (found?.dtstart === dtstart) return found.days;
  const days = createRuleDays(rule, dtstart);
  madeDays.set(rule, { dtstart, days });
  return days;
}

function createRuleDays(rule: RecurrenceRule, dtstart: number): RuleDays {
  const parts = dayParts(rule, dtstart);
  const yearDays = createYearDays(parts);
  const unit = unitOf(rule.freq);
  const start = dayOf(dtstart);
  const anyDay = Object.keys(parts).length === 2 && rule.byyear === undefined;

  let known: { readonly first: number; readonly end: number; readonly fits: Uint8Array } = {
    first: 0,
    end: 0,
    fits: NO_DAYS,
  };

  function fits(dayNo: number): boolean {
    if (anyDay) return true;
    if (dayNo < known.first || dayNo >= known.end) known = yearAround(dayNo);
    return known.fits[dayNo - known.first] === 1;
  }

  /** The year of a day; kept, as days are mostly asked for in their order. */
  function yearAround(dayNo: number) {
    const { year } = civilDate(dayNo);
    const isLeftOut = rule.byyear !== undefined && !rule.byyear.includes(year);
    const fits = isLeftOut ? NO_DAYS : yearDays(year).fits;
    return { first: dayNumber(year, 1, 1), end: dayNumber(year + 1, 1, 1), fits };
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

  function nextDay(dayNo: number, effort: Effort): number | undefined {
    const limit = searchLimit(dayNo);
    for (let at = period.align(Math.max(dayNo, start)); at <= limit; at = period.align(at)) {
      effort.spend(1);
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
    nextDay(dayNo, effort) {
      const limit = searchLimit(dayNo);
      for (
        let at = nextDay(dayNo, effort);
        at !== undefined && at <= limit;
        at = nextDay(period.end(at), effort)
      ) {
        const here = at;
        const found = chosen(at, effort).days.find((day) => day >= here);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };

  /** What BYSETPOS leaves of the period around a day. */
  function chosen(dayNo: number, effort?: Effort): Chosen {
    const begin = period.begin(dayNo);
    if (last?.begin === begin) return last;
    const fitting: number[] = [];
    if (period.align(begin) === begin) {
      const end = period.end(begin);
      for (let at = nextFit(begin, end); at !== undefined && at < end; at = nextFit(at + 1, end))
        fitting.push(at);
    }
    effort?.spend(CHOICE + CHOICE_OF_DAY * fitting.length);
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
