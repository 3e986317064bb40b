import type { CalendarRanges, Range, TemporalSpec } from '../recurrence/spec.ts';

const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'year', 'dayOfWeek'] as const;

/**
 * Whether two specs fire at the same times because they say the same: ranges count as the numbers they hold, entries as
 * a set, comments not at all.
 */
export function sameSpec(one: TemporalSpec, other: TemporalSpec): boolean {
  return (
    one.timezone === other.timezone &&
    one.startAt === other.startAt &&
    one.endAt === other.endAt &&
    one.jitter === other.jitter &&
    sameKeys(calendarKeys(one.calendars), calendarKeys(other.calendars)) &&
    sameKeys(calendarKeys(one.skip), calendarKeys(other.skip)) &&
    sameKeys(intervalKeys(one), intervalKeys(other))
  );
}

/** One text for each different calendar. */
export function calendarKeys(calendars: readonly CalendarRanges[]): ReadonlySet<string> {
  return new Set(calendars.map((calendar) => FIELDS.map((field) => fieldKey(calendar[field])).join(';')));
}

/** The numbers that ranges hold, sorted, each once. */
export function numbersOf(ranges: readonly Range[]): readonly number[] {
  const numbers = new Set<number>();
  for (const { start, end, step } of ranges) {
    for (let number = start; number <= end; number += step) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** Numbers as runs, `0–4,7`; what most fields are, one range of step 1, without a detour. */
function fieldKey(ranges: readonly Range[]): string {
  const [only] = ranges;
  if (ranges.length === 1 && only?.step === 1) return `${only.start}–${only.end}`;
  let key = '';
  let start: number | undefined;
  const numbers = numbersOf(ranges);
  for (const [at, number] of numbers.entries()) {
    start ??= number;
    if (numbers[at + 1] === number + 1) continue;
    key += `${key === '' ? '' : ','}${start}–${number}`;
    start = undefined;
  }
  return key;
}

function intervalKeys({ intervals }: TemporalSpec): ReadonlySet<string> {
  return new Set(intervals.map(({ every, offset }) => `${every}+${offset}`));
}

function sameKeys(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && one.isSubsetOf(other);
}
