import { inArray, or } from 'drizzle-orm';
import type { Engagement } from '../domain/sending/engagement.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { Executor } from './pool.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

/** An engagement with whose and of which mail it is, as far as that is known. */
export interface MatchedEngagement extends Engagement {
  readonly at: Date;
  readonly message: KnownMessage | undefined;
  readonly contact: KnownPerson | undefined;
}

interface KnownMessage {
  readonly id: number;
  readonly uuid: string;
  readonly brevoMessageId: string | null;
  readonly contactId: number | null;
  readonly email: string;
  readonly scope: MailScope;
}

interface KnownPerson {
  readonly id: number;
  readonly email: string;
  readonly isErased: boolean;
}

/**
 * Finds mail and person of each: the mail by our own id, then by the provider's; the person by the mail, then by address.
 */
export async function matchEngagements(
  tx: Executor,
  told: readonly Engagement[],
  now: Date,
): Promise<readonly MatchedEngagement[]> {
  const known = await findMessages(tx, told);
  const byUuid = new Map(known.map((one) => [one.uuid, one]));
  const byBrevoId = new Map(known.map((one) => [one.brevoMessageId, one]));
  const messageOf = ({ messageUuid = '', brevoMessageId = '' }: Engagement) =>
    byUuid.get(messageUuid) ?? byBrevoId.get(brevoMessageId);
  const people = await findPeople(tx, {
    ids: known.flatMap(({ contactId }) => contactId ?? []),
    emails: told.flatMap(({ email }) => email ?? []),
  });
  return told.map((one) => {
    const message = messageOf(one);
    const contact =
      people.find(({ id }) => id === message?.contactId) ?? people.find(({ email }) => email === one.email);
    // A provider's clock that is ahead must not outrun a consent that is given later.
    const at = one.occurredAt === undefined || one.occurredAt > now ? now : one.occurredAt;
    return { ...one, at, message, contact };
  });
}

async function findMessages(tx: Executor, told: readonly Engagement[]): Promise<readonly KnownMessage[]> {
  const uuids = told.flatMap(({ messageUuid }) => messageUuid ?? []);
  const ids = told.flatMap(({ brevoMessageId }) => brevoMessageId ?? []);
  const conditions = [
    ...(uuids.length === 0 ? [] : [inArray(messages.uuid, uuids)]),
    ...(ids.length === 0 ? [] : [inArray(messages.brevoMessageId, ids)]),
  ];
  if (conditions.length === 0) return [];
  const { id, uuid, brevoMessageId, contactId, email, scope } = messages;
  return tx
    .select({ id, uuid, brevoMessageId, contactId, email, scope })
    .from(messages)
    .where(or(...conditions));
}

async function findPeople(
  tx: Executor,
  { ids, emails }: { readonly ids: readonly number[]; readonly emails: readonly string[] },
): Promise<readonly KnownPerson[]> {
  const conditions = [
    ...(ids.length === 0 ? [] : [inArray(contacts.id, [...new Set(ids)])]),
    ...(emails.length === 0 ? [] : [inArray(contacts.email, [...new Set(emails)])]),
  ];
  if (conditions.length === 0) return [];
  const rows = await tx
    .select({ id: contacts.id, email: contacts.email, erasedAt: contacts.erasedAt })
    .from(contacts)
    .where(or(...conditions));
  return rows.map(({ id, email, erasedAt }) => ({ id, email, isErased: erasedAt !== null }));
}
