import { civilDate, DAY, dayOf, modulo } from './civil.ts';
import type { DayTimes } from './day-times.ts';
import { ANY_WEEKDAY, groupBy, toClocks, toRanges } from './ranges.ts';
import type { RecurrenceSet } from './rule.ts';
import type { CalendarRanges } from './spec.ts';
import { utcDays } from './utc-days.ts';
import type { Zone } from './zone.ts';

/** From `from` on, before `until`; instants at midnights of UTC. */
export interface Window {
  readonly from: number;
  readonly until: number;
}

export interface Enumerated {
  readonly calendars: readonly CalendarRanges[];
  /** Shorter than asked for when the calendars would be too many. */
  readonly window: Window;
}

/**
 * The instants of a set within a window as calendars in UTC, one for all days of a month that fire at the same times.
 * @param most calendars; the window ends with the last whole day for which they suffice
 */
export function enumerate(
  set: RecurrenceSet,
  { zone, window, most }: { readonly zone: Zone; readonly window: Window; readonly most: number },
): Enumerated {
  const timesOfDay = utcDays(set, zone);
  const groups = new Map<DayTimes, Map<number, number[]>>();
  let calendars = 0;
  let day = dayOf(window.from);
  for (; day < dayOf(window.until); day += 1) {
    const times = timesOfDay(day);
    if (times.length === 0) continue;
    const { year, month } = civilDate(day);
    const months = groups.get(times) ?? new Map<number, number[]>();
    const dates = months.get(year * 12 + month - 1);
    if (dates === undefined) {
      calendars += toClocks(times).length;
      if (calendars > most) break;
      months.set(year * 12 + month - 1, [day]);
      groups.set(times, months);
    } else dates.push(day);
  }
  return {
    window: { from: window.from, until: day * DAY },
    calendars: [...groups].flatMap(([times, months]) =>
      [...months].flatMap(([at, days]) =>
        toClocks(times).map((clock) => ({
          ...clock,
          dayOfMonth: toRanges(days.map((one) => civilDate(one).day)),
          month: toRanges([(at % 12) + 1]),
          year: toRanges([Math.floor(at / 12)]),
          dayOfWeek: ANY_WEEKDAY,
        })),
      ),
    ),
  };
}

/** A finite set's instants as calendars in UTC. */
export function listed(instants: readonly number[]): readonly CalendarRanges[] {
  const byTime = groupBy(
    instants,
    (instant) => {
      const { year, month } = civilDate(dayOf(instant));
      return `${year}-${month}-${modulo(instant, DAY)}`;
    },
    (instant) => instant,
  );
  return [...byTime.values()].flatMap((group) => {
    const [first = 0] = group;
    const { year, month } = civilDate(dayOf(first));
    return toClocks([modulo(first, DAY)]).map((clock) => ({
      ...clock,
      dayOfMonth: toRanges(group.map((instant) => civilDate(dayOf(instant)).day)),
      month: toRanges([month]),
      year: toRanges([year]),
      dayOfWeek: ANY_WEEKDAY,
    }));
  });
}
