import { zoneNamed } from '../recurrence/parse.ts';
import { instantText } from '../recurrence/phrases.ts';
import type { ResolvedSchedule } from '../resolved.ts';

type LintRule =
  | 'crowded-minute'
  | 'clock-change'
  | 'drift'
  | 'ended'
  | 'ends-soon'
  | 'idle-exdate'
  | 'short-horizon'
  | 'unknown-workflow'
  | 'unbounded-catch-up';

/** Something that is allowed and probably not meant. */
export interface Finding {
  readonly rule: LintRule;
  /** Of the schedules that it is about. */
  readonly ids: readonly string[];
  /** What is so, times included. */
  readonly message: string;
  /** What would be better. */
  readonly hint: string;
}

/** One schedule's rule of the catalogue. @param now instant, seconds */
export type Check = (schedule: ResolvedSchedule, now: number) => readonly Finding[];

/** `2026-12-01T08:00:00Z (1 December 2026 at 09:00, Europe/Berlin)`; UTC alone where the zone is UTC. */
export function timeText(instant: number, timezone: string): string {
  const utc = new Date(instant * 1000).toISOString().replace('.000Z', 'Z');
  return timezone === 'UTC'
    ? utc
    : `${utc} (${instantText(instant, zoneNamed(timezone, 'timezone'))}, ${timezone})`;
}
