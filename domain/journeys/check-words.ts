import { durationMs } from './durations.ts';

const EVENT_TYPE = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

export function weekdayProblems(weekdays: readonly number[] | undefined): readonly string[] {
  if (weekdays === undefined) return [];
  if (weekdays.length === 0) return ['no weekday is left'];
  return weekdays
    .filter((day) => !Number.isInteger(day) || day < 1 || day > 7)
    .map((day) => `${day} is no weekday (Monday is 1, Sunday 7)`);
}

export function isEventType(type: string): boolean {
  return EVENT_TYPE.test(type) && type.length <= 100;
}

export function isLocalTime(time: string): boolean {
  return TIME.test(time);
}

/** At least a minute, at most two years. */
export function isLength(text: string): boolean {
  const ms = durationMs(text);
  return ms !== undefined && ms >= 60_000 && ms <= 731 * 86_400_000;
}
