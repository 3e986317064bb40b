import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { AcceptanceHooks } from '../db/accept-events.ts';
import { suppressions } from '../db/schema-people.ts';
import { endUnsubscribed } from '../db/suppressions.ts';

/**
 * What suppressions say of the people in events. Who has been erased stays so, whatever comes in. Whoever agrees to
 * marketing mail after an unsubscribe may be mailed again; bounces and complaints stay, and an agreement that is older
 * than the unsubscribe changes nothing.
 */
export function suppressionHooks(hashAddress: (canonicalEmail: string) => string): AcceptanceHooks {
  return {
    async erasedAmong(tx, emails) {
      if (emails.length === 0) return new Set();
      const byHash = new Map(emails.map((email) => [hashAddress(email), email]));
      const rows = await tx
        .select({ addressHash: suppressions.addressHash })
        .from(suppressions)
        .where(
          and(
            inArray(suppressions.addressHash, [...byHash.keys()]),
            eq(suppressions.reason, 'erased'),
            isNull(suppressions.endedAt),
          ),
        );
      return new Set(rows.flatMap(({ addressHash }) => byHash.get(addressHash) ?? []));
    },

    async onOptIn(tx, people) {
      const byHash = new Map(people.map(({ email, at }) => [hashAddress(email), at]));
      // Nearly always there is nothing, which one look shows for all of them.
      const held = await tx
        .selectDistinct({ addressHash: suppressions.addressHash })
        .from(suppressions)
        .where(and(inArray(suppressions.addressHash, [...byHash.keys()]), isNull(suppressions.endedAt)));
      for (const { addressHash } of held) {
        const at = byHash.get(addressHash);
        if (at !== undefined) await endUnsubscribed(tx, { addressHash, at });
      }
    },
  };
}
