import { HOUR, MINUTE } from './civil.ts';
import type { RecurrenceRule } from './rule.ts';

/** Seconds after midnight, sorted. The same object for the same times, so days can be compared by it. */
export type DayTimes = readonly number[];

export const NO_TIMES: DayTimes = [];

type TimeParts = Pick<RecurrenceRule, 'byhour' | 'byminute' | 'bysecond'>;

/** Every hour × minute × second; an absent part stands for `otherwise`, a part of the start. */
export function product(
  { byhour, byminute, bysecond }: TimeParts,
  otherwise: { readonly hour: number; readonly minute: number; readonly second: number },
): DayTimes {
  const times: number[] = [];
  const seconds = bysecond ?? [otherwise.second];
  for (const hour of byhour ?? [otherwise.hour]) {
    for (const minute of byminute ?? [otherwise.minute]) {
      for (const second of seconds) times.push(hour * HOUR + minute * MINUTE + second);
    }
  }
  return times;
}

/** The elements at 1-based positions, from the end when negative (BYSETPOS). Sorted, each once. */
export function atPositions<T>(
  length: number,
  positions: readonly number[],
  take: (index: number) => T,
): T[] {
  const indices = positions
    .map((position) => (position > 0 ? position - 1 : length + position))
    .filter((index) => index >= 0 && index < length);
  return [...new Set(indices)].sort((a, b) => a - b).map(take);
}
