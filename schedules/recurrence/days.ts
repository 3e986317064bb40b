import { DAY, dayNumber, HOUR, LAST_YEAR, MINUTE, modulo } from './civil.ts';
import type { DayTimes } from './day-times.ts';
import type { Effort } from './effort.ts';

export const LAST_DAY = dayNumber(LAST_YEAR, 12, 31);

export const ALL_DAYS = LAST_DAY - dayNumber(1, 1, 1) + 1;

/** A rule as days, each with its times; everything in wall time. COUNT, UNTIL and the start's time of day are not in it. */
export interface RuleDays {
  /** Times of a day, whatever DTSTART's time of day; `NO_TIMES` on a day that does not fit. */
  readonly timesOn: (dayNo: number) => DayTimes;
  /** First day not before `dayNo` that may have times, or undefined when there is none any more. */
  readonly nextDay: (dayNo: number, effort: Effort) => number | undefined;
  /** The times of every day that fits, when they are the same on all of them. */
  readonly everyDay: DayTimes | undefined;
  /** Of a sub-daily rule: seconds after the begin of an hour, minute or second at which it fires. */
  readonly timesInUnit: DayTimes;
  /** More times than that it never has, to the end of the calendar. */
  readonly most: number;
}

export function clock(wall: number): {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
} {
  const time = modulo(wall, DAY);
  return {
    hour: Math.floor(time / HOUR),
    minute: Math.floor(time / MINUTE) % 60,
    second: time % 60,
  };
}
