/**
 * Recurrence rules as plain data, in the words of RFC 5545.
 *
 * Two kinds of time, both whole seconds: an *instant* counts from 1970-01-01T00:00:00Z; a *wall time* is what clocks of
 * the set's zone show, counted as if the zone were UTC. Every function says which it takes and gives.
 */

export const FREQUENCIES = [
  'SECONDLY',
  'MINUTELY',
  'HOURLY',
  'DAILY',
  'WEEKLY',
  'MONTHLY',
  'YEARLY',
] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** Monday is 0, as in ISO 8601 order. */
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

export interface ByDay {
  /** 0 Monday … 6 Sunday. */
  readonly weekday: number;
  /** Which one of the month or year, from the end when negative; undefined: every one. */
  readonly nth?: number;
}

/** One RRULE or EXRULE (RFC 5545, 3.3.10). Lists are sorted and free of doubles; an absent part is undefined. */
export interface RecurrenceRule {
  readonly freq: Frequency;
  readonly interval: number;
  readonly count?: number;
  /** Last instant, included. */
  readonly until?: number;
  readonly bysecond?: readonly number[];
  readonly byminute?: readonly number[];
  readonly byhour?: readonly number[];
  readonly byday?: readonly ByDay[];
  readonly bymonthday?: readonly number[];
  readonly byyearday?: readonly number[];
  readonly byweekno?: readonly number[];
  readonly bymonth?: readonly number[];
  readonly bysetpos?: readonly number[];
  /** First day of the week, 0 Monday … 6 Sunday. */
  readonly wkst: number;
  /** Years in which it applies; not of the RFC, for calendars and cron lines that name years. */
  readonly byyear?: readonly number[];
}

/** What to do with wall times that a clock change leaves out or repeats. */
export interface DstPolicy {
  /** `shift`: forward by the length of the gap (RFC 5545, 3.3.5). `skip`: not at all. */
  readonly gap: 'shift' | 'skip';
  /** `first`: once, at the first copy (RFC 5545, 3.3.5). `both`: at each copy. */
  readonly overlap: 'first' | 'both';
}

export const RFC_DST: DstPolicy = { gap: 'shift', overlap: 'first' };

/** A recurrence set: the union of its rules and RDATEs, less EXRULEs and EXDATEs. */
export interface RecurrenceSet {
  /** IANA zone, exact spelling. */
  readonly zone: string;
  /** Wall time. */
  readonly dtstart: number;
  readonly rules: readonly RecurrenceRule[];
  readonly exrules: readonly RecurrenceRule[];
  /** Instants, sorted. */
  readonly rdates: readonly number[];
  /** Instants, sorted. */
  readonly exdates: readonly number[];
  readonly dst: DstPolicy;
}

/** Elapsed time: at every instant `offset + n × every`, whatever clocks show. Seconds. */
export interface Interval {
  readonly every: number;
  readonly offset: number;
}

/** When a schedule runs, ready to be expanded and compiled. */
export type Recurrence =
  | { readonly kind: 'rules'; readonly set: RecurrenceSet }
  | { readonly kind: 'interval'; readonly interval: Interval; readonly zone: string }
  /** Only by hand or by event. */
  | { readonly kind: 'manual'; readonly zone: string };
