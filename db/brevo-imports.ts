import { and, asc, count, eq, inArray, ne, sql } from 'drizzle-orm';
import type { FunnelType } from '../domain/funnels.ts';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { brevoChanges, brevoImports } from './schema.ts';

export type BrevoImport = typeof brevoImports.$inferSelect;

/** Writes an import down and gives it its changes, before anything is sent. Run it in a transaction. */
export async function prepareImport(
  tx: Executor,
  input: { readonly listId: number; readonly funnel: FunnelType; readonly changeIds: readonly number[] },
): Promise<number> {
  const [{ insertId }] = await tx.insert(brevoImports).values({
    listId: input.listId,
    funnelType: input.funnel,
    contacts: input.changeIds.length,
    createdAt: new Date(),
  });
  for (const part of chunks(input.changeIds)) {
    await tx
      .update(brevoChanges)
      .set({ state: 'sending', importId: insertId, attempts: sql`attempts + 1`, attemptedAt: new Date() })
      .where(and(inArray(brevoChanges.id, [...part]), eq(brevoChanges.state, 'pending')));
  }
  return insertId;
}

export async function openImports(db: Executor): Promise<readonly BrevoImport[]> {
  return db
    .select()
    .from(brevoImports)
    .where(ne(brevoImports.state, 'settled'))
    .orderBy(asc(brevoImports.id));
}

export async function loadImport(db: Executor, id: number): Promise<BrevoImport | undefined> {
  const [row] = await db.select().from(brevoImports).where(eq(brevoImports.id, id));
  return row;
}

export async function noteImport(
  db: Executor,
  {
    id,
    ...change
  }: { readonly id: number } & (
    | { readonly state: 'prepared' | 'settled' }
    | { readonly state: 'sending'; readonly attemptedAt: Date }
    | { readonly state: 'processing'; readonly processId: number }
  ),
): Promise<void> {
  await db
    .update(brevoImports)
    .set(change.state === 'settled' ? { ...change, settledAt: new Date() } : change)
    .where(eq(brevoImports.id, id));
}

export async function countAcceptedByImport(db: Executor, importId: number): Promise<number> {
  const [row] = await db
    .select({ changes: count() })
    .from(brevoChanges)
    .where(and(eq(brevoChanges.importId, importId), eq(brevoChanges.state, 'accepted')));
  return row?.changes ?? 0;
}
