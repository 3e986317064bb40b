import { and, between, inArray, sql } from 'drizzle-orm';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { judgedHours } from './schema.ts';

/** Digests of the site hours that were judged whole, by hour. */
export async function judgedDigests(
  db: Executor,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .select({ hour: judgedHours.hour, digest: judgedHours.digest })
    .from(judgedHours)
    .where(and(between(judgedHours.hour, from, to)));
  return new Map(rows.map(({ hour, digest }) => [hour, digest]));
}

export interface JudgedHour {
  readonly hour: string;
  readonly sittings: number;
  readonly digest: string;
}

export async function noteJudgedHours(
  tx: Executor,
  { hours, at }: { readonly hours: readonly JudgedHour[]; readonly at: Date },
): Promise<void> {
  for (const part of chunks(hours)) {
    await tx
      .insert(judgedHours)
      .values(part.map((hour) => ({ ...hour, judgedAt: at })))
      .onDuplicateKeyUpdate({
        set: {
          sittings: sql`VALUES(sittings)`,
          digest: sql`VALUES(digest)`,
          judgedAt: sql`VALUES(judged_at)`,
        },
      });
  }
}

export async function forgetHours(tx: Executor, hours: readonly string[]): Promise<void> {
  for (const part of chunks(hours)) await tx.delete(judgedHours).where(inArray(judgedHours.hour, [...part]));
}
