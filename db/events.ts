import { and, asc, desc, eq, gte, inArray, type SQL, sql } from 'drizzle-orm';
import type { Executor } from './pool.ts';
import { type EVENT_STATES, eventRuns, events } from './schema-events.ts';

export type EventState = (typeof EVENT_STATES)[number];

/** An event that Sluice itself learned or says; its id begins with where it comes from, like `emit:`. */
export interface OwnEvent {
  readonly eventId: string;
  readonly type: string;
  readonly resource: string;
  readonly contactId: number | undefined;
  readonly occurredAt: Date;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Notes events of our own in the caller's transaction; one that is there already stays as it is. */
export async function noteOwnEvents(
  tx: Executor,
  { own, now }: { readonly own: readonly OwnEvent[]; readonly now: Date },
): Promise<void> {
  if (own.length === 0) return;
  await tx
    .insert(events)
    .values(
      own.map(({ eventId, type, resource, contactId, occurredAt, data = {} }) => ({
        eventId,
        // Nobody sends them, so nothing can differ under the same id.
        bodyHash: '',
        type,
        resource,
        contactId: contactId ?? null,
        occurredAt,
        receivedAt: now,
        data: JSON.stringify(data),
      })),
    )
    .onDuplicateKeyUpdate({ set: { eventId: sql`${events.eventId}` } });
}

export interface EventFilter {
  readonly type?: string | undefined;
  readonly state?: EventState | undefined;
  /** Received then or later. */
  readonly since?: Date | undefined;
}

/** Newest first. */
export async function listEvents(
  db: Executor,
  { limit, ...filter }: EventFilter & { readonly limit: number },
) {
  return db
    .select({
      id: events.id,
      eventId: events.eventId,
      type: events.type,
      resource: events.resource,
      contactId: events.contactId,
      occurredAt: events.occurredAt,
      receivedAt: events.receivedAt,
      state: events.state,
      attempts: events.attempts,
      retryAt: events.retryAt,
      dispatchedAt: events.dispatchedAt,
    })
    .from(events)
    .where(matching(filter))
    .orderBy(desc(events.id))
    .limit(limit);
}

/** An event by the sender's id, with all that it started. */
export async function findEvent(db: Executor, eventId: string) {
  const [event] = await db.select().from(events).where(eq(events.eventId, eventId));
  if (event === undefined) return undefined;
  return { ...event, runs: await runsOf(db, event.id) };
}

/** Oldest first. */
export async function eventIdsOf(db: Executor, filter: EventFilter): Promise<readonly string[]> {
  const rows = await db
    .select({ eventId: events.eventId })
    .from(events)
    .where(matching(filter))
    .orderBy(asc(events.id));
  return rows.map(({ eventId }) => eventId);
}

function matching({ type, state, since }: EventFilter): SQL | undefined {
  return and(
    type === undefined ? undefined : eq(events.type, type),
    state === undefined ? undefined : eq(events.state, state),
    since === undefined ? undefined : gte(events.receivedAt, since),
  );
}

/**
 * Has events dispatched again, at once. What they started is known by its id and does not start twice.
 * @returns the ids that there are
 */
export async function reopenEvents(db: Executor, eventIds: readonly string[]): Promise<readonly string[]> {
  if (eventIds.length === 0) return [];
  const rows = await db
    .select({ id: events.id, eventId: events.eventId })
    .from(events)
    .where(inArray(events.eventId, [...eventIds]));
  if (rows.length === 0) return [];
  await db
    .update(events)
    .set({ state: 'accepted', retryAt: null, dispatchedAt: null })
    .where(
      inArray(
        events.id,
        rows.map(({ id }) => id),
      ),
    );
  return rows.map(({ eventId }) => eventId);
}

/** What became of an event by one trigger. */
export interface EventRun {
  readonly trigger: string;
  /** Empty when nothing was started. */
  readonly workflowId: string;
  /** `started`, `known`, `waiting`, or why not. */
  readonly outcome: string;
}

export async function runsOf(db: Executor, id: number): Promise<readonly EventRun[]> {
  return db
    .select({ trigger: eventRuns.trigger, workflowId: eventRuns.workflowId, outcome: eventRuns.outcome })
    .from(eventRuns)
    .where(eq(eventRuns.eventId, id))
    .orderBy(asc(eventRuns.id));
}

/** Notes what triggers made of events; a later word replaces an earlier one, but never that it has started something. */
export async function noteRuns(
  tx: Executor,
  { runs, now }: { readonly runs: readonly (EventRun & { readonly id: number })[]; readonly now: Date },
): Promise<void> {
  if (runs.length === 0) return;
  const isSettled = sql`${eventRuns.outcome} IN ('started', 'known')`;
  await tx
    .insert(eventRuns)
    .values(
      runs.map(({ id, trigger, workflowId, outcome }) => ({
        eventId: id,
        trigger,
        workflowId,
        outcome,
        at: now,
      })),
    )
    .onDuplicateKeyUpdate({
      set: {
        // MySQL assigns from left to right: the outcome, by which the others are judged, comes last.
        workflowId: sql`IF(${isSettled}, ${eventRuns.workflowId}, VALUES(workflow_id))`,
        at: sql`IF(${isSettled}, ${eventRuns.at}, VALUES(at))`,
        outcome: sql`IF(${isSettled}, ${eventRuns.outcome}, VALUES(outcome))`,
      },
    });
}

/** Events of a person that wait for others of a set, by this trigger, up to and with the event `upTo`. */
export async function waitingEvents(
  db: Executor,
  {
    trigger,
    contactId,
    upTo,
  }: { readonly trigger: string; readonly contactId: number; readonly upTo: number },
) {
  return db
    .select({ id: events.id, type: events.type, occurredAt: events.occurredAt })
    .from(eventRuns)
    .innerJoin(events, eq(events.id, eventRuns.eventId))
    .where(
      and(
        eq(events.contactId, contactId),
        eq(eventRuns.trigger, trigger),
        eq(eventRuns.outcome, 'waiting'),
        sql`${events.id} <= ${upTo}`,
      ),
    )
    .orderBy(asc(events.id));
}
