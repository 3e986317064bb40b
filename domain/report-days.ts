import { Temporal } from 'temporal-polyfill';

/** Calendar days one after the other, YYYY-MM-DD in the zone of the report; both ends belong to it. */
export interface DayRange {
  readonly first: string;
  readonly last: string;
}

/** The calendar day, in an IANA zone, on which an instant falls. */
export function dayOf({ at, timezone }: { readonly at: Date; readonly timezone: string }): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(timezone)
    .toPlainDate()
    .toString();
}

/** The first instant of a day: midnight, or what follows where a clock change skips midnight. */
function startOfDay({ day, timezone }: { readonly day: string; readonly timezone: string }): Date {
  return new Date(Temporal.PlainDate.from(day).toZonedDateTime(timezone).epochMilliseconds);
}

/** @param days may be negative. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** The day before the one on which `at` falls: the last that is over. */
export function lastFinishedDay(input: { readonly at: Date; readonly timezone: string }): string {
  return addDays(dayOf(input), -1);
}

/** How many days a range has; none where the last is before the first. */
export function lengthOf({ first, last }: DayRange): number {
  const { days } = Temporal.PlainDate.from(first).until(last, { largestUnit: 'day' });
  return Math.max(0, days + 1);
}

/** Every day of a range, in order. */
export function daysOf(range: DayRange): readonly string[] {
  const start = Temporal.PlainDate.from(range.first);
  return Array.from({ length: lengthOf(range) }, (_, days) => start.add({ days }).toString());
}

/** Start of each day and, as the last element, the end of the last one. Days of a clock change have 23 or 25 hours. */
export function boundsOf(days: DayRange, timezone: string): readonly Date[] {
  return daysOf({ first: days.first, last: addDays(days.last, 1) }).map((day) =>
    startOfDay({ day, timezone }),
  );
}

/** Sorted days as ranges without gaps, none longer than `most` days. */
export function toRanges(days: readonly string[], most: number): readonly DayRange[] {
  const ranges: { first: string; last: string; length: number }[] = [];
  for (const day of days) {
    const range = ranges.at(-1);
    if (range !== undefined && range.length < most && addDays(range.last, 1) === day) {
      range.last = day;
      range.length += 1;
    } else {
      ranges.push({ first: day, last: day, length: 1 });
    }
  }
  return ranges.map(({ first, last }) => ({ first, last }));
}
