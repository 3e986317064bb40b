import type { Client } from '@temporalio/client';

export interface ReportSyncResult {
  /** Reports whose schedule was not as their row says, and what was done about it. */
  readonly mended: readonly { readonly id: string; readonly outcome: string }[];
  readonly unchanged: number;
  readonly failed: readonly { readonly id: string; readonly code: string }[];
}

export interface ReportSyncDeps {
  readonly syncReports: (client: Client) => Promise<ReportSyncResult>;
}

export function createReportSyncActivities(deps: ReportSyncDeps, getClient: () => Client) {
  return {
    /** Brings schedules of reports in line with their rows; one that cannot be stops no other. */
    async syncReports(): Promise<ReportSyncResult> {
      const { mended, unchanged, failed } = await deps.syncReports(getClient());
      return { mended: mended.map(({ id, outcome }) => ({ id, outcome })), unchanged, failed };
    },
  };
}

export type ReportSyncActivities = ReturnType<typeof createReportSyncActivities>;
