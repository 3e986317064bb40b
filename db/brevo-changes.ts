import { and, asc, count, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { BrevoChange } from '../domain/brevo-changes.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { chunks } from './chunks.ts';
import { markEntries } from './entries.ts';
import type { Executor } from './pool.ts';
import { brevoChanges } from './schema.ts';

/** A change with what is known of its delivery. */
export type QueuedChange = BrevoChange & {
  readonly id: number;
  readonly entryId: number;
  readonly state: 'pending' | 'sending' | 'accepted' | 'rejected';
  readonly importId: number | null;
};

/** Changes that may go out now: each the oldest open one of its contact. */
export interface Head {
  readonly id: number;
  readonly kind: 'entry' | 'purchase';
  readonly funnel: FunnelType;
  readonly route: 'any' | 'upsert';
}

const MOST_HEADS = 50_000;

/**
 * The oldest open change of each contact, in order. A contact with a change under way has none: its next one waits.
 * What belongs to an entry that Brevo does not have yet waits while that funnel's list is off, and holds up nobody else.
 */
export async function readyChanges(
  db: Executor,
  { funnelsOff }: { readonly funnelsOff: readonly FunnelType[] },
): Promise<readonly Head[]> {
  const [rows] = await db.execute(sql`
    SELECT c.id, c.kind, c.funnel_type AS funnel, c.route
    FROM ${brevoChanges} c
    WHERE c.state = 'pending' AND NOT ${isHeld('c', funnelsOff)}
      AND NOT EXISTS (
        SELECT 1 FROM ${brevoChanges} p
        WHERE p.email = c.email AND p.id < c.id AND p.state IN ('pending', 'sending') AND NOT ${isHeld('p', funnelsOff)})
    ORDER BY c.id LIMIT ${MOST_HEADS}`);
  return rows as unknown as readonly Head[];
}

function isHeld(alias: 'c' | 'p', funnelsOff: readonly FunnelType[]): SQL {
  if (funnelsOff.length === 0) return sql`FALSE`;
  const name = sql.raw(alias);
  return sql`(${name}.state = 'pending' AND ${name}.funnel_type IN ${funnelsOff} AND EXISTS (
    SELECT 1 FROM ${brevoChanges} h WHERE h.entry_id = ${name}.entry_id AND h.kind = 'entry' AND h.state = 'pending'))`;
}

/** Everything that is not settled yet, in the order in which it goes out. */
export async function openChanges(db: Executor): Promise<readonly (QueuedChange & Pick<Head, 'route'>)[]> {
  const rows = await db
    .select()
    .from(brevoChanges)
    .where(inArray(brevoChanges.state, ['pending', 'sending']))
    .orderBy(asc(brevoChanges.id));
  return rows.map((row) => ({ ...toChange(row), route: row.route }));
}

/** Single calls whose outcome was never noted. */
export async function unsettledUpserts(db: Executor): Promise<readonly number[]> {
  const rows = await db
    .select({ id: brevoChanges.id })
    .from(brevoChanges)
    .where(and(eq(brevoChanges.state, 'sending'), isNull(brevoChanges.importId)))
    .orderBy(asc(brevoChanges.id));
  return rows.map(({ id }) => id);
}

export async function loadChanges(db: Executor, ids: readonly number[]): Promise<readonly QueuedChange[]> {
  const rows = await Promise.all(
    chunks(ids).map((part) =>
      db
        .select()
        .from(brevoChanges)
        .where(inArray(brevoChanges.id, [...part])),
    ),
  );
  return rows
    .flat()
    .toSorted((a, b) => a.id - b.id)
    .map(toChange);
}

export async function changesOfImport(db: Executor, importId: number): Promise<readonly QueuedChange[]> {
  const rows = await db
    .select()
    .from(brevoChanges)
    .where(and(eq(brevoChanges.importId, importId), eq(brevoChanges.state, 'sending')))
    .orderBy(asc(brevoChanges.id));
  return rows.map(toChange);
}

function toChange(row: typeof brevoChanges.$inferSelect): QueuedChange {
  const { id, entryId, state, importId, email, funnelType: funnel } = row;
  const common = { id, entryId, state, importId, email, funnel };
  return row.kind === 'purchase' && row.purchasedOn !== null
    ? { ...common, kind: 'purchase', purchasedOn: row.purchasedOn }
    : { ...common, kind: 'entry' };
}

/** The intent: noted before the call, so that a crash leaves `sending` and the next attempt looks before it calls. */
export async function noteAttempt(db: Executor, id: number): Promise<void> {
  await db
    .update(brevoChanges)
    .set({ state: 'sending', attempts: sql`attempts + 1`, attemptedAt: new Date() })
    .where(and(eq(brevoChanges.id, id), inArray(brevoChanges.state, ['pending', 'sending'])));
}

/** Puts changes back into the queue: certainly not done, or to be settled one by one. */
export async function requeue(
  db: Executor,
  {
    ids,
    code,
    route,
  }: { readonly ids: readonly number[]; readonly code?: string; readonly route?: 'upsert' },
): Promise<void> {
  for (const part of chunks(ids)) {
    await db
      .update(brevoChanges)
      .set({
        state: 'pending',
        importId: null,
        ...(code === undefined ? {} : { code }),
        ...(route === undefined ? {} : { route }),
      })
      .where(and(inArray(brevoChanges.id, [...part]), eq(brevoChanges.state, 'sending')));
  }
}

/** Notes outcomes, on the changes and on the entries that they belong to. */
export async function settle(
  tx: Executor,
  {
    changes,
    outcome,
  }: {
    readonly changes: readonly QueuedChange[];
    readonly outcome: { readonly state: 'accepted' } | { readonly state: 'rejected'; readonly code: string };
  },
): Promise<void> {
  for (const part of chunks(changes.map(({ id }) => id))) {
    await tx
      .update(brevoChanges)
      .set({
        state: outcome.state,
        settledAt: new Date(),
        code: outcome.state === 'rejected' ? outcome.code : null,
      })
      .where(and(inArray(brevoChanges.id, [...part]), eq(brevoChanges.state, 'sending')));
  }
  const entries = changes
    .filter(({ kind }) => kind === 'entry' || outcome.state === 'rejected')
    .map((c) => c.entryId);
  await markEntries(
    tx,
    outcome.state === 'accepted'
      ? { ids: entries, state: 'in_brevo' }
      : { ids: entries, state: 'rejected', code: outcome.code },
  );
}

/** How many changes a run made, by kind and funnel. */
export async function madeByRun(
  db: Executor,
  runId: string,
): Promise<Readonly<Record<'entry' | 'purchase', Readonly<Record<FunnelType, number>>>>> {
  const rows = await db
    .select({ kind: brevoChanges.kind, funnel: brevoChanges.funnelType, changes: count() })
    .from(brevoChanges)
    .where(eq(brevoChanges.runId, runId))
    .groupBy(brevoChanges.kind, brevoChanges.funnelType);
  const of = (kind: 'entry' | 'purchase', funnel: FunnelType) =>
    rows.find((row) => row.kind === kind && row.funnel === funnel)?.changes ?? 0;
  const perFunnel = (kind: 'entry' | 'purchase') => ({
    language: of(kind, FUNNEL_TYPES[0]),
    non_language: of(kind, FUNNEL_TYPES[1]),
  });
  return { entry: perFunnel('entry'), purchase: perFunnel('purchase') };
}

/** Changes by state, over everything. */
export async function changesByState(
  db: Executor,
): Promise<Readonly<Record<'pending' | 'sending' | 'accepted' | 'rejected', number>>> {
  const rows = await db
    .select({ state: brevoChanges.state, changes: count() })
    .from(brevoChanges)
    .groupBy(brevoChanges.state);
  const of = (state: string) => rows.find((row) => row.state === state)?.changes ?? 0;
  return {
    pending: of('pending'),
    sending: of('sending'),
    accepted: of('accepted'),
    rejected: of('rejected'),
  };
}
