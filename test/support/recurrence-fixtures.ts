import { readFileSync } from 'node:fs';

/** A recurrence and where to look, as `sluice recurrence expand` reads it. Origins: test/fixtures/recurrence/README.md. */
export interface RecurrenceCase {
  readonly id: string;
  readonly ics: string;
  /** Instant, ISO 8601 in UTC; times are strictly after it. */
  readonly after: string;
  readonly count: number;
}

export interface ExpandedCase extends RecurrenceCase {
  readonly times: readonly string[];
}

export interface RefusedCase {
  readonly id: string;
  readonly ics: string;
  /** What the message must contain: the part, the offending text. */
  readonly names: readonly string[];
}

interface Filled {
  readonly ics: string;
  /** Stands for `{fill}` in `ics`, so that a megabyte takes a line. */
  readonly fill?: { readonly text: string; readonly times: number };
}

/** Rules with their times. */
export function readExpanded(file: 'rfc5545' | 'dateutil' | 'corners' | 'good'): readonly ExpandedCase[] {
  return read(file) as readonly ExpandedCase[];
}

/** Rules that must be refused. */
export function readRefused(): readonly RefusedCase[] {
  return read('bad') as readonly RefusedCase[];
}

/** Rules made to burn time or memory. */
export function readHostile(): readonly RecurrenceCase[] {
  return read('hostile') as readonly RecurrenceCase[];
}

function read(file: string): readonly unknown[] {
  const url = new URL(`../fixtures/recurrence/${file}.json`, import.meta.url);
  const entries = JSON.parse(readFileSync(url, 'utf8')) as readonly Filled[];
  return entries.map(({ fill, ics, ...entry }) => ({
    ...entry,
    ics: fill === undefined ? ics : ics.replace('{fill}', () => fill.text.repeat(fill.times)),
  }));
}
