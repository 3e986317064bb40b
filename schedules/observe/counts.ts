import { judgeSlots, type Watched } from '../../domain/missed-times.ts';
import { timesBetween } from '../recurrence/times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import type { ServerSchedule } from '../server/describe.ts';
import type { LedgerRow } from './ledger.ts';
import { knownRun, type SlotRun } from './slot-runs.ts';

/** What became of the times of the last 24 hours. */
export interface Counts {
  /** Began more than a minute after their time, or have not begun. */
  readonly late: number;
  /** Of the late ones: started by Temporal, and no worker has taken them up. */
  readonly waiting: number;
  /** Nothing ran for them. */
  readonly missed: number;
  /** Of the missed ones: will be made up. */
  readonly owed: number;
  /** Dropped because the run before was at work. */
  readonly skipped: number;
  /** Counted from here: 24 hours back; without the ledger not before the schedule was made or changed. */
  readonly since: Date;
}

export interface CountInput {
  readonly schedule: ResolvedSchedule;
  readonly held: ServerSchedule;
  readonly runs: readonly SlotRun[];
  /** Of the ledger, those without a run among them; undefined: there is no ledger. */
  readonly rows: readonly LedgerRow[] | undefined;
  readonly watched: Watched | undefined;
  /** Runs and rows are known from here on. */
  readonly from: Date;
  readonly now: Date;
}

/** Left to Temporal, and to lists that lag, before a time counts as missed; as the search for missed times has it. */
const GRACE = 120;
const LATE_AFTER = 60;
/** A rule of every second has 86,400 times in 24 hours. */
const MOST_TIMES = 100_000;

/**
 * Judges by the same rules as the search for missed times, so that both say the same. What the ledger has settled
 * stays so; the rest is judged by the rule in force, since it came into force.
 */
export function countSlots({ schedule, held, runs, rows, watched, from, now }: CountInput): Counts {
  const { recurrence, overlap } = schedule;
  const jitter = schedule.jitter / 1000;
  const nowSeconds = Math.floor(now.getTime() / 1000);
  // What passed before it was first seen to run, nobody missed.
  const idleUntil = watched?.until === undefined ? (watched?.pausedSeenAt ?? 0) * 1000 : 0;
  const inForce = Math.max(from.getTime(), (held.updatedAt ?? held.createdAt).getTime(), idleUntil);
  const settled = new Map(
    (rows ?? []).filter(({ claimedAt }) => claimedAt === null).map((row) => [row.slot.getTime() / 1000, row]),
  );
  const after = Math.floor(inForce / 1000);
  const before = nowSeconds - GRACE - Math.ceil(jitter) + 1;
  const skips = new Set(held.exceptions.filter(({ kind }) => kind === 'skip').map(({ at }) => at));
  const extras = held.exceptions
    .filter(({ kind, at }) => kind === 'once' && at > after && at < before)
    .map(({ at }) => at);
  const times = timesBetween(recurrence, { after, before, count: MOST_TIMES });
  const expected = [...new Set([...times, ...extras])]
    .filter((at) => !skips.has(at) && !settled.has(at))
    .sort((a, b) => a - b);
  const judged = judgeSlots({
    expected,
    runs: runs.map(knownRun),
    dropsOverlapping: overlap === 'skip' || overlap === 'bufferOne',
    jitter,
  });
  const waiting = runs
    .filter(({ status }) => status === 'waiting')
    .map(({ slot }) => slot.getTime() / 1000)
    .filter((slot) => slot + jitter + LATE_AFTER < nowSeconds);
  const inLedger = [...settled.values()].filter(({ slot }) => slot >= from);
  const count = (...states: LedgerRow['state'][]) =>
    inLedger.filter(({ state }) => states.includes(state)).length;
  return {
    late: new Set([...judged.late, ...waiting]).size,
    waiting: waiting.length,
    missed: judged.missed.length + count('missed', 'owed'),
    owed: count('owed'),
    skipped: judged.skipped.length + count('skipped'),
    since: rows === undefined ? new Date(inForce) : from,
  };
}
