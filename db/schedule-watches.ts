import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Executor } from './pool.ts';
import { scheduleWatches } from './schema.ts';

export type ScheduleWatch = typeof scheduleWatches.$inferSelect;

interface Named {
  readonly id: string;
  /** Ids that it had before. */
  readonly formerIds: readonly string[];
}

/** How far schedules have been looked through, by all names that they have or had. */
export async function watchesOf(
  db: Executor,
  scheduleIds: readonly string[],
): Promise<readonly ScheduleWatch[]> {
  return db
    .select()
    .from(scheduleWatches)
    .where(inArray(scheduleWatches.scheduleId, [...scheduleIds]));
}

/**
 * One of them, to be written. A schedule that was renamed takes over what is known of its former name; as the schedule
 * of that name was made earlier, when it was made is forgotten.
 */
export async function loadWatch(db: Executor, schedule: Named): Promise<ScheduleWatch | undefined> {
  const { id: scheduleId } = schedule;
  const watches = await watchesOf(db, [scheduleId, ...schedule.formerIds]);
  const watch = watches.find((one) => one.scheduleId === scheduleId) ?? watches[0];
  if (watch === undefined || watch.scheduleId === scheduleId) return watch;
  const renamed = { scheduleId, scheduleCreatedAt: null };
  await db.update(scheduleWatches).set(renamed).where(eq(scheduleWatches.scheduleId, watch.scheduleId));
  return { ...watch, ...renamed };
}

/** A schedule is seen paused: nothing is decided until it is not. */
export async function noteWatchPaused(
  db: Executor,
  { id, at }: { readonly id: string; readonly at: Date },
): Promise<void> {
  await db
    .insert(scheduleWatches)
    .values({ scheduleId: id, pausedSeenAt: at })
    .onDuplicateKeyUpdate({ set: { pausedSeenAt: at } });
}

/** A schedule paused itself after failures; they count anew. */
export async function noteFailuresFrom(
  db: Executor,
  { id, at }: { readonly id: string; readonly at: Date },
): Promise<void> {
  await db
    .insert(scheduleWatches)
    .values({ scheduleId: id, failuresFrom: at })
    .onDuplicateKeyUpdate({ set: { failuresFrom: at } });
}

/**
 * Moves a watch on. Run it in the transaction that writes what was found.
 * @param seen where it stood; undefined: it was not known
 * @returns false when somebody else has moved it meanwhile.
 */
export async function advanceWatch(
  tx: Executor,
  {
    id,
    seen,
    ...to
  }: {
    readonly id: string;
    readonly seen: ScheduleWatch | undefined;
    readonly until: Date;
    readonly definition: string;
    readonly scheduleCreatedAt: Date;
    readonly unlisted: number;
  },
): Promise<boolean> {
  const { until: watchedUntil, definition, scheduleCreatedAt } = to;
  if (seen === undefined) {
    const [{ affectedRows }] = await tx
      .insert(scheduleWatches)
      .values({ scheduleId: id, watchedUntil, definition, scheduleCreatedAt, missedUnlisted: to.unlisted })
      .onDuplicateKeyUpdate({ set: { scheduleId: sql`${scheduleWatches.scheduleId}` } });
    return affectedRows === 1;
  }
  const [{ affectedRows }] = await tx
    .update(scheduleWatches)
    .set({
      watchedUntil,
      definition,
      scheduleCreatedAt,
      missedUnlisted: sql`${scheduleWatches.missedUnlisted} + ${to.unlisted}`,
    })
    .where(
      and(
        eq(scheduleWatches.scheduleId, id),
        seen.watchedUntil === null
          ? isNull(scheduleWatches.watchedUntil)
          : eq(scheduleWatches.watchedUntil, seen.watchedUntil),
      ),
    );
  return affectedRows === 1;
}
