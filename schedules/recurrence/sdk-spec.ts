import { DAY_NAMES, MONTH_NAMES } from './calendar.ts';
import type { CalendarRanges, Range, TemporalSpec } from './spec.ts';

const ALL_OF: Readonly<Record<string, readonly [number, number]>> = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  dayOfMonth: [1, 31],
  month: [1, 12],
  dayOfWeek: [0, 6],
};

/**
 * A spec in the shape of the TypeScript SDK's ScheduleSpec, as JSON: spans in milliseconds, instants as ISO 8601. Ranges are
 * numbers or have start, end and step, all three: `{ start }` alone goes out wrong (SDK 1.24).
 */
export function toSdk(spec: TemporalSpec): object {
  return {
    timezone: spec.timezone,
    ...(spec.calendars.length === 0 ? {} : { calendars: spec.calendars.map(calendar) }),
    ...(spec.intervals.length === 0
      ? {}
      : {
          intervals: spec.intervals.map(({ every, offset }) => ({
            every: every * 1000,
            offset: offset * 1000,
          })),
        }),
    ...(spec.skip.length === 0 ? {} : { skip: spec.skip.map(calendar) }),
    ...(spec.startAt === undefined ? {} : { startAt: instant(spec.startAt) }),
    ...(spec.endAt === undefined ? {} : { endAt: instant(spec.endAt) }),
    ...(spec.jitter === 0 ? {} : { jitter: spec.jitter }),
  };
}

function calendar({ comment, year, month, dayOfWeek, ...numbers }: CalendarRanges): object {
  return {
    ...Object.fromEntries(
      Object.entries(numbers).map(([field, ranges]) => [field, values(field, ranges, String)]),
    ),
    month: values('month', month, (number) => MONTH_NAMES[number - 1] ?? ''),
    dayOfWeek: values('dayOfWeek', dayOfWeek, (number) => DAY_NAMES[number] ?? ''),
    ...(year.length === 0 ? {} : { year: values('year', year, String) }),
    ...(comment === undefined ? {} : { comment }),
  };
}

function values(field: string, ranges: readonly Range[], name: (number: number) => string): unknown {
  const [low, high] = ALL_OF[field] ?? [];
  const [first] = ranges;
  if (ranges.length === 1 && first?.start === low && first?.end === high && first?.step === 1) return '*';
  const named = field === 'month' || field === 'dayOfWeek';
  const value = (number: number) => (named ? name(number) : number);
  const items = ranges.map(({ start, end, step }) =>
    start === end ? value(start) : { start: value(start), end: value(end), step },
  );
  return items.length === 1 ? items[0] : items;
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
