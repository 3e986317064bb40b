import type { CalendarFields } from './recurrence/calendar.ts';
import type { DstPolicy } from './recurrence/rule.ts';

/** A span of time: digits and a unit; `90s`, `15m`, `6h`, `2d`, `1w`. A day is 24 h, a week 7 of them. */
export type Span = `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`;

/** When a schedule runs, as it was written. Times are those of the schedule's zone, save for intervals and `once` with a Z. */
export type When =
  | { readonly kind: 'every'; readonly every: Span; readonly offset: Span }
  | { readonly kind: 'cron'; readonly line: string }
  | { readonly kind: 'calendar'; readonly fields: CalendarFields }
  | { readonly kind: 'rrule'; readonly ics: string }
  | { readonly kind: 'once'; readonly at: string }
  | { readonly kind: 'manual' };

/**
 * What happens when a run is due while the one before still goes on.
 * `skip`: not this one. `bufferOne`: one more right after. `bufferAll`: each, in order. `cancelOther`, `terminateOther`:
 * end the one before. `allowAll`: side by side.
 */
export type Overlap = 'skip' | 'bufferOne' | 'bufferAll' | 'cancelOther' | 'terminateOther' | 'allowAll';

/**
 * What happens to times that passed without a run (pause, dead workers, server down).
 * `skip`: shown, not run. `latest`: one run for the whole gap, as of the last missed time. `all`: each missed time, oldest
 * first.
 */
export type CatchUp = 'skip' | 'latest' | 'all';

export interface ScheduleOptions {
  /** Lower case words joined by hyphens; the base of its workflow ids. */
  readonly id: string;
  /** Ids that this schedule had before; `apply` moves their pause and their past over. */
  readonly formerIds?: readonly string[];
  readonly when: When;
  /** IANA zone of all its local times, also for the weekday on which a run thinks it is. */
  readonly timezone: string;
  /** `taskQueue` unset: TEMPORAL_TASK_QUEUE. */
  readonly start: {
    readonly workflow: string;
    readonly args?: readonly unknown[];
    readonly taskQueue?: string;
  };
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** Missed times older than this are shown and not run. Default 6 h. */
  readonly catchUpWithin?: Span;
  /** With `catchUp: 'all'`: at most so many, the latest ones. Default 100. */
  readonly catchUpAtMost?: number;
  /** Each start is put off by up to so much, always the same for the same time; the logical time stays. */
  readonly jitter?: Span;
  /** Pauses itself after so many failed runs in a row. Unset: never. */
  readonly pauseAfterFailures?: number;
  readonly dst?: Partial<DstPolicy>;
  /** A run that comes later than `after` its last completed one works its backlog first, in batches of `batch`. */
  readonly backlog?: { readonly after: Span; readonly batch: Span };
  /** Made paused; whoever resumes it decides from then on. */
  readonly startPaused?: boolean;
  /** What is different in the development profile, where its id is `dev-<id>`. */
  readonly development?: { readonly when?: When; readonly startPaused?: boolean };
  /** What the operator reads beside it, in the list and in the Web UI. */
  readonly note: string;
}

/** A declared schedule; `loadCatalogue` checks it. */
export interface Schedule extends ScheduleOptions {
  readonly kind: 'schedule';
}

/**
 * Declares a schedule.
 * @example
 * export const nightly = defineSchedule({
 *   id: 'nightly',
 *   when: cron('15 0 * * *'),
 *   timezone: 'Europe/Berlin',
 *   start: { workflow: 'conversionReport', args: [{}] },
 *   overlap: 'skip',
 *   catchUp: 'latest',
 *   note: 'Keeps the daily history.',
 * });
 */
export function defineSchedule(options: ScheduleOptions): Schedule {
  return Object.freeze({ kind: 'schedule', ...options });
}

/** Elapsed time, whatever clocks show: at every multiple of the span since 1970 in UTC, moved by `offset`. */
export function every(span: Span, { offset = '0s' }: { readonly offset?: Span } = {}): When {
  return { kind: 'every', every: span, offset };
}

/** A crontab line: five fields, seven with seconds in front and a year behind, or `@daily` and its like. */
export function cron(line: string): When {
  return { kind: 'cron', line };
}

/** Fields that must all fit; an unset time field is 0, an unset day field any. */
export function calendar(fields: CalendarFields): When {
  return { kind: 'calendar', fields };
}

/** RFC 5545: DTSTART, RRULE, RDATE, EXDATE lines, or a bare `FREQ=…`, which starts at midnight of 2020-01-01. */
export function rrule(ics: string): When {
  return { kind: 'rrule', ics };
}

/** One run: ISO 8601, local to the schedule's zone (`2026-12-01T09:00`) or an instant (`2026-12-01T08:00:00Z`). */
export function once(at: string): When {
  return { kind: 'once', at };
}

/** Never by itself; `sluice schedules trigger`, the Web UI or an event starts it. */
export function manual(): When {
  return { kind: 'manual' };
}
