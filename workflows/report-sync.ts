import { ApplicationFailure, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ReportSyncActivities, ReportSyncResult } from '../activities/report-sync.ts';
import { DATABASE_WORK } from './retries.ts';

const { syncReports } = proxyActivities<ReportSyncActivities>({
  ...DATABASE_WORK,
  // The next minute is another try.
  scheduleToCloseTimeout: '10 minutes',
});

/** Brings schedules of reports in line with their rows, where a crash or somebody's hand has come between the two. */
export async function reportSync(): Promise<ReportSyncResult> {
  const result = await syncReports.executeWithOptions(
    { summary: 'Compare reports with their schedules' },
    [],
  );
  const { mended, unchanged, failed } = result;
  setCurrentDetails(
    [
      `${unchanged} as they should be.`,
      ...mended.map(({ id, outcome }) => `- ${id}: ${outcome}`),
      ...failed.map(({ id, code }) => `- ${id}: failed, ${code}`),
    ].join('\n'),
  );
  if (failed.length === 0) return result;
  throw ApplicationFailure.nonRetryable(
    `not brought in line: ${failed.map(({ id }) => id).join(', ')}. sluice report list says why`,
    'report_sync_incomplete',
    result,
  );
}
