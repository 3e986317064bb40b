import { eq, sql } from 'drizzle-orm';
import type { Database } from './pool.ts';
import { brevoLimits } from './schema.ts';

const NOW = sql<number>`CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED)`;
const MICROS = 1_000;

/**
 * Hands out the account's turns to call Brevo, evenly spaced, over all workers: whoever asks gets the next free
 * moment, by the database's clock. All times are milliseconds from now.
 */
export function createLimitStore(database: Database) {
  return {
    /**
     * @param gapMs between two calls of the bucket; 0 = no pace, only the pauses that Brevo asked for.
     * @returns how long to wait for the turn. One that is further away than `patienceMs` is not taken.
     */
    async takeTurn({
      bucket,
      gapMs,
      patienceMs,
    }: {
      readonly bucket: string;
      readonly gapMs: number;
      readonly patienceMs: number;
    }): Promise<number> {
      await database.orm
        .insert(brevoLimits)
        .values({ bucket, freeAt: 0 })
        .onDuplicateKeyUpdate({ set: { bucket: sql`${brevoLimits.bucket}` } });
      return database.orm.transaction(async (tx) => {
        const [row] = await tx
          .select({ freeAt: brevoLimits.freeAt, now: NOW })
          .from(brevoLimits)
          .where(eq(brevoLimits.bucket, bucket))
          .for('update');
        const now = row?.now ?? 0;
        const turn = Math.max(row?.freeAt ?? 0, now);
        const waitMs = (turn - now) / MICROS;
        if (waitMs <= patienceMs && gapMs > 0) {
          const freeAt = Math.round(turn + gapMs * MICROS);
          await tx.update(brevoLimits).set({ freeAt }).where(eq(brevoLimits.bucket, bucket));
        }
        return waitMs;
      });
    },

    /** Nobody calls for so long; a later end wins over an earlier one. */
    async block({ bucket, pauseMs }: { readonly bucket: string; readonly pauseMs: number }): Promise<void> {
      const until = sql`${NOW} + ${Math.round(pauseMs * MICROS)}`;
      await database.orm
        .insert(brevoLimits)
        .values({ bucket, freeAt: sql`${until}` })
        .onDuplicateKeyUpdate({ set: { freeAt: sql`GREATEST(free_at, ${until})` } });
    },
  };
}
