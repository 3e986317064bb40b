import { and, eq, inArray, sql } from 'drizzle-orm';
import type { FunnelType } from '../domain/funnels.ts';
import { type GoodSitting, personKey } from '../domain/intake.ts';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { brevoChanges, funnelEntries } from './schema.ts';

/** Of these addresses, the people (`personKey`) who have an entry. */
export async function enteredPeople(db: Executor, emails: readonly string[]): Promise<ReadonlySet<string>> {
  const people = new Set<string>();
  for (const part of chunks(emails)) {
    const rows = await db
      .select({ email: funnelEntries.email, funnel: funnelEntries.funnelType })
      .from(funnelEntries)
      .where(inArray(funnelEntries.email, [...part]));
    for (const row of rows) people.add(personKey(row));
  }
  return people;
}

/**
 * Writes entries and, in the same transaction, the change that tells Brevo of each. Somebody whom another run took
 * in meanwhile is left as they are: the unique key decides, and so does that of the change.
 * @param sittings in the order in which Brevo is to hear of them.
 */
export async function enterPeople(
  tx: Executor,
  {
    sittings,
    asOf,
    runId,
  }: { readonly sittings: readonly GoodSitting[]; readonly asOf: Date; readonly runId: string },
): Promise<void> {
  for (const part of chunks(sittings)) {
    await tx
      .insert(funnelEntries)
      .values(
        part.map(({ sitting, email, funnel }) => ({
          email,
          funnelType: funnel,
          userId: sitting.id,
          testId: sitting.testId,
          testedAt: new Date(sitting.testedAt),
          enteredAt: asOf,
        })),
      )
      .onDuplicateKeyUpdate({ set: { id: sql`${funnelEntries.id}` } });
    const emails = part.map(({ email }) => email);
    await tx.execute(sql`
      INSERT INTO ${brevoChanges}
        (change_key, entry_id, kind, email, funnel_type, created_at, run_id)
      SELECT CONCAT('entry:', e.id), e.id, 'entry', e.email, e.funnel_type, UTC_TIMESTAMP(3), ${runId}
      FROM ${funnelEntries} e
      WHERE e.email IN ${emails} AND e.entered_at = ${asOf} AND e.state = 'pending' AND e.source = 'site'
      ORDER BY e.tested_at, e.user_id
      ON DUPLICATE KEY UPDATE id = ${brevoChanges}.id`);
  }
}

/** Notes what Brevo made of entries; a rejection keeps Brevo's code and is never undone by a later acceptance. */
export async function markEntries(
  tx: Executor,
  {
    ids,
    state,
    code,
  }: { readonly ids: readonly number[]; readonly state: 'in_brevo' | 'rejected'; readonly code?: string },
): Promise<void> {
  for (const part of chunks(ids)) {
    await tx
      .update(funnelEntries)
      .set({ state, rejectedCode: code ?? null })
      .where(
        and(
          inArray(funnelEntries.id, [...part]),
          state === 'in_brevo' ? eq(funnelEntries.state, 'pending') : undefined,
        ),
      );
  }
}

export interface UnconvertedEntry {
  readonly email: string;
  readonly funnelType: FunnelType;
  readonly enteredAt: Date;
}

/** Entries of these people that no purchase has converted yet. */
export async function unconvertedEntries(
  db: Executor,
  emails: readonly string[],
): Promise<readonly UnconvertedEntry[]> {
  const found = await Promise.all(
    chunks(emails).map((part) =>
      db
        .select({
          email: funnelEntries.email,
          funnelType: funnelEntries.funnelType,
          enteredAt: funnelEntries.enteredAt,
        })
        .from(funnelEntries)
        .where(and(inArray(funnelEntries.email, [...part]), eq(funnelEntries.certificatePurchased, 0))),
    ),
  );
  return found.flat();
}
