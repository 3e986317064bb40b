import { and, desc, eq, gt, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import type { Consent } from '../domain/people.ts';
import type { MailFile, MessageKind } from '../domain/sending/message.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { Executor } from './pool.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

export type Message = typeof messages.$inferSelect;

/** What `params` holds: variables that the flow gave, and those that were read from the contact. */
export interface MessageParams {
  readonly given: Readonly<Record<string, unknown>>;
  readonly contact: Readonly<Record<string, unknown>>;
}

export interface NewMessage {
  readonly key: string;
  readonly uuid: string;
  readonly kind: MessageKind;
  readonly contactId: number;
  readonly template: string;
  readonly dueAt: Date;
  readonly journeyRunId: number | undefined;
  readonly batch: string | undefined;
  readonly files: readonly MailFile[];
  readonly preparedAt: Date;
  readonly content: MessageContent;
}

/** What may still be read anew as long as no call was made. */
interface MessageContent {
  readonly scope: MailScope;
  /** Blank where there is none any more. */
  readonly email: string;
  readonly templateVersion: string;
  readonly params: MessageParams;
}

export interface Recipient {
  readonly id: number;
  readonly email: string;
  readonly firstName: string | null;
  readonly name: string | null;
  readonly timezone: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly consent: Consent;
  readonly isErased: boolean;
}

/**
 * The person, whose row is held until the transaction ends: whoever decides about a mail to a person, or about what the
 * person wants, takes this row first, then rows of messages. So two flows cannot both send the last mail under a cap.
 */
export async function lockRecipient(tx: Executor, contactId: number): Promise<Recipient | undefined> {
  const [row] = await tx.select().from(contacts).where(eq(contacts.id, contactId)).for('update');
  return row === undefined ? undefined : recipientOf(row);
}

/** Recipients by id, as they are now. */
export async function findRecipients(
  db: Executor,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Recipient>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select()
    .from(contacts)
    .where(inArray(contacts.id, [...ids]));
  return new Map(rows.map((row) => [row.id, recipientOf(row)]));
}

function recipientOf({ erasedAt, fields, ...row }: typeof contacts.$inferSelect): Recipient {
  const { id, email, firstName, name, timezone, consent } = row;
  const known = JSON.parse(fields) as Recipient['fields'];
  return { id, email, firstName, name, timezone, fields: known, consent, isErased: erasedAt !== null };
}

export async function findMessage(db: Executor, id: number): Promise<Message | undefined> {
  const [row] = await db.select().from(messages).where(eq(messages.id, id));
  return row;
}

export async function findMessageByKey(db: Executor, key: string): Promise<Message | undefined> {
  const [row] = await db.select().from(messages).where(eq(messages.messageKey, key));
  return row;
}

/** The row as it is now, held until the transaction ends. */
export async function lockMessage(tx: Executor, id: number): Promise<Message | undefined> {
  const [row] = await tx.select().from(messages).where(eq(messages.id, id)).for('update');
  return row;
}

/**
 * Writes the intent to send down, once by its key. A mail for which no call was made yet takes what is new: another
 * address, another name; one that was tried stays what it was, so that the same key always stands for the same mail.
 * @returns the row, new or known.
 */
export async function prepareMessage(tx: Executor, message: NewMessage): Promise<Message> {
  const { content } = message;
  const fresh = { ...content, params: JSON.stringify(content.params) };
  const isUntried = sql`${messages.state} = 'prepared' AND ${messages.firstTriedAt} IS NULL`;
  await tx
    .insert(messages)
    .values(rowOf(message))
    .onDuplicateKeyUpdate({
      set: {
        scope: sql`IF(${isUntried}, ${fresh.scope}, ${messages.scope})`,
        email: sql`IF(${isUntried}, ${fresh.email}, ${messages.email})`,
        templateVersion: sql`IF(${isUntried}, ${fresh.templateVersion}, ${messages.templateVersion})`,
        params: sql`IF(${isUntried}, ${fresh.params}, ${messages.params})`,
      },
    });
  const row = await findMessageByKey(tx, message.key);
  if (row === undefined) throw new Error(`message ${message.key} was written and is not there`);
  return row;
}

/** The columns of a new mail. */
export function rowOf({ key, content, journeyRunId, batch, files, ...columns }: NewMessage) {
  return {
    ...columns,
    ...content,
    params: JSON.stringify(content.params),
    messageKey: key,
    journeyRunId: journeyRunId ?? null,
    batch: batch ?? null,
    files: files.length === 0 ? null : JSON.stringify(files),
    state: 'prepared' as const,
  };
}

/** What is attached to a mail. */
export function filesOf({ files }: Pick<Message, 'files'>): readonly MailFile[] {
  return files === null ? [] : (JSON.parse(files) as readonly MailFile[]);
}

/** The intent to call: from here until an outcome is noted nobody can tell whether Brevo has the mail. */
export async function noteCall(
  tx: Executor,
  { id, now }: { readonly id: number; readonly now: Date },
): Promise<void> {
  await tx
    .update(messages)
    .set({
      state: 'sending',
      reason: null,
      attempts: sql`${messages.attempts} + 1`,
      triedAt: now,
      firstTriedAt: sql`COALESCE(${messages.firstTriedAt}, ${now})`,
    })
    .where(eq(messages.id, id));
}

/**
 * A call's outcome that settles nothing. `notTaken`: no call of this mail can have been taken, so it is as if none was
 * made, and its key begins to live with the next one. Else the mail stays `sending`, free to be tried again at once.
 */
export async function noteTrouble(
  db: Executor,
  {
    id,
    reason,
    outcome,
  }: { readonly id: number; readonly reason: string; readonly outcome: 'notTaken' | 'unknown' },
): Promise<void> {
  await db
    .update(messages)
    .set(outcome === 'notTaken' ? { state: 'prepared', firstTriedAt: null, reason } : { reason })
    .where(and(eq(messages.id, id), eq(messages.state, 'sending')));
}

/** Why an untried mail waits. */
export async function noteWaiting(
  db: Executor,
  { id, reason }: { readonly id: number; readonly reason: string },
): Promise<void> {
  await db
    .update(messages)
    .set({ reason })
    .where(and(eq(messages.id, id), eq(messages.state, 'prepared')));
}

/** Brevo has the mail, whatever we believed before. A webhook may have said so earlier. */
export async function noteAccepted(
  db: Executor,
  {
    id,
    now,
    brevoMessageId,
  }: { readonly id: number; readonly now: Date; readonly brevoMessageId: string | undefined },
): Promise<void> {
  await db
    .update(messages)
    .set({
      state: 'accepted',
      reason: null,
      acceptedAt: sql`COALESCE(${messages.acceptedAt}, ${now})`,
      settledAt: sql`COALESCE(${messages.settledAt}, ${now})`,
      brevoMessageId: sql`COALESCE(${messages.brevoMessageId}, ${brevoMessageId ?? null})`,
    })
    .where(eq(messages.id, id));
}

/** Ends an open mail. One that a webhook has settled meanwhile stays as it is. @returns whether it was ended by this. */
export async function settleMessage(
  db: Executor,
  {
    id,
    state,
    reason,
    now,
  }: {
    readonly id: number;
    readonly state: 'rejected' | 'withheld' | 'uncertain';
    readonly reason: string;
    readonly now: Date;
  },
): Promise<boolean> {
  const [result] = await db
    .update(messages)
    .set({ state, reason, settledAt: state === 'uncertain' ? null : now })
    .where(and(eq(messages.id, id), inArray(messages.state, ['prepared', 'sending', 'uncertain'])));
  return result.affectedRows === 1;
}

/**
 * When marketing mail went to a person, as far as it counts for a frequency cap: taken, or possibly taken.
 * @param except the mail that is being decided about.
 */
export async function recentMarketing(
  tx: Executor,
  { contactId, since, except }: { readonly contactId: number; readonly since: Date; readonly except: number },
): Promise<readonly Date[]> {
  const at = sql<Date>`COALESCE(${messages.acceptedAt}, ${messages.firstTriedAt})`.mapWith(
    messages.acceptedAt,
  );
  return (
    await tx
      .select({ at })
      .from(messages)
      .where(
        and(
          eq(messages.contactId, contactId),
          eq(messages.scope, 'marketing'),
          ne(messages.id, except),
          or(
            and(eq(messages.state, 'accepted'), gt(messages.acceptedAt, since)),
            and(
              inArray(messages.state, ['sending', 'uncertain']),
              isNotNull(messages.firstTriedAt),
              gt(messages.firstTriedAt, since),
            ),
          ),
        ),
      )
      .orderBy(desc(messages.id))
  ).map((row) => row.at);
}
