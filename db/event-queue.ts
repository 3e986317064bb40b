import { and, asc, eq, gt, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Database, Executor } from './pool.ts';
import { events } from './schema-events.ts';

/**
 * The inbox as a queue. What is `accepted` waits to be dispatched; `retry_at` says from when on: NULL is at once, a time
 * to come is either a pause after trouble or the lease of a gateway that is at work on it. Times are those of the
 * database's clock, so that gateways need not agree on theirs.
 *
 * Of one person's events only the oldest open one, and what follows it, can be taken: whoever has the head has the
 * person, so a person's events go out in the order of their acceptance, however many gateways there are.
 */

const NOW = sql`UTC_TIMESTAMP(3)`;
const PAGE = 500;
const MOST_PAGES = 20;
/** Of the persons looked at in one go; what is beyond waits for the next. */
const MOST_OPEN = 5_000;

/** An event as it is dispatched. */
export interface StoredEvent {
  /** Row number. */
  readonly id: number;
  readonly eventId: string;
  readonly type: string;
  readonly resource: string;
  readonly contactId: number | null;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  /** JSON object. */
  readonly data: string;
  /** How often it was taken, this time included. */
  readonly attempts: number;
}

interface Candidate {
  readonly id: number;
  readonly contactId: number | null;
}

/**
 * Takes open events, oldest first, and holds them for `leaseMs`; nobody else takes them, or later ones of the same
 * people, until they are done or the lease is over.
 * @param sequences persons (or events of nobody) at most
 * @param acceptedBeforeMs only those accepted so long ago
 * @returns events in order, one list a person
 */
export async function claimEvents(
  database: Database,
  {
    sequences,
    leaseMs,
    acceptedBeforeMs = 0,
  }: { readonly sequences: number; readonly leaseMs: number; readonly acceptedBeforeMs?: number },
): Promise<readonly (readonly StoredEvent[])[]> {
  const wanted: number[][] = [];
  const seen = new Set<number>();
  let after = 0;
  for (let page = 0; page < MOST_PAGES && wanted.length < sequences; page += 1) {
    const candidates = await openCandidates(database.orm, { after, isFirst: page === 0, acceptedBeforeMs });
    if (candidates.length === 0) break;
    after = Math.max(after, ...candidates.map(({ id }) => id));
    const heads = await freeSequences(
      database.orm,
      candidates.filter(({ contactId }) => contactId === null || !seen.has(contactId)),
    );
    for (const { contactId } of candidates) if (contactId !== null) seen.add(contactId);
    wanted.push(...heads.slice(0, sequences - wanted.length));
  }
  return wanted.length === 0 ? [] : take(database, { wanted, leaseMs });
}

/** New ones by age; those that wait for their second try are looked at with the first page. */
async function openCandidates(
  db: Executor,
  {
    after,
    isFirst,
    acceptedBeforeMs,
  }: { readonly after: number; readonly isFirst: boolean; readonly acceptedBeforeMs: number },
): Promise<readonly Candidate[]> {
  const isOldEnough: SQL | undefined =
    acceptedBeforeMs === 0
      ? undefined
      : lt(events.receivedAt, sql`${NOW} - INTERVAL ${acceptedBeforeMs * 1000} MICROSECOND`);
  const columns = { id: events.id, contactId: events.contactId };
  const fresh = db
    .select(columns)
    .from(events)
    .where(and(eq(events.state, 'accepted'), isNull(events.retryAt), gt(events.id, after), isOldEnough))
    .orderBy(asc(events.id))
    .limit(PAGE);
  const due = db
    .select(columns)
    .from(events)
    .where(and(eq(events.state, 'accepted'), lte(events.retryAt, NOW), isOldEnough))
    .orderBy(asc(events.retryAt))
    .limit(PAGE);
  return isFirst ? [...(await due), ...(await fresh)] : fresh;
}

/** What can be taken of these: all open events of each person whose oldest open one is free. */
async function freeSequences(db: Executor, candidates: readonly Candidate[]): Promise<readonly number[][]> {
  const loose = candidates.filter(({ contactId }) => contactId === null).map(({ id }) => [id]);
  const people = [...new Set(candidates.flatMap(({ contactId }) => contactId ?? []))];
  if (people.length === 0) return loose;
  const open = await db
    .select({
      id: events.id,
      contactId: events.contactId,
      isFree: sql<number>`${events.retryAt} IS NULL OR ${events.retryAt} <= ${NOW}`,
    })
    .from(events)
    .where(and(inArray(events.contactId, people), eq(events.state, 'accepted')))
    .orderBy(asc(events.id))
    .limit(MOST_OPEN);
  const sequences = new Map<number, { ids: number[]; isOpen: boolean }>();
  for (const { id, contactId, isFree } of open) {
    if (contactId === null) continue;
    const sequence = sequences.get(contactId) ?? { ids: [], isOpen: true };
    sequences.set(contactId, sequence);
    if (isFree !== 1) sequence.isOpen = false;
    if (sequence.isOpen) sequence.ids.push(id);
  }
  const taken = [...sequences.values()].map(({ ids }) => ids).filter((ids) => ids.length > 0);
  return [...taken, ...loose].toSorted(([a = 0], [b = 0]) => a - b);
}

/** Rows that another gateway is just taking are skipped, and with a head its whole person. */
async function take(
  database: Database,
  { wanted, leaseMs }: { readonly wanted: readonly number[][]; readonly leaseMs: number },
): Promise<readonly (readonly StoredEvent[])[]> {
  return database.orm.transaction(async (tx) => {
    const rows = await tx
      .select({
        id: events.id,
        eventId: events.eventId,
        type: events.type,
        resource: events.resource,
        contactId: events.contactId,
        occurredAt: events.occurredAt,
        receivedAt: events.receivedAt,
        data: events.data,
        attempts: sql<number>`${events.attempts} + 1`,
      })
      .from(events)
      .where(
        and(
          inArray(events.id, wanted.flat()),
          eq(events.state, 'accepted'),
          sql`(${events.retryAt} IS NULL OR ${events.retryAt} <= ${NOW})`,
        ),
      )
      .for('update', { skipLocked: true });
    const free = new Map(rows.map((row) => [row.id, row]));
    const taken = wanted.map((ids) => unbroken(ids, free)).filter((sequence) => sequence.length > 0);
    await extend(tx, { ids: taken.flat().map(({ id }) => id), leaseMs, isNew: true });
    return taken;
  });
}

function unbroken(ids: readonly number[], free: ReadonlyMap<number, StoredEvent>): readonly StoredEvent[] {
  const end = ids.findIndex((id) => !free.has(id));
  return (end === -1 ? ids : ids.slice(0, end)).flatMap((id) => free.get(id) ?? []);
}

async function extend(
  db: Executor,
  {
    ids,
    leaseMs,
    isNew,
  }: { readonly ids: readonly number[]; readonly leaseMs: number; readonly isNew: boolean },
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(events)
    .set({
      retryAt: sql`${NOW} + INTERVAL ${leaseMs * 1000} MICROSECOND`,
      ...(isNew ? { attempts: sql`${events.attempts} + 1` } : {}),
    })
    .where(and(inArray(events.id, [...ids]), eq(events.state, 'accepted')));
}

/** Goes on holding events that take longer. */
export async function renewLease(
  db: Executor,
  { ids, leaseMs }: { readonly ids: readonly number[]; readonly leaseMs: number },
): Promise<void> {
  await extend(db, { ids, leaseMs, isNew: false });
}

/** Everything that they start has been started. */
export async function markDispatched(db: Executor, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(events)
    .set({ state: 'dispatched', dispatchedAt: NOW, retryAt: null })
    .where(and(inArray(events.id, [...ids]), eq(events.state, 'accepted')));
}

/** Gives events back, to be tried again in `delayMs`; 0: at once. */
export async function releaseEvents(
  db: Executor,
  { ids, delayMs }: { readonly ids: readonly number[]; readonly delayMs: number },
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .update(events)
    .set({
      retryAt: delayMs === 0 ? null : sql`${NOW} + INTERVAL ${Math.round(delayMs * 1000)} MICROSECOND`,
    })
    .where(and(inArray(events.id, [...ids]), eq(events.state, 'accepted')));
}

/** How many wait to be dispatched, and since when the oldest of them. */
export async function openEvents(
  db: Executor,
): Promise<{ readonly open: number; readonly oldest: Date | undefined }> {
  const [row] = await db
    .select({
      open: sql<number>`COUNT(*)`,
      oldest: sql<Date | null>`MIN(${events.receivedAt})`.mapWith(events.receivedAt),
    })
    .from(events)
    .where(eq(events.state, 'accepted'));
  return { open: row?.open ?? 0, oldest: row?.oldest ?? undefined };
}
