import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Executor } from './pool.ts';
import type { ScheduleRun } from './schedule-runs.ts';
import { scheduleRuns } from './schema.ts';

/** A run that wants a slot. `runId` is that of its chain's first run. */
export interface Claim {
  readonly scheduleId: string;
  readonly slot: Date;
  readonly workflowId: string;
  readonly runId: string;
  readonly at: Date;
  /** The last completed slot, where the run works the backlog since then. */
  readonly backlogFrom: Date | undefined;
}

/** What is known of one slot under any of a schedule's ids. */
export async function slotRows(
  db: Executor,
  { scheduleIds, slot }: { readonly scheduleIds: readonly string[]; readonly slot: Date },
): Promise<readonly ScheduleRun[]> {
  return db
    .select()
    .from(scheduleRuns)
    .where(and(inArray(scheduleRuns.scheduleId, [...scheduleIds]), eq(scheduleRuns.slot, slot)));
}

/** Takes a slot that the ledger does not know, unless another run was quicker. */
export async function insertClaim(db: Executor, claim: Claim): Promise<void> {
  const { scheduleId, slot } = claim;
  await db
    .insert(scheduleRuns)
    .values({ scheduleId, slot, ...claimed(claim) })
    .onDuplicateKeyUpdate({ set: { slot: sql`${scheduleRuns.slot}` } });
}

/** Takes a slot over from the state in which it was seen, unless that has changed meanwhile. */
export async function takeOver(db: Executor, seen: ScheduleRun, claim: Claim): Promise<void> {
  await db
    .update(scheduleRuns)
    .set({ scheduleId: claim.scheduleId, ...claimed(claim) })
    .where(asSeen(seen));
}

/** The same run goes on after it had ended: tried again, or reset. */
export async function reopen(db: Executor, seen: ScheduleRun): Promise<void> {
  await db.update(scheduleRuns).set({ state: 'running', reason: null, endedAt: null }).where(asSeen(seen));
}

function claimed({ slot, workflowId, runId, at, backlogFrom }: Claim) {
  return {
    state: 'running' as const,
    reason: null,
    workflowId,
    runId,
    claimedAt: at,
    endedAt: null,
    lateSeconds: Math.max(0, Math.floor((at.getTime() - slot.getTime()) / 1000)),
    backlogFrom: backlogFrom ?? null,
    askedAt: null,
  };
}

function asSeen({ scheduleId, slot, state, runId }: ScheduleRun) {
  return and(
    eq(scheduleRuns.scheduleId, scheduleId),
    eq(scheduleRuns.slot, slot),
    eq(scheduleRuns.state, state),
    runId === null ? isNull(scheduleRuns.runId) : eq(scheduleRuns.runId, runId),
  );
}

/** Notes how a run ended, once; one that has lost its slot meanwhile changes nothing. */
export async function endSlot(
  db: Executor,
  {
    scheduleId,
    slot,
    runId,
    ...end
  }: {
    readonly scheduleId: string;
    readonly slot: Date;
    readonly runId: string;
    readonly state: 'completed' | 'failed';
    /** A failure's code, or `dry_run`. */
    readonly reason: string | undefined;
    readonly at: Date;
  },
): Promise<void> {
  await db
    .update(scheduleRuns)
    .set({ state: end.state, reason: end.reason ?? null, endedAt: end.at })
    .where(
      and(
        eq(scheduleRuns.scheduleId, scheduleId),
        eq(scheduleRuns.slot, slot),
        eq(scheduleRuns.runId, runId),
        eq(scheduleRuns.state, 'running'),
      ),
    );
}
