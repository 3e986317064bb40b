import { and, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import type { SuppressionReason } from '../domain/people.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { Executor } from './pool.ts';
import { suppressions } from './schema-people.ts';

export interface NewSuppression {
  /** Keyed hash of the canonical address. */
  readonly addressHash: string;
  readonly scope: MailScope;
  readonly reason: SuppressionReason;
  readonly source: 'webhook' | 'link' | 'operator' | 'erasure';
  /** When the person, or the provider, said so. */
  readonly since: Date;
}

/** What is in force for an address. */
export async function suppressionsInForce(
  db: Executor,
  addressHash: string,
): Promise<readonly { readonly scope: MailScope; readonly reason: SuppressionReason }[]> {
  return db
    .select({ scope: suppressions.scope, reason: suppressions.reason })
    .from(suppressions)
    .where(and(eq(suppressions.addressHash, addressHash), isNull(suppressions.endedAt)));
}

/**
 * Puts suppressions in force. One that was ended comes back only by something that happened after its end, so that a
 * repeated or late word does not undo a fresh consent. Of two that are the same the earlier `since` stays.
 */
export async function suppress(db: Executor, added: readonly NewSuppression[]): Promise<void> {
  // One order for all writers, so that two of them wait for each other and do not deadlock.
  const sorted = added.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  for (const one of sorted) {
    const isNews = sql`${suppressions.endedAt} IS NOT NULL AND ${suppressions.endedAt} < ${one.since}`;
    await db
      .insert(suppressions)
      .values(one)
      .onDuplicateKeyUpdate({
        // MySQL works these off from left to right: `ended_at` last, because the others ask about it.
        set: {
          source: sql`IF(${isNews}, ${one.source}, ${suppressions.source})`,
          since: sql`IF(${isNews}, ${one.since}, LEAST(${suppressions.since}, ${one.since}))`,
          endedAt: sql`IF(${isNews}, NULL, ${suppressions.endedAt})`,
        },
      });
  }
}

function keyOf({ addressHash, scope, reason }: NewSuppression): string {
  return `${addressHash}/${scope}/${reason}`;
}

/**
 * A fresh consent to marketing takes back what the person unsubscribed from before: `marketing` and `all`. Bounces,
 * complaints, erasures and an operator's word stay, and so do reminders and reports that were stopped by themselves.
 * @param at when the person agreed.
 */
export async function endUnsubscribed(
  db: Executor,
  { addressHash, at }: { readonly addressHash: string; readonly at: Date },
): Promise<void> {
  await db
    .update(suppressions)
    .set({ endedAt: at })
    .where(
      and(
        eq(suppressions.addressHash, addressHash),
        eq(suppressions.reason, 'unsubscribed'),
        inArray(suppressions.scope, ['all', 'marketing']),
        isNull(suppressions.endedAt),
        lte(suppressions.since, at),
      ),
    );
}
