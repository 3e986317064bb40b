import { and, eq, inArray, isNull, like, sql } from 'drizzle-orm';
import type { SuppressionReason } from '../domain/people.ts';
import type { EarlierReminder } from '../domain/quiz/reminder.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { Executor } from './pool.ts';
import { messages } from './schema-messages.ts';
import { contacts, suppressions } from './schema-people.ts';

/** What we know of somebody by the address. */
export interface KnownRecipient {
  readonly contactId: number;
  readonly hasName: boolean;
  readonly hasZone: boolean;
}

export async function knownRecipients(
  db: Executor,
  emails: readonly string[],
): Promise<ReadonlyMap<string, KnownRecipient>> {
  if (emails.length === 0) return new Map();
  const rows = await db
    .select({ id: contacts.id, email: contacts.email, name: contacts.name, timezone: contacts.timezone })
    .from(contacts)
    .where(inArray(contacts.email, [...emails]));
  return new Map(
    rows.map(({ id, email, name, timezone }) => [
      email,
      { contactId: id, hasName: name !== null, hasZone: timezone !== null },
    ]),
  );
}

export interface Suppressed {
  readonly scope: MailScope;
  readonly reason: SuppressionReason;
}

/** What is in force for many addresses, by their keyed hash. */
export async function suppressionsOf(
  db: Executor,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, readonly Suppressed[]>> {
  const found = new Map<string, Suppressed[]>();
  if (hashes.length === 0) return found;
  const rows = await db
    .select({
      hash: suppressions.addressHash,
      scope: suppressions.scope,
      reason: suppressions.reason,
    })
    .from(suppressions)
    .where(and(inArray(suppressions.addressHash, [...hashes]), isNull(suppressions.endedAt)));
  for (const { hash, ...one } of rows) found.set(hash, [...(found.get(hash) ?? []), one]);
  return found;
}

/**
 * The latest reminders of each contact that went out, may have gone out or wait, newest first.
 * @param latest so many of each
 */
export async function earlierReminders(
  db: Executor,
  { contactIds, latest }: { readonly contactIds: readonly number[]; readonly latest: number },
): Promise<ReadonlyMap<number, readonly EarlierReminder[]>> {
  const found = new Map<number, EarlierReminder[]>();
  if (contactIds.length === 0) return found;
  const newest = db
    .select({
      id: messages.id,
      contactId: messages.contactId,
      key: messages.messageKey,
      state: messages.state,
      firstTriedAt: messages.firstTriedAt,
      acceptedAt: messages.acceptedAt,
      dueAt: messages.dueAt,
      place:
        sql<number>`ROW_NUMBER() OVER (PARTITION BY ${messages.contactId} ORDER BY ${messages.dueAt} DESC)`.as(
          'place',
        ),
    })
    .from(messages)
    .where(
      and(
        inArray(messages.contactId, [...contactIds]),
        eq(messages.kind, 'reminder'),
        inArray(messages.state, ['prepared', 'sending', 'accepted', 'uncertain']),
      ),
    )
    .as('newest');
  const rows = await db.select().from(newest).where(sql`${newest.place} <= ${latest}`).orderBy(newest.place);
  for (const { contactId, key, state, firstTriedAt, acceptedAt, dueAt, id } of rows) {
    if (contactId === null) continue;
    const isWaiting = state === 'prepared' && firstTriedAt === null;
    const one: EarlierReminder = {
      id,
      key,
      state: isWaiting ? 'waiting' : 'sent',
      dueAt: dueAt.getTime(),
      sentAt: (acceptedAt ?? firstTriedAt ?? dueAt).getTime(),
    };
    found.set(contactId, [...(found.get(contactId) ?? []), one]);
  }
  return found;
}

/** Closes reminders that wait, because a later one takes their place. @returns those of them that went out after all. */
export async function supersede(
  db: Executor,
  { ids, now }: { readonly ids: readonly number[]; readonly now: Date },
): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  await db
    .update(messages)
    .set({ state: 'withheld', reason: 'superseded', settledAt: now })
    .where(
      and(inArray(messages.id, [...ids]), eq(messages.state, 'prepared'), isNull(messages.firstTriedAt)),
    );
  const rows = await db
    .select({ id: messages.id, state: messages.state })
    .from(messages)
    .where(inArray(messages.id, [...ids]));
  return new Set(
    rows.filter(({ state }) => state !== 'withheld' && state !== 'rejected').map(({ id }) => id),
  );
}

/** Which of these keys are written down and settled, or being sent: nothing is left to be planned for them. */
export async function settledKeys(db: Executor, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db
    .select({ key: messages.messageKey, state: messages.state, firstTriedAt: messages.firstTriedAt })
    .from(messages)
    .where(inArray(messages.messageKey, [...keys]));
  return new Set(
    rows
      .filter(({ state, firstTriedAt }) => state !== 'prepared' || firstTriedAt !== null)
      .map(({ key }) => key),
  );
}

/** Keys that begin like this of mails that went to a contact, may have gone or wait. */
export async function livingKeys(
  db: Executor,
  { contactIds, prefix }: { readonly contactIds: readonly number[]; readonly prefix: string },
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, string[]>();
  if (contactIds.length === 0) return found;
  const rows = await db
    .select({ contactId: messages.contactId, key: messages.messageKey })
    .from(messages)
    .where(
      and(
        inArray(messages.contactId, [...contactIds]),
        like(messages.messageKey, `${prefix}%`),
        inArray(messages.state, ['prepared', 'sending', 'accepted', 'uncertain']),
      ),
    );
  for (const { contactId, key } of rows) {
    if (contactId === null) continue;
    found.set(contactId, [...(found.get(contactId) ?? []), key]);
  }
  return found;
}
