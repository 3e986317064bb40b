import { eq, sql } from 'drizzle-orm';
import type { Database } from './pool.ts';
import { brevoLimits } from './schema.ts';

/** Keeps the account's pauses where all workers see them; a later end wins over an earlier one. */
export function createLimitStore(database: Database) {
  return {
    async blockedUntil(bucket: string): Promise<number | undefined> {
      const [row] = await database.orm
        .select({ until: brevoLimits.blockedUntil })
        .from(brevoLimits)
        .where(eq(brevoLimits.bucket, bucket));
      return row?.until.getTime();
    },
    async block(bucket: string, until: number): Promise<void> {
      await database.orm
        .insert(brevoLimits)
        .values({ bucket, blockedUntil: new Date(until) })
        .onDuplicateKeyUpdate({ set: { blockedUntil: sql`GREATEST(blocked_until, VALUES(blocked_until))` } });
    },
  };
}
