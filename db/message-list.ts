import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { MessageState } from '../domain/sending/message.ts';
import type { Message } from './messages.ts';
import type { Executor } from './pool.ts';
import { engagements } from './schema-events.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

/** Mails, newest first. */
export async function listMessages(
  db: Executor,
  {
    state,
    email,
    limit,
  }: {
    readonly state: MessageState | undefined;
    /** Canonical: those of the contact with this address, wherever they went. */
    readonly email: string | undefined;
    readonly limit: number;
  },
): Promise<readonly Message[]> {
  const conditions: SQL[] = [];
  if (state !== undefined) conditions.push(eq(messages.state, state));
  if (email !== undefined) conditions.push(eq(contacts.email, email));
  const rows = await db
    .select({ message: messages })
    .from(messages)
    .leftJoin(contacts, eq(contacts.id, messages.contactId))
    .where(and(...conditions))
    .orderBy(desc(messages.id))
    .limit(limit);
  return rows.map(({ message }) => message);
}

/** By number, key or UUID. */
export async function lookUpMessage(db: Executor, word: string): Promise<Message | undefined> {
  const by = [
    ...(/^\d{1,15}$/.test(word) ? [eq(messages.id, Number(word))] : []),
    eq(messages.messageKey, word),
    eq(messages.uuid, word.toLowerCase()),
  ];
  for (const one of by) {
    const [row] = await db.select().from(messages).where(one);
    if (row !== undefined) return row;
  }
  return undefined;
}

/** What webhooks told of one mail, oldest first. */
export async function engagementsOf(
  db: Executor,
  messageId: number,
): Promise<readonly { readonly event: string; readonly occurredAt: Date; readonly link: string | null }[]> {
  return db
    .select({ event: engagements.event, occurredAt: engagements.occurredAt, link: engagements.link })
    .from(engagements)
    .where(eq(engagements.messageId, messageId))
    .orderBy(asc(engagements.occurredAt), asc(engagements.id));
}

/**
 * An operator knows that Brevo has the mail.
 * @returns whether it was uncertain, and is accepted now.
 */
export async function resolveAsSent(
  db: Executor,
  { id, now }: { readonly id: number; readonly now: Date },
): Promise<boolean> {
  const [result] = await db
    .update(messages)
    .set({ state: 'accepted', reason: 'operator', acceptedAt: sql`${messages.firstTriedAt}`, settledAt: now })
    .where(and(eq(messages.id, id), eq(messages.state, 'uncertain')));
  return result.affectedRows === 1;
}
