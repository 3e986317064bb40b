import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, notInArray } from 'drizzle-orm';
import type { ReportDefinition } from '../domain/reports/definition.ts';
import { reportBatch } from '../domain/reports/run.ts';
import type { Executor } from './pool.ts';
import { messages } from './schema-messages.ts';
import { reportDefinitions, reportRuns, reportVersions } from './schema-reports.ts';

/** A run by the name of its workflow. */
export interface RunUnderWay {
  readonly id: number;
  readonly reportId: string;
  readonly workflowId: string;
}

const UNDER_WAY = { id: reportRuns.id, reportId: reportRuns.reportId, workflowId: reportRuns.workflowId };

interface Bounds {
  /** Those that were written down earlier than this. */
  readonly before: Date;
  readonly limit: number;
}

/** Runs that no workflow has taken in hand, in order. */
export async function unstartedRuns(
  db: Executor,
  { before, limit }: Bounds,
): Promise<readonly RunUnderWay[]> {
  return db
    .select(UNDER_WAY)
    .from(reportRuns)
    .where(
      and(isNull(reportRuns.settledAt), eq(reportRuns.state, 'accepted'), lt(reportRuns.createdAt, before)),
    )
    .orderBy(asc(reportRuns.id))
    .limit(limit);
}

/** Runs that a workflow has, or had, in hand, in order. */
export async function runsUnderWay(
  db: Executor,
  { before, limit }: Bounds,
): Promise<readonly (RunUnderWay & { readonly state: 'querying' | 'delivering' })[]> {
  const rows = await db
    .select({ ...UNDER_WAY, state: reportRuns.state })
    .from(reportRuns)
    .where(
      and(
        isNull(reportRuns.settledAt),
        inArray(reportRuns.state, ['querying', 'delivering']),
        lt(reportRuns.createdAt, before),
      ),
    )
    .orderBy(asc(reportRuns.id))
    .limit(limit);
  return rows.map(({ state, ...run }) => ({ ...run, state: state === 'querying' ? state : 'delivering' }));
}

const RUNS_AT_ONCE = 200;
const DAY_MS = 86_400_000;
/** The form of `messages.params`, with nothing in it. */
const NO_PARAMS = JSON.stringify({ given: {}, contact: {} });

/**
 * Deletes runs whose time is over by what their reports say now, and takes the rows that stood in their mails out of the
 * ledger. What conditions compare with stays, however old: the last run that was judged, and the last that alerted.
 * @param onPruned after each piece of the work, with how many runs are deleted so far.
 * @returns how many runs were deleted.
 */
export async function pruneReportRuns(
  db: Executor,
  { now, onPruned = () => undefined }: { readonly now: Date; readonly onPruned?: (runs: number) => void },
): Promise<number> {
  const reports = await db
    .select({ id: reportDefinitions.id, definition: reportVersions.definition })
    .from(reportDefinitions)
    .innerJoin(
      reportVersions,
      and(
        eq(reportVersions.reportId, reportDefinitions.id),
        eq(reportVersions.version, reportDefinitions.version),
      ),
    );
  let pruned = 0;
  for (const { id: reportId, definition } of reports) {
    const { keepDays } = JSON.parse(definition) as Pick<ReportDefinition, 'keepDays'>;
    const before = new Date(now.getTime() - keepDays * DAY_MS);
    const kept = await comparedWith(db, reportId);
    for (let found = RUNS_AT_ONCE; found === RUNS_AT_ONCE; ) {
      const rows = await db
        .select({ id: reportRuns.id })
        .from(reportRuns)
        .where(
          and(
            eq(reportRuns.reportId, reportId),
            isNotNull(reportRuns.settledAt),
            lt(reportRuns.createdAt, before),
            kept.length === 0 ? undefined : notInArray(reportRuns.id, [...kept]),
          ),
        )
        .limit(RUNS_AT_ONCE);
      found = rows.length;
      if (found === 0) break;
      const ids = rows.map(({ id }) => id);
      await db
        .update(messages)
        .set({ params: NO_PARAMS })
        .where(inArray(messages.batch, ids.map(reportBatch)));
      await db.delete(reportRuns).where(inArray(reportRuns.id, ids));
      pruned += found;
      onPruned(pruned);
    }
  }
  return pruned;
}

async function comparedWith(db: Executor, reportId: string): Promise<readonly number[]> {
  const judged = [eq(reportRuns.reportId, reportId), isNotNull(reportRuns.alertState)];
  const last = (...more: Parameters<typeof and>) =>
    db
      .select({ id: reportRuns.id })
      .from(reportRuns)
      .where(and(...judged, ...more))
      .orderBy(desc(reportRuns.asOf), desc(reportRuns.id))
      .limit(1);
  const found = [...(await last()), ...(await last(eq(reportRuns.alertState, 'alerted')))];
  return found.map(({ id }) => id);
}
