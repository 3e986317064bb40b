/**
 * Which times of a schedule passed without a run, and what becomes of them. Pure: all times are given, in seconds
 * since 1970; spans too.
 */

/** A run that exists, whether a worker has taken it up or not. */
export interface KnownRun {
  readonly slot: number;
  /** When it began to work; undefined: Temporal has started it and no worker has picked it up. */
  readonly claimedAt?: number;
  /** Undefined: it goes on. */
  readonly endedAt?: number;
}

export interface JudgeSlotsInput {
  /** Times that the rule names, sorted. */
  readonly expected: readonly number[];
  /** All runs of these times, and all that were at work meanwhile. */
  readonly runs: readonly KnownRun[];
  /** Whether a time that comes while a run is at work is dropped. */
  readonly dropsOverlapping: boolean;
  /** Starts are put off by up to so much. */
  readonly jitter: number;
}

export interface JudgedSlots {
  /** Nothing ran for them. */
  readonly missed: readonly number[];
  /** Dropped because the run before was at work. */
  readonly skipped: readonly number[];
  /** Has a run, which began more than a minute after it, or has not begun. */
  readonly late: readonly number[];
}

const LATE_AFTER = 60;

/**
 * A run that was started and not picked up blocks nothing here, though Temporal drops what comes while it waits: no
 * worker was at work, so what passed meanwhile was missed.
 */
export function judgeSlots({ expected, runs, dropsOverlapping, jitter }: JudgeSlotsInput): JudgedSlots {
  const bySlot = new Map(runs.map((run) => [run.slot, run]));
  const working = runs.filter(({ claimedAt }) => claimedAt !== undefined);
  const wasAtWork = (slot: number) =>
    working.some(
      ({ claimedAt = Infinity, endedAt = Infinity }) => claimedAt <= slot + jitter && endedAt >= slot,
    );
  const missed: number[] = [];
  const skipped: number[] = [];
  const late: number[] = [];
  for (const slot of expected) {
    const run = bySlot.get(slot);
    if (run === undefined) (dropsOverlapping && wasAtWork(slot) ? skipped : missed).push(slot);
    else if ((run.claimedAt ?? Infinity) > slot + jitter + LATE_AFTER) late.push(slot);
  }
  return { missed, skipped, late };
}

/** A missed time, new or owed since an earlier look. */
export interface MissedSlot {
  readonly slot: number;
  readonly why: 'paused' | 'no_run';
}

export interface MakeUpPolicy {
  readonly catchUp: 'skip' | 'latest' | 'all';
  /** Older ones are not made up. */
  readonly within: number;
  /** For `all`: at most so many, the latest. */
  readonly atMost: number;
}

export type MadeUp =
  | { readonly slot: number; readonly state: 'owed' }
  | {
      readonly slot: number;
      readonly state: 'missed';
      readonly reason: MissedSlot['why'] | 'covered_by_later_run' | 'too_old' | 'over_limit' | 'rule_changed';
    };

/**
 * What becomes of missed times.
 * @param missed sorted
 * @param latestRun the latest slot of any run, done or under way
 * @param isInRule whether the rule in force still names a time; Temporal starts no other
 */
export function makeUp({
  missed,
  policy: { catchUp, within, atMost },
  latestRun = Number.NEGATIVE_INFINITY,
  isInRule,
  now,
}: {
  readonly missed: readonly MissedSlot[];
  readonly policy: MakeUpPolicy;
  readonly latestRun: number | undefined;
  readonly isInRule: (slot: number) => boolean;
  readonly now: number;
}): readonly MadeUp[] {
  const isYoung = (slot: number) => now - slot <= within;
  if (catchUp === 'skip') return missed.map(({ slot, why }) => ({ slot, state: 'missed', reason: why }));
  const able = missed.map(({ slot }) => slot).filter((slot) => isYoung(slot));
  const uncovered = able.findLast((slot) => slot > latestRun && isInRule(slot));
  const last = uncovered ?? latestRun;
  const owed = new Set(catchUp === 'latest' ? [uncovered] : able.filter(isInRule).slice(-atMost));
  return missed.map(({ slot }) => {
    if (owed.has(slot)) return { slot, state: 'owed' };
    if (catchUp === 'latest' && slot < last) {
      return { slot, state: 'missed', reason: 'covered_by_later_run' };
    }
    if (!isYoung(slot)) return { slot, state: 'missed', reason: 'too_old' };
    return { slot, state: 'missed', reason: isInRule(slot) ? 'over_limit' : 'rule_changed' };
  });
}

/** How far the times of a schedule have been looked through for missed ones. */
export interface Watched {
  /** Undefined: never, for it was not yet seen to run. */
  readonly until: number | undefined;
  /** When the schedule that was looked through was made; undefined: not known, or it had another id. */
  readonly createdAt: number | undefined;
  /** When it was last seen paused. */
  readonly pausedSeenAt: number | undefined;
}

/** At the first look at a schedule that is older; the least time for which Temporal remembers its runs. */
const FIRST_LOOK = 86_400;

/**
 * From when on times count as missed: nothing was missed before a schedule was made, or before it was first seen to
 * run. Whole seconds.
 * @param createdAt when the schedule was made that is there now
 * @param within as in `MakeUpPolicy`
 */
export function missedFrom({
  createdAt,
  watched,
  within,
  now,
}: {
  readonly createdAt: number;
  readonly watched: Watched | undefined;
  readonly within: number;
  readonly now: number;
}): number {
  const { until, createdAt: seen, pausedSeenAt = 0 } = watched ?? {};
  if (until !== undefined) {
    const isAnother = seen !== undefined && seen !== createdAt;
    return Math.floor(isAnother ? Math.max(until, createdAt) : until);
  }
  return Math.floor(Math.max(createdAt, now - Math.min(within, FIRST_LOOK), pausedSeenAt));
}
