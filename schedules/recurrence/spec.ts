import type { Interval } from './rule.ts';

/** Whole numbers `start`, `start + step`, … up to `end`, included. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/**
 * A calendar of a Temporal spec: fires when every field fits; fields are those of the spec's zone.
 * https://docs.temporal.io/schedule#spec
 */
export interface CalendarRanges {
  readonly second: readonly Range[];
  readonly minute: readonly Range[];
  readonly hour: readonly Range[];
  readonly dayOfMonth: readonly Range[];
  readonly month: readonly Range[];
  /** Empty: any year that Temporal knows (2000 to 2100). */
  readonly year: readonly Range[];
  /** 0 Sunday … 6 Saturday. */
  readonly dayOfWeek: readonly Range[];
  readonly comment?: string;
}

/** A Temporal spec in one canonical form: the union of calendars and intervals, less `skip`. */
export interface TemporalSpec {
  readonly timezone: string;
  readonly calendars: readonly CalendarRanges[];
  readonly intervals: readonly Interval[];
  readonly skip: readonly CalendarRanges[];
  /** Instants in seconds, both included. */
  readonly startAt?: number;
  readonly endAt?: number;
  /** Milliseconds. */
  readonly jitter: number;
}
