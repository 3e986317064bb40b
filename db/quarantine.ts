import { createHash } from 'node:crypto';
import { and, asc, count, desc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import { ERASED_FINGERPRINT } from '../domain/erasure.ts';
import type { RejectionReason, Sitting } from '../domain/intake.ts';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { quarantine, RAW_EMAIL_LENGTH } from './schema.ts';

/** The state of a source row, what its test is included: it is looked at again when this changes. */
export function fingerprintOf(sitting: Sitting): string {
  const state = JSON.stringify([sitting.rawEmail, sitting.testId, sitting.testClass, sitting.testedAt]);
  return createHash('sha256').update(state).digest('base64url').slice(0, 32);
}

/** Of these sittings, those in quarantine with the fingerprint they were judged by and whether they are still held. */
export async function quarantined(
  db: Executor,
  sittingIds: readonly number[],
): Promise<ReadonlyMap<number, { readonly fingerprint: string; readonly held: boolean }>> {
  const found = new Map<number, { readonly fingerprint: string; readonly held: boolean }>();
  for (const part of chunks(sittingIds)) {
    const rows = await db
      .select({
        id: quarantine.sittingId,
        fingerprint: quarantine.fingerprint,
        resolvedAt: quarantine.resolvedAt,
      })
      .from(quarantine)
      .where(inArray(quarantine.sittingId, [...part]));
    for (const row of rows)
      found.set(row.id, { fingerprint: row.fingerprint, held: row.resolvedAt === null });
  }
  return found;
}

export interface Rejection {
  readonly sitting: Sitting;
  readonly reason: RejectionReason;
}

/** Puts rejected sittings into quarantine, each once; one that is there takes its new reason. */
export async function putInQuarantine(
  tx: Executor,
  {
    rejections,
    asOf,
    runId,
  }: { readonly rejections: readonly Rejection[]; readonly asOf: Date; readonly runId: string },
): Promise<void> {
  for (const part of chunks(rejections)) {
    await tx
      .insert(quarantine)
      .values(
        part.map(({ sitting, reason }) => ({
          sittingId: sitting.id,
          reason,
          rawEmail:
            sitting.rawEmail === null || reason === 'erased'
              ? null
              : Array.from(sitting.rawEmail).slice(0, RAW_EMAIL_LENGTH).join(''),
          testId: sitting.testId,
          testedAt: new Date(sitting.testedAt),
          fingerprint: reason === 'erased' ? ERASED_FINGERPRINT : fingerprintOf(sitting),
          firstSeenAt: asOf,
          judgedAt: asOf,
          runId,
        })),
      )
      .onDuplicateKeyUpdate({
        set: {
          reason: sql`VALUES(reason)`,
          rawEmail: sql`VALUES(raw_email)`,
          testId: sql`VALUES(test_id)`,
          testedAt: sql`VALUES(tested_at)`,
          fingerprint: sql`VALUES(fingerprint)`,
          judgedAt: sql`VALUES(judged_at)`,
          runId: sql`VALUES(run_id)`,
          resolvedAt: null,
        },
      });
  }
}

/** Sittings that were held and are good now, or whose person is in by another sitting. */
export async function releaseFromQuarantine(
  tx: Executor,
  { sittingIds, at }: { readonly sittingIds: readonly number[]; readonly at: Date },
): Promise<void> {
  for (const part of chunks(sittingIds)) {
    await tx
      .update(quarantine)
      .set({ resolvedAt: at, judgedAt: at })
      .where(and(inArray(quarantine.sittingId, [...part]), isNull(quarantine.resolvedAt)));
  }
}

export interface QuarantineFilter {
  readonly reason?: RejectionReason | undefined;
  readonly sittingIds?: readonly number[] | undefined;
}

function held({ reason, sittingIds }: QuarantineFilter): SQL | undefined {
  return and(
    isNull(quarantine.resolvedAt),
    reason === undefined ? undefined : eq(quarantine.reason, reason),
    sittingIds === undefined ? undefined : inArray(quarantine.sittingId, [...sittingIds]),
  );
}

/** What is held, newest sitting first. */
export async function listQuarantine(
  db: Executor,
  { limit, ...filter }: QuarantineFilter & { readonly limit: number },
) {
  return db
    .select()
    .from(quarantine)
    .where(held(filter))
    .orderBy(desc(quarantine.testedAt), desc(quarantine.sittingId))
    .limit(limit);
}

export async function countQuarantine(db: Executor): Promise<Partial<Record<RejectionReason, number>>> {
  const rows = await db
    .select({ reason: quarantine.reason, held: count() })
    .from(quarantine)
    .where(isNull(quarantine.resolvedAt))
    .groupBy(quarantine.reason)
    .orderBy(asc(quarantine.reason));
  return Object.fromEntries(rows.map((row) => [row.reason, row.held]));
}

/** Sittings that a run put into quarantine, by reason. */
export async function quarantinedByRun(
  db: Executor,
  runId: string,
): Promise<Partial<Record<RejectionReason, number>>> {
  const rows = await db
    .select({ reason: quarantine.reason, sittings: count() })
    .from(quarantine)
    .where(eq(quarantine.runId, runId))
    .groupBy(quarantine.reason);
  return Object.fromEntries(rows.map((row) => [row.reason, row.sittings]));
}

/**
 * Forgets how the held sittings were judged, so that the next run looks at them afresh.
 * @returns when those sittings were (UTC), for forgetting the hours they are in.
 */
export async function forgetVerdicts(tx: Executor, filter: QuarantineFilter): Promise<readonly Date[]> {
  const rows = await tx.select({ testedAt: quarantine.testedAt }).from(quarantine).where(held(filter));
  await tx.update(quarantine).set({ fingerprint: '' }).where(held(filter));
  return rows.map(({ testedAt }) => testedAt);
}
