import { and, desc, eq, isNotNull, lt, ne } from 'drizzle-orm';
import type { JudgedBefore } from '../domain/reports/alert.ts';
import type { Executor } from './pool.ts';
import type { ReportRun } from './report-runs.ts';
import { reportRuns } from './schema-reports.ts';

/** The last run before this one, by logical time, whose condition was judged. */
export async function judgedBefore(
  db: Executor,
  { reportId, asOf, id }: Pick<ReportRun, 'reportId' | 'asOf' | 'id'>,
): Promise<JudgedBefore | undefined> {
  const isEarlier = and(
    eq(reportRuns.reportId, reportId),
    ne(reportRuns.id, id),
    lt(reportRuns.asOf, asOf),
    isNotNull(reportRuns.alertState),
  );
  const newestFirst = [desc(reportRuns.asOf), desc(reportRuns.id)];
  const [last] = await db
    .select({ alertState: reportRuns.alertState, digest: reportRuns.resultDigest })
    .from(reportRuns)
    .where(isEarlier)
    .orderBy(...newestFirst)
    .limit(1);
  if (last === undefined || last.alertState === null) return undefined;
  const [alert] = await db
    .select({ asOf: reportRuns.asOf })
    .from(reportRuns)
    .where(and(isEarlier, eq(reportRuns.alertState, 'alerted')))
    .orderBy(...newestFirst)
    .limit(1);
  return { alertState: last.alertState, digest: last.digest ?? '', alertedAt: alert?.asOf };
}
