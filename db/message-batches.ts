import { and, asc, count, eq, gt, inArray, isNotNull, lte, min, ne, sql } from 'drizzle-orm';
import type { BatchCounts } from '../domain/sending/message.ts';
import { type Message, type NewMessage, rowOf } from './messages.ts';
import type { Executor } from './pool.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

const OPEN = ['prepared', 'sending'] as const;

/**
 * Writes down mails that are sent together. Known keys stay what they are; those of them that nobody has tried yet, because
 * whoever planned them broke off, move to this batch. Outside of a transaction, so that planners do not wait for each
 * other; a repetition completes what a crash left undone.
 * @param mails all of one batch, a few hundred at a time
 * @returns how many are new.
 */
export async function prepareMessages(
  db: Executor,
  { batch, mails }: { readonly batch: string; readonly mails: readonly NewMessage[] },
): Promise<number> {
  if (mails.length === 0) return 0;
  const [{ affectedRows }] = await db
    .insert(messages)
    .values(mails.map(rowOf))
    .onDuplicateKeyUpdate({ set: { messageKey: sql`${messages.messageKey}` } });
  const keys = mails.map(({ key }) => key);
  if (affectedRows < mails.length) {
    await db
      .update(messages)
      .set({ batch })
      .where(
        and(
          inArray(messages.messageKey, keys),
          eq(messages.state, 'prepared'),
          isNotNull(messages.batch),
          ne(messages.batch, batch),
        ),
      );
  }
  return affectedRows;
}

/** `isCurrent`: the person has not changed since the row was written. */
export interface DueMessage {
  readonly row: Message;
  readonly isCurrent: boolean;
}

/** Mails of a batch that may be sent, in the order of their rows, from after `afterId`. */
export async function dueMessages(
  db: Executor,
  {
    batch,
    now,
    afterId,
    most,
  }: { readonly batch: string; readonly now: Date; readonly afterId: number; readonly most: number },
): Promise<readonly DueMessage[]> {
  const rows = await db
    .select({ row: messages, email: contacts.email, changedAt: contacts.updatedAt })
    .from(messages)
    .leftJoin(contacts, eq(contacts.id, messages.contactId))
    .where(
      and(
        eq(messages.batch, batch),
        inArray(messages.state, [...OPEN]),
        lte(messages.dueAt, now),
        gt(messages.id, afterId),
      ),
    )
    .orderBy(asc(messages.id))
    .limit(most);
  return rows.map(({ row, email, changedAt }) => ({
    row,
    isCurrent: email === row.email && changedAt !== null && changedAt <= row.preparedAt,
  }));
}

export interface BatchState {
  readonly counts: BatchCounts;
  /** Mails that are `prepared` or `sending`. */
  readonly open: number;
  /** When the next one becomes due that is not due yet. */
  readonly nextDueAt: Date | undefined;
}

export async function batchState(
  db: Executor,
  { batch, now }: { readonly batch: string; readonly now: Date },
): Promise<BatchState> {
  const rows = await db
    .select({ state: messages.state, number: count() })
    .from(messages)
    // Of a mail that was sent once more the one that counts is the last.
    .where(and(eq(messages.batch, batch), sql`COALESCE(${messages.reason}, '') <> 'resent'`))
    .groupBy(messages.state);
  const [next] = await db
    .select({ at: min(messages.dueAt) })
    .from(messages)
    .where(and(eq(messages.batch, batch), inArray(messages.state, [...OPEN]), gt(messages.dueAt, now)));
  const of = (state: Message['state']): number => rows.find((row) => row.state === state)?.number ?? 0;
  return {
    counts: {
      accepted: of('accepted'),
      rejected: of('rejected'),
      withheld: of('withheld'),
      uncertain: of('uncertain'),
    },
    open: of('prepared') + of('sending'),
    nextDueAt: next?.at ?? undefined,
  };
}

/** Closes what nobody has tried to send. What is being sent comes to its own end. @returns how many were closed. */
export async function withholdMessages(
  db: Executor,
  { batch, reason, now }: { readonly batch: string; readonly reason: string; readonly now: Date },
): Promise<number> {
  const [{ affectedRows }] = await db
    .update(messages)
    .set({ state: 'withheld', reason, settledAt: now })
    .where(and(eq(messages.batch, batch), eq(messages.state, 'prepared')));
  return affectedRows;
}
