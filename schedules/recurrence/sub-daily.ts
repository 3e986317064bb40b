import { DAY, dayOf, HOUR, MINUTE, modulo } from './civil.ts';
import { atPositions, type DayTimes, NO_TIMES, product } from './day-times.ts';
import { ALL_DAYS, clock, LAST_DAY, type RuleDays } from './days.ts';
import { commonDivisor, repetition } from './periods.ts';
import type { RecurrenceRule } from './rule.ts';

/** What a step to the next firing costs, in days looked at. */
const STEP = 2;

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
export function subDaily({ rule, dtstart, unit, fits, nextFit }: SubDaily): RuleDays {
  const unitsADay = DAY / unit;
  const first = Math.floor(dtstart / unit);
  const { interval } = rule;
  const inside = timesInUnit(rule, dtstart, unit);
  const passes = unitsThatPass(rule, unit);
  const lists = new Map<number, DayTimes>();
  const everyDay = unitsADay % interval === 0 ? listAt(modulo(first, interval)) : undefined;

  /** @param offset unit of the day at which the interval first begins */
  function listAt(offset: number): DayTimes {
    let list = lists.get(offset);
    if (list === undefined) {
      list = timesFrom(offset);
      // Intervals above a day have a time or none; nothing is gained by keeping them.
      if (interval <= unitsADay) lists.set(offset, list);
    }
    return list;
  }

  function timesFrom(offset: number): DayTimes {
    const list: number[] = [];
    for (let at = offset; at < unitsADay; at += interval) {
      if (passes[at] !== 1) continue;
      for (const time of inside) list.push(at * unit + time);
    }
    return list;
  }

  /** After so many steps of the interval the same units of the day come again. */
  const cycle = unitsADay / commonDivisor(unitsADay, interval);
  let firing: readonly number[] | undefined;

  /** First step of the interval, not before `step`, whose unit passes. */
  function nextStep(step: number): number | undefined {
    firing ??= stepsThatPass();
    const round = step - modulo(step, cycle);
    const [earliest] = firing;
    if (earliest === undefined) return undefined;
    const next = firing[firstNotBelow(firing, step - round)];
    return next === undefined ? round + cycle + earliest : round + next;
  }

  function stepsThatPass(): readonly number[] {
    const steps: number[] = [];
    const stride = interval % unitsADay;
    for (let step = 0, at = modulo(first, unitsADay); step < cycle; step += 1) {
      if (passes[at] === 1) steps.push(step);
      at += stride;
      if (at >= unitsADay) at -= unitsADay;
    }
    return steps;
  }

  return {
    timesInUnit: inside,
    most: Math.ceil(unitsADay / interval) * inside.length * ALL_DAYS,
    everyDay,
    timesOn: (dayNo) =>
      fits(dayNo) ? (everyDay ?? listAt(modulo(first - dayNo * unitsADay, interval))) : NO_TIMES,
    nextDay(dayNo, effort) {
      if (inside.length === 0 || everyDay?.length === 0) return undefined;
      const begin = Math.max(dayNo, dayOf(dtstart));
      const limit = Math.min(LAST_DAY, begin + repetition(rule));
      for (let at = begin; at <= limit; ) {
        effort.spend(STEP);
        const fit = nextFit(at, limit);
        if (fit === undefined || everyDay !== undefined) return fit;
        const step = nextStep(Math.ceil((fit * unitsADay - first) / interval));
        if (step === undefined) return undefined;
        at = Math.floor((first + step * interval) / unitsADay);
        if (at === fit) return fit;
      }
      return undefined;
    },
  };
}

/** Index of the first number that is not below `least`, in sorted numbers. */
function firstNotBelow(numbers: readonly number[], least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
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

/** For each hour, minute or second of a day, whether BYHOUR, BYMINUTE and BYSECOND let it be. */
function unitsThatPass({ freq, byhour, byminute, bysecond }: RecurrenceRule, unit: number): Uint8Array {
  const hours = membership(24, byhour);
  const minutes = membership(60, freq === 'HOURLY' ? undefined : byminute);
  const seconds = membership(60, freq === 'SECONDLY' ? bysecond : undefined);
  const passes = new Uint8Array(DAY / unit);
  for (let index = 0; index < passes.length; index += 1) {
    const at = index * unit;
    const isIn =
      hours[Math.floor(at / HOUR)] === 1 &&
      minutes[Math.floor(at / MINUTE) % 60] === 1 &&
      seconds[at % 60] === 1;
    if (isIn) passes[index] = 1;
  }
  return passes;
}

function membership(length: number, numbers: readonly number[] | undefined): Uint8Array {
  const set = new Uint8Array(length).fill(numbers === undefined ? 1 : 0);
  for (const number of numbers ?? []) set[number] = 1;
  return set;
}
