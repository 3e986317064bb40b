import { inArray } from 'drizzle-orm';
import {
  type ContactFacts,
  contactsOfResources,
  lockContacts,
  mergeFacts,
  rememberResources,
  upsertContacts,
} from './contacts.ts';
import { DEADLOCK, DUPLICATE_KEY, errnoOf } from './errno.ts';
import type { Database, Executor } from './pool.ts';
import { events } from './schema-events.ts';

/** An event that has been checked and waits to be made durable. */
export interface NewEvent {
  /** What the sender calls it; the same id is the same event, for ever. */
  readonly eventId: string;
  /** SHA-256 of what it says, hex. */
  readonly bodyHash: string;
  readonly type: string;
  /** Like `lead.42`. */
  readonly resource: string;
  readonly occurredAt: Date;
  /** JSON object. */
  readonly data: string;
  /** Without an address of its own its resource must be that of somebody known. */
  readonly needsPerson: boolean;
  readonly person: ContactFacts;
}

/** What became of it. `id` is the row number: the order of acceptance, per contact without gaps in time. */
export type Acceptance =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly id: number;
      readonly contactId: number | undefined;
    }
  | { readonly status: 'conflict' }
  | { readonly status: 'unknown_person' };

/** What else belongs into the transaction of an acceptance. */
export interface AcceptanceHooks {
  /** Which of these addresses are of people who have been erased: of them nothing is kept but that an event came. */
  readonly erasedAmong: (tx: Executor, emails: readonly string[]) => Promise<ReadonlySet<string>>;
  /** People who agreed to marketing mail, with the time of it. */
  readonly onOptIn: (
    tx: Executor,
    people: readonly { readonly email: string; readonly at: Date }[],
  ) => Promise<void>;
}

const TRIES = 5;

/**
 * Makes events and what they tell about people durable, all in one transaction. The UNIQUE key decides what is new: where
 * another gateway was quicker with the same id, all is rolled back and judged again.
 * @returns one acceptance for each event, in their order.
 */
export async function acceptEvents(
  database: Database,
  {
    incoming,
    now,
    hooks,
  }: { readonly incoming: readonly NewEvent[]; readonly now: Date; readonly hooks: AcceptanceHooks },
): Promise<readonly Acceptance[]> {
  // Nearly always all of them are new, so the look for known ones is saved until the key says otherwise.
  let look: Look = 'after a refusal';
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.orm.transaction((tx) => accept(tx, { incoming, now, hooks, look }));
    } catch (error) {
      const errno = errnoOf(error);
      if (attempt === TRIES || (errno !== DUPLICATE_KEY && errno !== DEADLOCK)) throw error;
      if (errno === DUPLICATE_KEY) look = 'first';
    }
  }
}

/** When known events are looked for. */
type Look = 'first' | 'after a refusal';

async function accept(
  tx: Executor,
  {
    incoming,
    now,
    hooks,
    look,
  }: {
    readonly incoming: readonly NewEvent[];
    readonly now: Date;
    readonly hooks: AcceptanceHooks;
    readonly look: Look;
  },
): Promise<readonly Acceptance[]> {
  const known = look === 'first' ? [...new Set(incoming.map(({ eventId }) => eventId))] : [];
  const noted = await notedEvents(tx, known);
  const fresh = firstOfEach(incoming.filter(({ eventId }) => !noted.has(eventId)));
  const people = await resolvePeople(tx, fresh);
  const takenIn = fresh.filter((event) => people.has(event.eventId) || !event.needsPerson);
  const erased = await hooks.erasedAmong(tx, [...new Set(people.values())]);
  const isErased = ({ eventId }: NewEvent) => erased.has(people.get(eventId) ?? '');
  const ids = await notePeople(tx, {
    events: takenIn.filter((event) => !isErased(event)),
    people,
    now,
    hooks,
  });
  if (takenIn.length > 0) {
    await tx.insert(events).values(
      takenIn.map((event) => ({
        eventId: event.eventId,
        bodyHash: event.bodyHash,
        type: event.type,
        occurredAt: event.occurredAt,
        receivedAt: now,
        ...(isErased(event)
          ? { ...NOTHING_KEPT, dispatchedAt: now }
          : {
              resource: event.resource,
              contactId: ids.get(people.get(event.eventId) ?? '') ?? null,
              data: event.data,
            }),
      })),
    );
  }
  const written = await notedEvents(
    tx,
    takenIn.map(({ eventId }) => eventId),
  );
  // Of somebody who is not known any more, an event may still be known.
  const left = fresh.filter((event) => !people.has(event.eventId) && event.needsPerson);
  const older = await notedEvents(
    tx,
    left.map(({ eventId }) => eventId),
  );
  const seen = new Set<string>();
  return incoming.map(({ eventId, bodyHash }) => {
    const row = noted.get(eventId) ?? written.get(eventId) ?? older.get(eventId);
    if (row === undefined) return { status: 'unknown_person' };
    if (row.bodyHash !== bodyHash) return { status: 'conflict' };
    const isNew = written.has(eventId) && !seen.has(eventId);
    seen.add(eventId);
    return { status: isNew ? 'accepted' : 'duplicate', id: row.id, contactId: row.contactId ?? undefined };
  });
}

/** Of somebody who has been erased: that it came, so that it is known when it comes again. */
const NOTHING_KEPT = { resource: 'erased', contactId: null, data: '{}', state: 'dispatched' } as const;

/** A sender may repeat itself within one batch. */
function firstOfEach(incoming: readonly NewEvent[]): readonly NewEvent[] {
  const seen = new Set<string>();
  return incoming.filter(({ eventId }) => {
    const isFirst = !seen.has(eventId);
    seen.add(eventId);
    return isFirst;
  });
}

interface NotedEvent {
  readonly id: number;
  readonly bodyHash: string;
  readonly contactId: number | null;
}

async function notedEvents(
  tx: Executor,
  eventIds: readonly string[],
): Promise<ReadonlyMap<string, NotedEvent>> {
  if (eventIds.length === 0) return new Map();
  const rows = await tx
    .select({
      id: events.id,
      eventId: events.eventId,
      bodyHash: events.bodyHash,
      contactId: events.contactId,
    })
    .from(events)
    .where(inArray(events.eventId, [...eventIds]));
  return new Map(rows.map(({ eventId, ...row }) => [eventId, row]));
}

/** Whose event each is, by address: its own, or that under which its resource is known, or just becomes known. */
async function resolvePeople(tx: Executor, fresh: readonly NewEvent[]): Promise<ReadonlyMap<string, string>> {
  const nameless = fresh.filter(({ person }) => person.email === undefined);
  const known = await contactsOfResources(tx, [...new Set(nameless.map(({ resource }) => resource))]);
  const byResource = new Map([...known].map(([resource, { email }]) => [resource, email]));
  const people = new Map<string, string>();
  for (const { eventId, resource, person } of fresh) {
    if (person.email !== undefined) byResource.set(resource, person.email);
    const email = byResource.get(resource);
    if (email !== undefined) people.set(eventId, email);
  }
  return people;
}

/** @returns ids of all contacts concerned, by address. */
async function notePeople(
  tx: Executor,
  {
    events: takenIn,
    people,
    now,
    hooks,
  }: {
    readonly events: readonly NewEvent[];
    readonly people: ReadonlyMap<string, string>;
    readonly now: Date;
    readonly hooks: AcceptanceHooks;
  },
): Promise<ReadonlyMap<string, number>> {
  const facts = new Map<string, ContactFacts & { readonly email: string }>();
  for (const { eventId, person } of takenIn) {
    const email = people.get(eventId);
    if (email === undefined || !tells(person)) continue;
    facts.set(email, { ...mergeFacts(facts.get(email), person), email });
  }
  await upsertContacts(tx, { facts: [...facts.values()], now });
  const ids = await lockContacts(tx, [...new Set(people.values())]);
  const names = new Map<string, number>();
  for (const { resource, person } of takenIn) {
    const contactId = ids.get(person.email ?? '');
    if (contactId !== undefined) names.set(resource, contactId);
  }
  await rememberResources(
    tx,
    [...names].map(([resource, contactId]) => ({ resource, contactId })),
  );
  const optIns = [...facts.values()].flatMap(({ email, optedInAt }) =>
    optedInAt === undefined ? [] : [{ email, at: optedInAt }],
  );
  if (optIns.length > 0) await hooks.onOptIn(tx, optIns);
  return ids;
}

function tells({ email, firstName, name, timezone, fields }: ContactFacts): boolean {
  return (
    [email, firstName, name, timezone].some((one) => one !== undefined) || Object.keys(fields).length > 0
  );
}
