import { UsageError } from '../../domain/errors.ts';
import type { CalendarRanges, Range, TemporalSpec } from '../recurrence/spec.ts';
import { findZone } from '../recurrence/zone.ts';

/** What an operator asked for beside the rule: one time less, or one more. */
export interface ScheduleException {
  readonly kind: 'skip' | 'once';
  /** Instant in seconds. */
  readonly at: number;
}

/** Exceptions are of no use once their time is over; a week later they go. */
const KEPT_SECONDS = 7 * 86_400;
const MARK = /^(skip|once) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/** Parts a spec of the server into what the rule asks for and the operator's exceptions, known by their comments. */
export function splitExceptions(whole: TemporalSpec): {
  readonly spec: TemporalSpec;
  readonly exceptions: readonly ScheduleException[];
} {
  const isRule = (kind: ScheduleException['kind']) => (calendar: CalendarRanges) =>
    exceptionOf(calendar)?.kind !== kind;
  const marked = [...whole.calendars, ...whole.skip].flatMap((calendar) => exceptionOf(calendar) ?? []);
  return {
    spec: {
      ...whole,
      calendars: whole.calendars.filter(isRule('once')),
      skip: whole.skip.filter(isRule('skip')),
    },
    exceptions: marked.sort((a, b) => a.at - b.at),
  };
}

/**
 * Puts exceptions into a spec, in the fields of its zone.
 * @throws UsageError for a wall time that the zone's clocks show twice: an entry could not tell the two apart.
 */
export function joinExceptions(spec: TemporalSpec, exceptions: readonly ScheduleException[]): TemporalSpec {
  const entries = (kind: ScheduleException['kind']) =>
    exceptions.filter((one) => one.kind === kind).map((one) => entryOf(one, spec.timezone));
  return {
    ...spec,
    calendars: [...spec.calendars, ...entries('once')],
    skip: [...spec.skip, ...entries('skip')],
  };
}

/** Those of the time to come and of the last seven days. */
export function keptExceptions(
  exceptions: readonly ScheduleException[],
  { now }: { readonly now: Date },
): readonly ScheduleException[] {
  return exceptions.filter(({ at }) => at >= now.getTime() / 1000 - KEPT_SECONDS);
}

/** `2026-12-01T08:00:00Z` of an instant in seconds. */
export function instantText(at: number): string {
  return new Date(at * 1000).toISOString().replace('.000Z', 'Z');
}

function exceptionOf({ comment }: CalendarRanges): ScheduleException | undefined {
  const [, kind, time = ''] = MARK.exec(comment ?? '') ?? [];
  const at = Date.parse(time) / 1000;
  return kind === undefined || Number.isNaN(at) ? undefined : { kind: kind as ScheduleException['kind'], at };
}

function entryOf({ kind, at }: ScheduleException, timezone: string): CalendarRanges {
  const zone = findZone(timezone);
  if (zone === undefined)
    throw new UsageError(`the schedule on the server has an unknown zone, "${timezone}"`);
  const wall = zone.toWall(at);
  if (zone.read(wall).kind === 'twice') {
    const shown = instantText(wall).replace('T', ' ').replace('Z', '');
    throw new UsageError(
      `${instantText(at)} is ${shown} in ${timezone}, which its clocks show twice that day`,
      'A schedule in that zone cannot tell the two apart; choose another time, or pause it for that hour.',
    );
  }
  const date = new Date(wall * 1000);
  return {
    second: only(date.getUTCSeconds()),
    minute: only(date.getUTCMinutes()),
    hour: only(date.getUTCHours()),
    dayOfMonth: only(date.getUTCDate()),
    month: only(date.getUTCMonth() + 1),
    year: only(date.getUTCFullYear()),
    dayOfWeek: [{ start: 0, end: 6, step: 1 }],
    comment: `${kind} ${instantText(at)}`,
  };
}

function only(number: number): readonly Range[] {
  return [{ start: number, end: number, step: 1 }];
}
