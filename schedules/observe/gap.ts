import type { Client } from '@temporalio/client';
import { type MadeUp, makeUp, missedFrom } from '../../domain/missed-times.ts';
import { timesBetween } from '../recurrence/times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import type { ServerSchedule } from '../server/describe.ts';
import type { RunLedger } from './ledger.ts';
import { executionsBetween } from './runs.ts';
import { watchedOf } from './watched.ts';

/** Times that passed without a run, and what catching up will make of them. */
export interface Gap {
  /** Looked through from here on. */
  readonly from: Date;
  /** In order. */
  readonly missed: readonly Date[];
  /** Of the missed ones: will be made up, in order. */
  readonly owed: readonly Date[];
  /** Why the others will not be, and how many. */
  readonly left: readonly { readonly reason: string; readonly count: number }[];
  /** So many passed without a run just now; what becomes of them the search for missed times decides in two minutes. */
  readonly young: number;
}

/** Left to Temporal and to lists that lag, as by the search for missed times. */
const GRACE = 120;
/** A longer gap is counted up to here. */
const MOST_TIMES = 100_000;

/**
 * What passed since the schedule was last looked through, by the same rules by which it will be made up. Without a
 * ledger: in the last 24 hours, or as far back as its `catchUpWithin` where that is less.
 */
export async function gapOf({
  client,
  schedule,
  held,
  ledger,
  now,
}: {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly held: ServerSchedule;
  readonly ledger: RunLedger | undefined;
  readonly now: Date;
}): Promise<Gap> {
  const { id, formerIds, recurrence, catchUp, catchUpWithin, catchUpAtMost } = schedule;
  const scheduleIds = [id, ...formerIds];
  const watches = await ledger?.watches(scheduleIds);
  const after = missedFrom({
    createdAt: held.createdAt.getTime() / 1000,
    watched: watches && watchedOf(schedule, watches),
    within: catchUpWithin / 1000,
    now: now.getTime() / 1000,
  });
  const from = dateOf(after);
  const [{ executions }, rows = [], owedBefore = []] = await Promise.all([
    executionsBetween(client, { scheduleIds, from, to: now }),
    ledger?.rowsAround({ scheduleIds, from, to: now }),
    ledger?.owed(scheduleIds),
  ]);
  const isKnown = new Set([...executions, ...rows].map(({ slot }) => slot.getTime() / 1000));
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const judgedUntil = nowSeconds - GRACE - Math.ceil(schedule.jitter / 1000);
  const at = (kind: 'skip' | 'once') =>
    held.exceptions.filter((one) => one.kind === kind).map((one) => one.at);
  const [skips, extras] = [new Set(at('skip')), new Set(at('once'))];
  const times = [
    ...timesBetween(recurrence, { after, before: nowSeconds + 1, count: MOST_TIMES }),
    ...[...extras].filter((one) => one > after && one <= nowSeconds),
  ].filter((one) => !isKnown.has(one) && !skips.has(one));
  const slots = new Set([
    ...owedBefore.map(({ slot }) => slot.getTime() / 1000),
    ...times.filter((one) => one <= judgedUntil),
  ]);
  const missed = [...slots].sort((a, b) => a - b);
  const ran = [...executions, ...rows.filter(({ claimedAt }) => claimedAt !== null)];
  const decided = makeUp({
    missed: missed.map((slot) => ({ slot, why: 'paused' })),
    policy: { catchUp, within: catchUpWithin / 1000, atMost: catchUpAtMost },
    latestRun: ran.length === 0 ? undefined : Math.max(...ran.map(({ slot }) => slot.getTime() / 1000)),
    isInRule: (slot) =>
      extras.has(slot) ||
      timesBetween(recurrence, { after: slot - 1, before: slot + 1, count: 1 }).length > 0,
    now: nowSeconds,
  });
  return {
    from,
    missed: missed.map(dateOf),
    owed: decided.filter(({ state }) => state === 'owed').map(({ slot }) => dateOf(slot)),
    left: reasonsOf(decided),
    young: times.filter((one) => one > judgedUntil).length,
  };
}

function reasonsOf(decided: readonly MadeUp[]): Gap['left'] {
  const reasons = decided.flatMap((one) => (one.state === 'missed' ? one.reason : []));
  return [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length: count }]) => ({
    reason,
    count,
  }));
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}
