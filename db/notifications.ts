import { and, eq, sql } from 'drizzle-orm';
import type { Executor } from './pool.ts';
import { notifications } from './schema-messages.ts';

type Notification = typeof notifications.$inferSelect;

/** Writes down that people are to be told, once by the key. @returns what is known of it. */
export async function prepareNotification(
  db: Executor,
  {
    key,
    channel,
    contactId,
    now,
  }: {
    readonly key: string;
    readonly channel: string;
    readonly contactId: number | undefined;
    readonly now: Date;
  },
): Promise<Notification> {
  await db
    .insert(notifications)
    .values({
      notificationKey: key,
      channel,
      contactId: contactId ?? null,
      state: 'prepared',
      preparedAt: now,
    })
    .onDuplicateKeyUpdate({ set: { notificationKey: key } });
  const [row] = await db.select().from(notifications).where(eq(notifications.notificationKey, key));
  if (row === undefined) throw new Error('a notification that was written is not there');
  return row;
}

/** A call is about to be made. */
export async function noteNotificationAttempt(db: Executor, id: number): Promise<void> {
  await db
    .update(notifications)
    .set({ attempts: sql`${notifications.attempts} + 1` })
    .where(eq(notifications.id, id));
}

/** Notes what became of it, once; one that is out stays out. */
export async function settleNotification(
  db: Executor,
  {
    id,
    state,
    reason,
    at,
  }: {
    readonly id: number;
    readonly state: 'sent' | 'failed';
    readonly reason: string | undefined;
    readonly at: Date;
  },
): Promise<void> {
  await db
    .update(notifications)
    .set({ state, reason: reason ?? null, settledAt: at })
    .where(and(eq(notifications.id, id), eq(notifications.state, 'prepared')));
}
