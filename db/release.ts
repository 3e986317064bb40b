import { and, asc, eq, inArray, isNull } from 'drizzle-orm';
import type { SuppressionReason } from '../domain/people.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import type { Database } from './pool.ts';
import { suppressions } from './schema-people.ts';

export interface Released {
  readonly scope: MailScope;
  readonly reason: SuppressionReason;
}

/**
 * Takes suppressions of an address back by an operator's word.
 * @param input.scopes those to end; undefined: of all scopes
 * @returns those that were in force and are not any more
 */
export async function releaseSuppressions(
  { orm }: Database,
  {
    addressHash,
    scopes,
    reasons,
    at,
  }: {
    readonly addressHash: string;
    readonly scopes: readonly MailScope[] | undefined;
    readonly reasons: readonly SuppressionReason[];
    readonly at: Date;
  },
): Promise<readonly Released[]> {
  return orm.transaction(async (tx) => {
    const rows = await tx
      .select({ id: suppressions.id, scope: suppressions.scope, reason: suppressions.reason })
      .from(suppressions)
      .where(
        and(
          eq(suppressions.addressHash, addressHash),
          isNull(suppressions.endedAt),
          inArray(suppressions.reason, [...reasons]),
          scopes === undefined ? undefined : inArray(suppressions.scope, [...scopes]),
        ),
      )
      .orderBy(asc(suppressions.id))
      .for('update');
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) {
      await tx.update(suppressions).set({ endedAt: at }).where(inArray(suppressions.id, ids));
    }
    return rows.map(({ scope, reason }) => ({ scope, reason }));
  });
}
