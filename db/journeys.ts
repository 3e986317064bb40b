import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import { type JourneyDefinition, listensTo } from '../domain/journeys/definition.ts';
import { lengthOf } from '../domain/journeys/durations.ts';
import { definitionHash } from '../domain/journeys/hash.ts';
import { journeyWorkflowId } from '../domain/journeys/ids.ts';
import type { JourneyEvent, JourneyStart, Timing } from '../domain/journeys/run.ts';
import type { Database, Executor } from './pool.ts';
import { events } from './schema-events.ts';
import { journeyDefinitions, journeyRuns } from './schema-journeys.ts';
import { contacts } from './schema-people.ts';

export interface Entrance {
  readonly definition: JourneyDefinition;
  readonly contactId: number;
  /** Row of the event that it begins with; null: an operator. */
  readonly eventId: number | null;
  /** From here all times count. */
  readonly anchorAt: Date;
  readonly now: Date;
  /** What makes the run one of its kind; unset: the event, or the anchor's time. */
  readonly anchor?: string;
}

/**
 * `reason` says why the person did not enter (`known`: by this event they did, and that run is over); without one the run
 * is there and is to be started, however often.
 */
export interface Entered {
  readonly workflowId: string;
  readonly runId: number;
  readonly isNew: boolean;
  readonly reason?:
    | 'known'
    | 'under_way'
    | 're_entry_never'
    | 're_entry_too_soon'
    | 'contact_erased'
    | 'contact_missing';
}

/**
 * Writes down that a person enters a journey, by its rules of re-entry. The person's row is locked meanwhile, so two
 * events at the same time enter once; the same event again finds its own run.
 */
export async function enterJourney(database: Database, entrance: Entrance): Promise<Entered> {
  const { definition, contactId, eventId, anchorAt, now } = entrance;
  const anchor = entrance.anchor ?? (eventId === null ? anchorAt.toISOString() : String(eventId));
  const workflowId = journeyWorkflowId({ journey: definition.id, contactId, anchor });
  return database.orm.transaction(async (tx): Promise<Entered> => {
    const [[contact]] = (await tx.execute(
      sql`SELECT erased_at AS erasedAt FROM ${contacts} WHERE id = ${contactId} FOR UPDATE`,
    )) as unknown as readonly [readonly { readonly erasedAt: Date | null }[]];
    const earlier = await tx
      .select()
      .from(journeyRuns)
      .where(and(eq(journeyRuns.contactId, contactId), eq(journeyRuns.journey, definition.id)))
      .orderBy(desc(journeyRuns.id));
    const same = earlier.find((run) => run.workflowId === workflowId);
    if (same !== undefined) {
      const known = { workflowId, runId: same.id, isNew: false };
      return same.state === 'running' ? known : { ...known, reason: 'known' };
    }
    const last = earlier[0];
    const reason = refusal({ contact, earlier, definition, now });
    if (reason !== undefined) {
      return { workflowId: last?.workflowId ?? workflowId, runId: last?.id ?? 0, isNew: false, reason };
    }
    const hash = definitionHash(definition);
    await tx
      .insert(journeyDefinitions)
      .values({ journey: definition.id, hash, definition: JSON.stringify(definition), firstUsedAt: now })
      .onDuplicateKeyUpdate({ set: { hash } });
    const [{ insertId }] = await tx.insert(journeyRuns).values({
      workflowId,
      journey: definition.id,
      definitionHash: hash,
      contactId,
      eventId,
      anchorAt,
      state: 'running',
      startedAt: now,
    });
    return { workflowId, runId: insertId, isNew: true };
  });
}

function refusal({
  contact,
  earlier,
  definition: { reEntry },
  now,
}: {
  readonly contact: { readonly erasedAt: Date | null } | undefined;
  readonly earlier: readonly { readonly state: string; readonly startedAt: Date }[];
  readonly definition: JourneyDefinition;
  readonly now: Date;
}): Entered['reason'] {
  if (contact === undefined) return 'contact_missing';
  if (contact.erasedAt !== null) return 'contact_erased';
  const [last] = earlier;
  if (last === undefined) return undefined;
  if (reEntry === 'never') return 're_entry_never';
  if (earlier.some(({ state }) => state === 'running')) return 'under_way';
  if (reEntry === 'afterExit') return undefined;
  const openAgain = last.startedAt.getTime() + lengthOf(reEntry.every);
  return now.getTime() < openAgain ? 're_entry_too_soon' : undefined;
}

/** What the workflow of a run is started with. @throws Error for a run that is not there */
export async function journeyInput(
  db: Executor,
  {
    runId,
    mailTaskQueue,
    brevoTaskQueue,
    timing = 'real',
  }: {
    readonly runId: number;
    readonly mailTaskQueue: string;
    readonly brevoTaskQueue: string;
    readonly timing?: Timing;
  },
): Promise<JourneyStart> {
  const [run] = await db.select().from(journeyRuns).where(eq(journeyRuns.id, runId));
  if (run === undefined) throw new Error(`there is no run ${runId} of a journey`);
  const { journey, definitionHash: hash, contactId, anchorAt } = run;
  return {
    runId,
    journey,
    definitionHash: hash,
    contactId,
    anchorAt: anchorAt.toISOString(),
    mailTaskQueue,
    brevoTaskQueue,
    timing,
  };
}

/** Runs of this person under way that want to hear of such an event: those are signalled. */
export async function listeningRuns(
  db: Executor,
  contactId: number,
  type: string,
): Promise<readonly { readonly runId: number; readonly workflowId: string }[]> {
  const rows = await db
    .select({
      runId: journeyRuns.id,
      workflowId: journeyRuns.workflowId,
      definition: journeyDefinitions.definition,
    })
    .from(journeyRuns)
    .innerJoin(
      journeyDefinitions,
      and(
        eq(journeyDefinitions.journey, journeyRuns.journey),
        eq(journeyDefinitions.hash, journeyRuns.definitionHash),
      ),
    )
    .where(and(eq(journeyRuns.contactId, contactId), eq(journeyRuns.state, 'running')))
    .orderBy(asc(journeyRuns.id));
  return rows
    .filter(({ definition }) => listensTo(readDefinition(definition)).has(type))
    .map(({ runId, workflowId }) => ({ runId, workflowId }));
}

/**
 * Events of the person that a run wants to hear of and that were accepted after the one it began with: those that came
 * before its workflow was there to be told.
 */
export async function eventsSince(
  db: Executor,
  {
    contactId,
    eventId,
    types,
  }: {
    readonly contactId: number;
    readonly eventId: number;
    readonly types: ReadonlySet<string>;
  },
): Promise<readonly JourneyEvent[]> {
  if (types.size === 0) return [];
  const rows = await db
    .select({ eventId: events.id, type: events.type, occurredAt: events.occurredAt })
    .from(events)
    .where(and(eq(events.contactId, contactId), inArray(events.type, [...types]), gt(events.id, eventId)))
    .orderBy(asc(events.id))
    .limit(100);
  return rows.map((row) => ({ ...row, occurredAt: row.occurredAt.toISOString() }));
}

/**
 * Notes for every run of this person whose journey has this event as its goal that the goal is reached: under way or
 * over, the first time counts, and only what happened after entering.
 */
export async function noteGoals(
  db: Executor,
  {
    contactId,
    type,
    occurredAt,
  }: { readonly contactId: number; readonly type: string; readonly occurredAt: Date },
): Promise<void> {
  await db.execute(sql`
    UPDATE ${journeyRuns} JOIN ${journeyDefinitions}
        ON ${journeyDefinitions.journey} = ${journeyRuns.journey}
       AND ${journeyDefinitions.hash} = ${journeyRuns.definitionHash}
       SET ${journeyRuns.goalAt} = ${occurredAt}
     WHERE ${journeyRuns.contactId} = ${contactId}
       AND ${journeyRuns.anchorAt} <= ${occurredAt}
       AND (${journeyRuns.goalAt} IS NULL OR ${journeyRuns.goalAt} > ${occurredAt})
       AND JSON_UNQUOTE(JSON_EXTRACT(${journeyDefinitions.definition}, '$.goal')) = ${type}`);
}

/** The definition that a run keeps; `undefined`: nobody ever entered that version. */
export async function loadDefinition(
  db: Executor,
  { journey, hash }: { readonly journey: string; readonly hash: string },
): Promise<JourneyDefinition | undefined> {
  const [row] = await db
    .select({ definition: journeyDefinitions.definition })
    .from(journeyDefinitions)
    .where(and(eq(journeyDefinitions.journey, journey), eq(journeyDefinitions.hash, hash)));
  return row === undefined ? undefined : readDefinition(row.definition);
}

function readDefinition(text: string): JourneyDefinition {
  return JSON.parse(text) as JourneyDefinition;
}
