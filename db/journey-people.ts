import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Facts } from '../domain/journeys/predicate.ts';
import { noteOwnEvents } from './events.ts';
import type { Executor } from './pool.ts';
import { events } from './schema-events.ts';
import { contactResources, contacts } from './schema-people.ts';

/** A person as journeys need to know them. */
export interface Person {
  readonly email: string;
  /** IANA; undefined: nobody knows. */
  readonly timezone: string | undefined;
  /** Fields, and what is known as columns: `first_name`, `name`, `consent`. */
  readonly facts: Facts;
}

/** @returns `undefined` for nobody, and for somebody who has been erased. */
export async function loadPerson(db: Executor, contactId: number): Promise<Person | undefined> {
  const [row] = await db
    .select()
    .from(contacts)
    .where(and(eq(contacts.id, contactId), isNull(contacts.erasedAt)));
  if (row === undefined) return undefined;
  const { email, firstName, name, timezone, fields, consent } = row;
  return {
    email,
    timezone: timezone ?? undefined,
    facts: {
      ...(JSON.parse(fields) as Facts),
      consent,
      ...(firstName === null ? {} : { first_name: firstName }),
      ...(name === null ? {} : { name }),
    },
  };
}

/** What an event says, by its row. */
export async function loadEventData(db: Executor, eventId: number): Promise<Facts> {
  const [row] = await db.select({ data: events.data }).from(events).where(eq(events.id, eventId));
  return row === undefined ? {} : (JSON.parse(row.data) as Facts);
}

/** Sets fields of a contact; the last write wins. Somebody who has been erased stays blank. */
export async function updateFields(
  db: Executor,
  {
    contactId,
    fields,
    now,
  }: {
    readonly contactId: number;
    readonly fields: Readonly<Record<string, string | number | boolean>>;
    readonly now: Date;
  },
): Promise<void> {
  await db
    .update(contacts)
    .set({ fields: sql`JSON_MERGE_PATCH(${contacts.fields}, ${JSON.stringify(fields)})`, updatedAt: now })
    .where(and(eq(contacts.id, contactId), isNull(contacts.erasedAt)));
}

/**
 * Puts an event of a journey into the inbox, once by its id; from there it goes the way of all events.
 * @param eventId `journey:<run>:<step>`
 */
export async function emitEvent(
  db: Executor,
  {
    eventId,
    type,
    contactId,
    now,
  }: {
    readonly eventId: string;
    readonly type: string;
    readonly contactId: number;
    readonly now: Date;
  },
): Promise<void> {
  const [known] = await db
    .select({ resource: contactResources.resource })
    .from(contactResources)
    .where(eq(contactResources.contactId, contactId))
    .orderBy(contactResources.id)
    .limit(1);
  await noteOwnEvents(db, {
    own: [{ eventId, type, resource: known?.resource ?? `contact.${contactId}`, contactId, occurredAt: now }],
    now,
  });
}
