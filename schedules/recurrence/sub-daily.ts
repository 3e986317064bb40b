import { DAY, dayOf, HOUR, MINUTE, modulo } from './civil.ts';
import { atPositions, type DayTimes, NO_TIMES, product } from './day-times.ts';
import { ALL_DAYS, clock, LAST_DAY, type RuleDays } from './days.ts';
import { commonDivisor, repetition } from './periods.ts';
import type { RecurrenceRule } from './rule.ts';

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

function membership(length: number, numbers: readonly number[] | undefined): Uint8Array {
  const set = new Uint8Array(length).fill(numbers === undefined ? 1 : 0);
  for (const number of numbers ?? []) set[number] = 1;
  return set;
}
