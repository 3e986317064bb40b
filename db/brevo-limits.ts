import { sql } from 'drizzle-orm';
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
      for (;;) {
        const waitMicros = await take(database, { bucket, gapMs, patienceMs });
        if (waitMicros !== undefined) return waitMicros / MICROS;
        await database.orm
          .insert(brevoLimits)
          .values({ bucket, freeAt: 0 })
          .onDuplicateKeyUpdate({ set: { bucket: sql`${brevoLimits.bucket}` } });
      }
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

/** In one statement, which holds the bucket's row for as short as can be. @returns undefined for an unknown bucket */
async function take(
  database: Database,
  {
    bucket,
    gapMs,
    patienceMs,
  }: { readonly bucket: string; readonly gapMs: number; readonly patienceMs: number },
): Promise<number | undefined> {
  const turn = sql`GREATEST(${brevoLimits.freeAt}, ${NOW})`;
  const patience = sql`${Math.round(patienceMs * MICROS)}`;
  const gap = sql`${Math.round(gapMs * MICROS)}`;
  // LAST_INSERT_ID(x) is x, and brings it back with the answer; one more than the wait, as 0 stands for no row.
  const [{ insertId }] = await database.orm.execute(sql`
    UPDATE ${brevoLimits}
    SET free_at = IF(LAST_INSERT_ID(${turn} - ${NOW} + 1) <= ${patience} + 1 AND ${gap} > 0, ${turn} + ${gap}, ${brevoLimits.freeAt})
    WHERE bucket = ${bucket}`);
  return insertId === 0 ? undefined : insertId - 1;
}
