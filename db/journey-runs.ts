import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { JourneyEnd, JourneyState } from '../domain/journeys/run.ts';
import type { Executor } from './pool.ts';
import { exposures, journeyRuns } from './schema-journeys.ts';
import { contacts } from './schema-people.ts';

export type JourneyRun = typeof journeyRuns.$inferSelect;

/** @returns `undefined`: there is none with that number. */
export async function loadRun(db: Executor, runId: number): Promise<JourneyRun | undefined> {
  const [run] = await db.select().from(journeyRuns).where(eq(journeyRuns.id, runId));
  return run;
}

/** Where a run is. One that has ended stays as it is. */
export async function recordProgress(
  db: Executor,
  {
    runId,
    ...progress
  }: {
    readonly runId: number;
    readonly step: string;
    readonly dueAt: Date;
    readonly mailsSent: number;
    /** Why it stands still: `parked`, `paused`; undefined: it does not. */
    readonly reason: string | undefined;
  },
): Promise<void> {
  await db
    .update(journeyRuns)
    .set({ ...progress, reason: progress.reason ?? null })
    .where(and(eq(journeyRuns.id, runId), eq(journeyRuns.state, 'running')));
}

/** How a run ended, once. */
export async function recordEnd(
  db: Executor,
  {
    runId,
    end,
    mailsSent,
    at,
  }: { readonly runId: number; readonly end: JourneyEnd; readonly mailsSent: number; readonly at: Date },
): Promise<void> {
  await db
    .update(journeyRuns)
    .set({ state: end.state, reason: end.reason, dueAt: null, mailsSent, endedAt: at })
    .where(and(eq(journeyRuns.id, runId), eq(journeyRuns.state, 'running')));
}

/** Keeps the arm that a person drew first. @returns the arm that counts. */
export async function recordExposure(
  db: Executor,
  drawn: {
    readonly experiment: string;
    readonly contactId: number;
    readonly arm: string;
    readonly runId: number;
    readonly at: Date;
  },
): Promise<string> {
  const { experiment, contactId, arm, runId, at } = drawn;
  await db
    .insert(exposures)
    .values({ experiment, contactId, arm, journeyRunId: runId, exposedAt: at })
    .onDuplicateKeyUpdate({ set: { contactId: sql`${exposures.contactId}` } });
  const [row] = await db
    .select({ arm: exposures.arm })
    .from(exposures)
    .where(and(eq(exposures.experiment, experiment), eq(exposures.contactId, contactId)));
  return row?.arm ?? arm;
}

interface RunFilter {
  readonly journey?: string | undefined;
  readonly states?: readonly JourneyState[] | undefined;
  readonly contactId?: number | undefined;
  readonly limit: number;
}

/** Runs, the latest first. */
export async function listRuns(
  db: Executor,
  { journey, states, contactId, limit }: RunFilter,
): Promise<readonly JourneyRun[]> {
  return db
    .select()
    .from(journeyRuns)
    .where(
      and(
        journey === undefined ? undefined : eq(journeyRuns.journey, journey),
        states === undefined ? undefined : inArray(journeyRuns.state, [...states]),
        contactId === undefined ? undefined : eq(journeyRuns.contactId, contactId),
      ),
    )
    .orderBy(desc(journeyRuns.id))
    .limit(limit);
}

/** How many runs of each journey are in each state. */
export async function countRuns(
  db: Executor,
): Promise<readonly { readonly journey: string; readonly state: JourneyState; readonly runs: number }[]> {
  return db
    .select({
      journey: journeyRuns.journey,
      state: journeyRuns.state,
      runs: sql<number>`COUNT(*)`.mapWith(Number),
    })
    .from(journeyRuns)
    .groupBy(journeyRuns.journey, journeyRuns.state);
}

/** @param email canonical */
export async function findContact(db: Executor, email: string): Promise<{ readonly id: number } | undefined> {
  const [row] = await db.select({ id: contacts.id }).from(contacts).where(eq(contacts.email, email));
  return row;
}
