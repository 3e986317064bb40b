import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { MySql2Database } from 'drizzle-orm/mysql2';
import type { Executor } from './pool.ts';
import { contactResources, contacts } from './schema-people.ts';

/** What one event tells about a person. What it does not tell is undefined and changes nothing. */
export interface ContactFacts {
  /** Canonical (domain/email.ts). */
  readonly email: string | undefined;
  readonly firstName: string | undefined;
  readonly name: string | undefined;
  /** IANA. */
  readonly timezone: string | undefined;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** When the person agreed to marketing mail. */
  readonly optedInAt: Date | undefined;
}

/** What a flow knows of somebody whom it writes to. */
export type RecipientFacts = Pick<ContactFacts, 'firstName' | 'name' | 'timezone'> & {
  readonly email: string;
  readonly fields?: ContactFacts['fields'];
};

/** A person as events know them. */
export interface KnownContact {
  readonly id: number;
  readonly email: string;
}

/** Later facts win; what they do not say stays. */
export function mergeFacts(earlier: ContactFacts | undefined, later: ContactFacts): ContactFacts {
  if (earlier === undefined) return later;
  return {
    email: later.email ?? earlier.email,
    firstName: later.firstName ?? earlier.firstName,
    name: later.name ?? earlier.name,
    timezone: later.timezone ?? earlier.timezone,
    fields: { ...earlier.fields, ...later.fields },
    optedInAt: latest(earlier.optedInAt, later.optedInAt),
  };
}

/**
 * Makes or updates contacts, one row an address, in one statement. Known facts replace, unknown ones never do. Consent
 * moves only by a later agreement than what is noted, so an old event that comes late undoes no withdrawal.
 * @param facts each address once
 */
export async function upsertContacts(
  tx: Executor,
  {
    facts,
    now,
  }: { readonly facts: readonly (ContactFacts & { readonly email: string })[]; readonly now: Date },
): Promise<void> {
  if (facts.length === 0) return;
  const isLater = sql`VALUES(consent_at) IS NOT NULL AND (${contacts.consentAt} IS NULL OR VALUES(consent_at) > ${contacts.consentAt})`;
  await tx
    .insert(contacts)
    .values(
      // In one order everywhere, so that two gateways do not wait for each other.
      facts
        .toSorted((a, b) => (a.email < b.email ? -1 : 1))
        .map(({ email, firstName, name, timezone, fields, optedInAt }) => ({
          email,
          firstName: firstName ?? null,
          name: name ?? null,
          timezone: timezone ?? null,
          fields: JSON.stringify(fields),
          consent: optedInAt === undefined ? ('unknown' as const) : ('opted_in' as const),
          consentAt: optedInAt ?? null,
          createdAt: now,
          updatedAt: now,
        })),
    )
    .onDuplicateKeyUpdate({
      set: {
        firstName: sql`COALESCE(VALUES(first_name), ${contacts.firstName})`,
        name: sql`COALESCE(VALUES(name), ${contacts.name})`,
        timezone: sql`COALESCE(VALUES(timezone), ${contacts.timezone})`,
        fields: sql`JSON_MERGE_PATCH(${contacts.fields}, VALUES(fields))`,
        // MySQL assigns from left to right: consent is judged by the time that was noted before.
        consent: sql`IF(${isLater}, VALUES(consent), ${contacts.consent})`,
        consentAt: sql`IF(${isLater}, VALUES(consent_at), ${contacts.consentAt})`,
        updatedAt: sql`VALUES(updated_at)`,
      },
    });
}

/**
 * Ids of contacts by address, each row locked until the transaction ends: whoever notes something for a person waits
 * for whoever does so already, and thus row numbers of a person's events are in the order of their acceptance.
 */
export async function lockContacts(
  tx: Executor,
  emails: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (emails.length === 0) return new Map();
  const [rows] = await tx.execute(
    sql`SELECT id, email FROM ${contacts} WHERE email IN ${emails.toSorted()} ORDER BY email FOR UPDATE`,
  );
  return new Map((rows as unknown as readonly KnownContact[]).map(({ id, email }) => [email, id]));
}

/**
 * Ids of the contacts with these addresses, made where there are none: everybody who gets a mail is a contact, a colleague
 * too. Known facts are brought up to date; consent and withdrawals stay what they are.
 * @param facts each address once, canonical; up to a few hundred
 */
export async function ensureContacts(
  db: Pick<MySql2Database, 'transaction'>,
  { facts, now }: { readonly facts: readonly RecipientFacts[]; readonly now: Date },
): Promise<ReadonlyMap<string, number>> {
  const all = facts.map(({ email, firstName, name, timezone, fields = {} }) => ({
    email,
    firstName,
    name,
    timezone,
    fields,
    optedInAt: undefined,
  }));
  return db.transaction(async (tx) => {
    await upsertContacts(tx, { facts: all, now });
    return lockContacts(
      tx,
      all.map(({ email }) => email),
    );
  });
}

/** Who is known under these names, erased people left out. */
export async function contactsOfResources(
  db: Executor,
  resources: readonly string[],
): Promise<ReadonlyMap<string, KnownContact>> {
  if (resources.length === 0) return new Map();
  const rows = await db
    .select({ resource: contactResources.resource, id: contacts.id, email: contacts.email })
    .from(contactResources)
    .innerJoin(contacts, eq(contacts.id, contactResources.contactId))
    .where(and(inArray(contactResources.resource, [...resources]), isNull(contacts.erasedAt)));
  return new Map(rows.map(({ resource, id, email }) => [resource, { id, email }]));
}

/** Remembers names of people; a name that was another's is that of the last one who came with it. */
export async function rememberResources(
  tx: Executor,
  names: readonly { readonly resource: string; readonly contactId: number }[],
): Promise<void> {
  if (names.length === 0) return;
  await tx
    .insert(contactResources)
    .values(names.toSorted((a, b) => (a.resource < b.resource ? -1 : 1)))
    .onDuplicateKeyUpdate({ set: { contactId: sql`VALUES(contact_id)` } });
}

function latest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
