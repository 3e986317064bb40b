import type { CalendarRanges, Range, TemporalSpec } from '../recurrence/spec.ts';
import { type RawSpec, rawTime } from './encode.ts';

type RawCalendar = NonNullable<RawSpec['structuredCalendar']>[number];
type RawRange = NonNullable<RawCalendar['second']>[number];
type RawTime = NonNullable<RawSpec['startTime']>;

const WHOLE = {
  dayOfMonth: [{ start: 1, end: 31, step: 1 }],
  month: [{ start: 1, end: 12, step: 1 }],
  dayOfWeek: [{ start: 0, end: 6, step: 1 }],
} as const;
const ZERO = [{ start: 0, end: 0, step: 1 }] as const;

/** A spec as Temporal's API takes it. */
export function toProto(spec: TemporalSpec): RawSpec {
  return {
    structuredCalendar: spec.calendars.map(rawCalendar),
    interval: spec.intervals.map(({ every, offset }) => ({
      interval: rawTime(every * 1000),
      phase: rawTime(offset * 1000),
    })),
    excludeStructuredCalendar: spec.skip.map(rawCalendar),
    jitter: rawTime(spec.jitter),
    timezoneName: spec.timezone,
    ...(spec.startAt === undefined ? {} : { startTime: rawTime(spec.startAt * 1000) }),
    ...(spec.endAt === undefined ? {} : { endTime: rawTime(spec.endAt * 1000) }),
  };
}

/** What Temporal holds, in our canonical form. Cron lines are calendars by then: the server turns them when it gets them. */
export function fromProto(raw: RawSpec): TemporalSpec {
  return {
    timezone: raw.timezoneName || 'UTC',
    calendars: (raw.structuredCalendar ?? []).map(calendarOf),
    intervals: (raw.interval ?? []).map(({ interval, phase }) => ({
      every: secondsOf(interval),
      offset: secondsOf(phase),
    })),
    skip: (raw.excludeStructuredCalendar ?? []).map(calendarOf),
    jitter: Math.round(secondsOf(raw.jitter) * 1000),
    ...(raw.startTime ? { startAt: secondsOf(raw.startTime) } : {}),
    ...(raw.endTime ? { endAt: secondsOf(raw.endTime) } : {}),
  };
}

function rawCalendar({ comment, ...fields }: CalendarRanges): RawCalendar {
  return {
    second: [...fields.second],
    minute: [...fields.minute],
    hour: [...fields.hour],
    dayOfMonth: [...fields.dayOfMonth],
    month: [...fields.month],
    year: [...fields.year],
    dayOfWeek: [...fields.dayOfWeek],
    ...(comment === undefined ? {} : { comment }),
  };
}

/** The server fills in what was not said, save for years, where nothing means any. */
function calendarOf(raw: RawCalendar): CalendarRanges {
  return {
    second: rangesOf(raw.second, ZERO),
    minute: rangesOf(raw.minute, ZERO),
    hour: rangesOf(raw.hour, ZERO),
    dayOfMonth: rangesOf(raw.dayOfMonth, WHOLE.dayOfMonth),
    month: rangesOf(raw.month, WHOLE.month),
    year: rangesOf(raw.year, []),
    dayOfWeek: rangesOf(raw.dayOfWeek, WHOLE.dayOfWeek),
    ...(raw.comment ? { comment: raw.comment } : {}),
  };
}

function rangesOf(raw: readonly RawRange[] | null | undefined, unsaid: readonly Range[]): readonly Range[] {
  if (!raw || raw.length === 0) return unsaid;
  return raw.map((range) => {
    const start = range.start ?? 0;
    return { start, end: Math.max(start, range.end ?? 0), step: Math.max(1, range.step ?? 1) };
  });
}

function secondsOf(raw: RawTime | null | undefined): number {
  return Number(raw?.seconds ?? 0) + (raw?.nanos ?? 0) / 1e9;
}
