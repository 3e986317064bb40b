import type { CatchUp, Overlap } from './define.ts';
import type { DeclaredIn, Profile } from './ownership.ts';
import type { Recurrence } from './recurrence/rule.ts';

/** A catalogue entry, or a report's schedule, checked, with every default and the profile in it. Spans in milliseconds. */
export interface ResolvedSchedule {
  readonly id: string;
  readonly formerIds: readonly string[];
  readonly profile: Profile;
  readonly declaredIn: DeclaredIn;
  readonly recurrence: Recurrence;
  /** How `when` was written, one line: `every 15m`, `cron 0 8 * * *`, the rule's lines joined by a space. */
  readonly whenText: string;
  readonly timezone: string;
  readonly workflow: string;
  readonly args: readonly unknown[];
  readonly taskQueue: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  readonly catchUpWithin: number;
  readonly catchUpAtMost: number;
  readonly jitter: number;
  readonly pauseAfterFailures: number | undefined;
  readonly backlog: { readonly after: number; readonly batch: number } | undefined;
  readonly startPaused: boolean;
  readonly note: string;
}
