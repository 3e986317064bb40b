import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import { canonicalEmail } from '../domain/email.ts';
import type { Executor } from './pool.ts';
import { purchasesOf } from './purchases.ts';
import { brevoChanges, funnelEntries, quarantine } from './schema.ts';

export type EntryRow = typeof funnelEntries.$inferSelect;
export type PurchaseRow = Awaited<ReturnType<typeof purchasesOf>>[number];
export type ChangeRow = typeof brevoChanges.$inferSelect;
export type HeldRow = typeof quarantine.$inferSelect;

/** All that our tables hold of one person. */
export interface EntryHistory {
  readonly entries: readonly EntryRow[];
  readonly purchases: readonly PurchaseRow[];
  readonly changes: readonly ChangeRow[];
  readonly held: readonly HeldRow[];
}

/** @param email canonical */
export async function entryHistory(db: Executor, email: string): Promise<EntryHistory> {
  const [entries, purchases, changes, held] = await Promise.all([
    db.select().from(funnelEntries).where(eq(funnelEntries.email, email)).orderBy(asc(funnelEntries.id)),
    purchasesOf(db, email),
    db.select().from(brevoChanges).where(eq(brevoChanges.email, email)).orderBy(asc(brevoChanges.id)),
    heldSittings(db, email),
  ]);
  return { entries, purchases, changes, held };
}

/**
 * Sittings that are or were held, of this person. The quarantine keeps the site's text, of which the local part is
 * certain but for its case; which of those texts mean this person is then decided by the rule for addresses.
 */
async function heldSittings(db: Executor, email: string): Promise<readonly HeldRow[]> {
  const local = email.slice(0, email.lastIndexOf('@') + 1);
  const rows = await db
    .select()
    .from(quarantine)
    .where(and(isNotNull(quarantine.rawEmail), sql`LOCATE(${local}, LOWER(${quarantine.rawEmail})) > 0`))
    .orderBy(asc(quarantine.id));
  return rows.filter(({ rawEmail }) => {
    const address = canonicalEmail(rawEmail);
    return address.ok && address.email === email;
  });
}
