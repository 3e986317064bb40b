import type { Client } from '@temporalio/client';
import type { KnownRun } from '../../domain/missed-times.ts';
import { mapBounded } from '../bounded.ts';
import type { LedgerRow } from './ledger.ts';
import type { Execution } from './runs.ts';
import { takenUpAt } from './taken-up.ts';

type RunStatus =
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed_out'
  /** Temporal started it, and no worker has taken it up. */
  | 'waiting'
  /** It ran, and was asked for again. */
  | 'rerun'
  /** Its end is forgotten. */
  | 'unknown';

/** The work of one slot, however many runs it took. */
export interface SlotRun {
  readonly scheduleId: string;
  readonly slot: Date;
  readonly status: RunStatus;
  /** Code of a failure, or `dry_run`. */
  readonly reason: string | undefined;
  readonly workflowId: string;
  readonly runId: string;
  /** When Temporal started the first of its runs. */
  readonly startedAt: Date;
  /** When a worker took it up; undefined while none has. */
  readonly takenUpAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly executions: number;
}

const AT_ONCE = 40;
/** Histories opened in one look at most; beyond, a run counts as taken up when it was started. */
const MOST_HISTORIES = 2000;
/** A run that ended within this was taken up within it, so that nobody needs to ask. */
const PROMPT_MS = 60_000;

/** One entry a slot, latest slot first: what the ledger says, else what Temporal says. */
export async function slotRuns(
  client: Client,
  { executions, rows }: { readonly executions: readonly Execution[]; readonly rows: readonly LedgerRow[] },
): Promise<readonly SlotRun[]> {
  const started = Map.groupBy(executions, keyOf);
  const claimed = new Map(rows.filter(({ claimedAt }) => claimedAt !== null).map((row) => [keyOf(row), row]));
  const keys = [...new Set([...started.keys(), ...claimed.keys()])];
  let histories = 0;
  const runs = await mapBounded(keys, {
    atOnce: AT_ONCE,
    async work(key) {
      const row = claimed.get(key);
      const known = (started.get(key) ?? []).toSorted(
        (a, b) => a.startedAt.getTime() - b.startedAt.getTime(),
      );
      if (row !== undefined) return ofLedger(row, known);
      const [first] = known;
      if (first === undefined) return [];
      let taken: Date | undefined = first.startedAt;
      if (!endedPromptly(first) && histories < MOST_HISTORIES) {
        histories += 1;
        taken = await takenUpAt(client, first);
      }
      return ofTemporal(known, taken);
    },
  });
  return runs.flat().sort((a, b) => b.slot.getTime() - a.slot.getTime());
}

/** How late the work of a slot began, or is by now. Milliseconds. */
export function lateBy({ slot, takenUpAt: taken, status }: SlotRun, { now }: { readonly now: Date }): number {
  const began = taken ?? (status === 'waiting' ? now : slot);
  return Math.max(0, began.getTime() - slot.getTime());
}

/** A run as the rules about missed times see it. */
export function knownRun({ slot, takenUpAt: taken, endedAt }: SlotRun): KnownRun {
  return {
    slot: slot.getTime() / 1000,
    ...(taken === undefined ? {} : { claimedAt: taken.getTime() / 1000 }),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.getTime() / 1000 }),
  };
}

function ofLedger(row: LedgerRow, known: readonly Execution[]): SlotRun {
  const { scheduleId, slot, state, reason, claimedAt, endedAt } = row;
  const latest = known.at(-1);
  // One that was terminated could not say so; the ledger learns of it at the next look for missed times.
  const ended = state === 'running' && latest?.closedAt !== undefined && latest.status !== 'continued';
  return {
    scheduleId,
    slot,
    status: ended ? statusOf(latest) : statusInLedger(state),
    reason: reason ?? undefined,
    workflowId: row.workflowId ?? latest?.workflowId ?? '',
    runId: row.runId ?? latest?.runId ?? '',
    startedAt: known[0]?.startedAt ?? claimedAt ?? slot,
    takenUpAt: claimedAt ?? undefined,
    endedAt: ended ? latest.closedAt : (endedAt ?? undefined),
    executions: Math.max(1, known.length),
  };
}

function statusInLedger(state: LedgerRow['state']): RunStatus {
  return state === 'running' || state === 'completed' || state === 'failed' || state === 'rerun'
    ? state
    : 'unknown';
}

function ofTemporal(known: readonly Execution[], taken: Date | undefined): readonly SlotRun[] {
  const [first] = known;
  const latest = known.findLast(({ status }) => status === 'running') ?? known.at(-1);
  if (first === undefined || latest === undefined) return [];
  const { scheduleId, slot, workflowId } = first;
  return [
    {
      scheduleId,
      slot,
      status: latest.status === 'running' && taken === undefined ? 'waiting' : statusOf(latest),
      reason: undefined,
      workflowId,
      runId: latest.runId,
      startedAt: first.startedAt,
      takenUpAt: taken,
      endedAt: latest.closedAt,
      executions: known.length,
    },
  ];
}

/** The run that goes on after one that was continued is on its way into the list. */
function statusOf({ status }: Execution): RunStatus {
  return status === 'continued' ? 'running' : status;
}

function endedPromptly({ startedAt, closedAt }: Execution): boolean {
  return closedAt !== undefined && closedAt.getTime() - startedAt.getTime() < PROMPT_MS;
}

function keyOf({ scheduleId, slot }: { readonly scheduleId: string; readonly slot: Date }): string {
  return `${slot.getTime()} ${scheduleId}`;
}
