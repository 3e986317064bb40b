import { MONTH_NAMES } from './calendar.ts';
import { civilDate, DAY, dayOf, HOUR, MINUTE, modulo } from './civil.ts';
import type { DayTimes } from './day-times.ts';
import type { CalendarRanges, Range } from './spec.ts';

export const ANY_DAY: readonly Range[] = [{ start: 1, end: 31, step: 1 }];
export const ANY_MONTH: readonly Range[] = [{ start: 1, end: MONTH_NAMES.length, step: 1 }];
export const ANY_WEEKDAY: readonly Range[] = [{ start: 0, end: 6, step: 1 }];
export const ANY_YEAR: readonly Range[] = [];

/** Sorted numbers as ranges: one with a step where that says it all, else runs without gaps. */
export function toRanges(numbers: readonly number[]): readonly Range[] {
  const [first, second] = numbers;
  if (first === undefined) return [];
  const step = second === undefined ? 1 : second - first;
  const last = numbers.at(-1) ?? first;
  if (numbers.every((number, index) => number === first + index * step))
    return [{ start: first, end: last, step }];
  const runs: { start: number; end: number; step: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.end === number - 1) run.end = number;
    else runs.push({ start: number, end: number, step: 1 });
  }
  return runs;
}

/** Days and times of day: a calendar that lacks its clock, and clocks that lack their days. */
export type CalendarDays = Pick<CalendarRanges, 'year' | 'month' | 'dayOfMonth' | 'dayOfWeek'>;
export type CalendarClock = Pick<CalendarRanges, 'hour' | 'minute' | 'second'>;

const clocks = new WeakMap<DayTimes, readonly CalendarClock[]>();

/** Times of day as hour × minute × second products, as few as a simple grouping finds. */
export function toClocks(times: DayTimes): readonly CalendarClock[] {
  const known = clocks.get(times);
  if (known !== undefined) return known;
  const minutesAlike = new Map<string, { readonly seconds: readonly number[]; readonly minutes: number[] }>();
  for (let at = 0; at < times.length; ) {
    const minute = Math.floor((times[at] ?? 0) / MINUTE);
    const seconds: number[] = [];
    for (; at < times.length && Math.floor((times[at] ?? 0) / MINUTE) === minute; at += 1) {
      seconds.push((times[at] ?? 0) - minute * MINUTE);
    }
    // Minutes of one hour that fire in the same seconds.
    const key = `${Math.floor(minute / 60)}|${seconds.join()}`;
    const alike = minutesAlike.get(key);
    if (alike === undefined) minutesAlike.set(key, { seconds, minutes: [minute % 60] });
    else alike.minutes.push(minute % 60);
  }
  const hoursAlike = new Map<
    string,
    { seconds: readonly number[]; minutes: readonly number[]; hours: number[] }
  >();
  for (const [key, { seconds, minutes }] of minutesAlike) {
    const shared = `${minutes.join()}|${seconds.join()}`;
    const alike = hoursAlike.get(shared) ?? { seconds, minutes, hours: [] };
    alike.hours.push(Number(key.split('|')[0]));
    hoursAlike.set(shared, alike);
  }
  const found = [...hoursAlike.values()].map(({ hours, minutes, seconds }) => ({
    hour: toRanges(hours),
    minute: toRanges(minutes),
    second: toRanges(seconds),
  }));
  clocks.set(times, found);
  return found;
}

/** A calendar that fires at one wall time. */
export function oneShot(wall: number, comment?: string): CalendarRanges {
  const { year, month, day } = civilDate(dayOf(wall));
  const time = modulo(wall, DAY);
  return {
    second: toRanges([time % MINUTE]),
    minute: toRanges([Math.floor(time / MINUTE) % 60]),
    hour: toRanges([Math.floor(time / HOUR)]),
    dayOfMonth: toRanges([day]),
    month: toRanges([month]),
    year: toRanges([year]),
    dayOfWeek: ANY_WEEKDAY,
    ...(comment === undefined ? {} : { comment }),
  };
}

/** Temporal's number of a day's weekday, 0 Sunday. */
export function temporalWeekday(monday0: number): number {
  return (monday0 + 1) % 7;
}

export function groupBy<T, K, V>(
  items: readonly T[],
  key: (item: T) => K,
  value: (item: T) => V,
): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [value(item)]);
    else group.push(value(item));
  }
  return groups;
}
