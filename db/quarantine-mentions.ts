import { and, asc, isNotNull, sql } from 'drizzle-orm';
import { addressesIn } from '../domain/erasure.ts';
import type { Executor } from './pool.ts';
import { quarantine } from './schema.ts';

/**
 * Sittings that are or were held and whose text is, or holds, an address. The site's text is kept as it was; of an
 * address the part before the @ is certain in it but for its case.
 * @param reading `locked`: rows that a run is just writing are waited for
 */
export async function sittingsMentioning(db: Executor, email: string, reading: 'plain' | 'locked' = 'plain') {
  const local = email.slice(0, email.lastIndexOf('@') + 1);
  const query = db
    .select()
    .from(quarantine)
    .where(and(isNotNull(quarantine.rawEmail), sql`LOCATE(${local}, LOWER(${quarantine.rawEmail})) > 0`))
    .orderBy(asc(quarantine.id));
  const rows = await (reading === 'locked' ? query.for('update') : query);
  return rows.filter(({ rawEmail }) => addressesIn(rawEmail ?? '').has(email));
}
