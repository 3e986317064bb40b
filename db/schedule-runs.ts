import {
  and,
  between,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  max,
  notInArray,
  or,
  sql,
} from 'drizzle-orm';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { type SLOT_REASONS, type SLOT_STATES, scheduleRuns } from './schema.ts';

export type SlotState = (typeof SLOT_STATES)[number];
export type SlotReason = (typeof SLOT_REASONS)[number];

/** A slot as the ledger knows it. */
export type ScheduleRun = typeof scheduleRuns.$inferSelect;

/** The last slot before `before` that was completed, by a live run. */
export async function lastCompletedSlot(
  db: Executor,
  { scheduleIds, before }: { readonly scheduleIds: readonly string[]; readonly before: Date },
): Promise<Date | undefined> {
  const [row] = await db
    .select({ slot: scheduleRuns.slot })
    .from(scheduleRuns)
    .where(
      and(
        inArray(scheduleRuns.scheduleId, [...scheduleIds]),
        eq(scheduleRuns.state, 'completed'),
        isNull(scheduleRuns.reason),
        lt(scheduleRuns.slot, before),
      ),
    )
    .orderBy(desc(scheduleRuns.slot))
    .limit(1);
  return row?.slot;
}

/** Ends that somebody wanted; they say nothing about the flow. */
const ENDED_FROM_OUTSIDE = ['cancelled', 'terminated', 'ended'];

/** How the last runs ended by themselves, the latest first. */
export async function lastEnds(
  db: Executor,
  {
    scheduleIds,
    after,
    limit,
  }: { readonly scheduleIds: readonly string[]; readonly after: Date | undefined; readonly limit: number },
): Promise<readonly ('completed' | 'failed')[]> {
  const rows = await db
    .select({ state: scheduleRuns.state })
    .from(scheduleRuns)
    .where(
      and(
        inArray(scheduleRuns.scheduleId, [...scheduleIds]),
        inArray(scheduleRuns.state, ['completed', 'failed']),
        or(isNull(scheduleRuns.reason), notInArray(scheduleRuns.reason, ENDED_FROM_OUTSIDE)),
        after === undefined ? isNotNull(scheduleRuns.endedAt) : gt(scheduleRuns.endedAt, after),
      ),
    )
    .orderBy(desc(scheduleRuns.endedAt), desc(scheduleRuns.slot))
    .limit(limit);
  return rows.map(({ state }) => (state === 'completed' ? 'completed' : 'failed'));
}

/** Slots in the range, both ends included, and those whose runs were at work within it. */
export async function slotsAround(
  db: Executor,
  {
    scheduleIds,
    from,
    to,
  }: { readonly scheduleIds: readonly string[]; readonly from: Date; readonly to: Date },
): Promise<readonly ScheduleRun[]> {
  return db
    .select()
    .from(scheduleRuns)
    .where(
      and(
        inArray(scheduleRuns.scheduleId, [...scheduleIds]),
        or(
          between(scheduleRuns.slot, from, to),
          and(gte(scheduleRuns.endedAt, from), lte(scheduleRuns.claimedAt, to)),
          eq(scheduleRuns.state, 'running'),
        ),
      ),
    );
}

/** Slots in this state, in order. */
export async function slotsInState(
  db: Executor,
  { scheduleIds, state }: { readonly scheduleIds: readonly string[]; readonly state: SlotState },
): Promise<readonly ScheduleRun[]> {
  return db
    .select()
    .from(scheduleRuns)
    .where(and(inArray(scheduleRuns.scheduleId, [...scheduleIds]), eq(scheduleRuns.state, state)))
    .orderBy(scheduleRuns.slot);
}

/** The latest slot that has or had a run. */
export async function latestRunSlot(db: Executor, scheduleIds: readonly string[]): Promise<Date | undefined> {
  const [row] = await db
    .select({ slot: max(scheduleRuns.slot) })
    .from(scheduleRuns)
    .where(
      and(
        inArray(scheduleRuns.scheduleId, [...scheduleIds]),
        inArray(scheduleRuns.state, ['running', 'completed', 'failed', 'rerun']),
      ),
    );
  return row?.slot ?? undefined;
}

export interface PassedSlot {
  readonly slot: Date;
  readonly state: 'owed' | 'missed' | 'skipped';
  readonly reason: SlotReason | undefined;
}

/** Writes down slots that passed without a run; one that the ledger knows, or that a run has just claimed, stays. */
export async function notePassed(
  tx: Executor,
  { scheduleId, slots }: { readonly scheduleId: string; readonly slots: readonly PassedSlot[] },
): Promise<void> {
  for (const part of chunks(slots)) {
    await tx
      .insert(scheduleRuns)
      .values(part.map(({ slot, state, reason }) => ({ scheduleId, slot, state, reason: reason ?? null })))
      .onDuplicateKeyUpdate({ set: { slot: sql`${scheduleRuns.slot}` } });
  }
}

/** An owed slot is not made up after all. */
export async function giveUp(
  tx: Executor,
  {
    scheduleIds,
    slot,
    reason,
  }: { readonly scheduleIds: readonly string[]; readonly slot: Date; readonly reason: SlotReason },
): Promise<void> {
  await tx
    .update(scheduleRuns)
    .set({ state: 'missed', reason })
    .where(
      and(
        inArray(scheduleRuns.scheduleId, [...scheduleIds]),
        eq(scheduleRuns.slot, slot),
        eq(scheduleRuns.state, 'owed'),
      ),
    );
}

export async function noteAsked(
  db: Executor,
  {
    scheduleIds,
    slots,
    at,
  }: { readonly scheduleIds: readonly string[]; readonly slots: readonly Date[]; readonly at: Date },
): Promise<void> {
  for (const part of chunks(slots)) {
    await db
      .update(scheduleRuns)
      .set({ askedAt: at })
      .where(
        and(
          inArray(scheduleRuns.scheduleId, [...scheduleIds]),
          inArray(scheduleRuns.slot, [...part]),
          eq(scheduleRuns.state, 'owed'),
        ),
      );
  }
}

/**
 * Opens slots, so that the next run of them works again. One under way is left alone.
 * @returns how many were opened.
 */
export async function openForRerun(
  db: Executor,
  { scheduleIds, slots }: { readonly scheduleIds: readonly string[]; readonly slots: readonly Date[] },
): Promise<number> {
  let opened = 0;
  for (const part of chunks(slots)) {
    const [{ affectedRows }] = await db
      .update(scheduleRuns)
      .set({ state: 'rerun', reason: null })
      .where(
        and(
          inArray(scheduleRuns.scheduleId, [...scheduleIds]),
          inArray(scheduleRuns.slot, [...part]),
          inArray(scheduleRuns.state, ['completed', 'failed', 'missed', 'skipped']),
        ),
      );
    opened += affectedRows;
  }
  return opened;
}
