import type { Client } from '@temporalio/client';
import { createReportSyncActivities } from '../activities/report-sync.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { settleLostRuns, startAcceptedRuns } from '../events/report-runs.ts';
import { syncReports } from './report-sync.ts';

/** What keeps reports and their schedules together, and looks after runs that nobody else does. */
export function createReportStoreActivities({
  settings,
  database,
  getClient,
}: {
  readonly settings: Settings;
  readonly database: Database;
  readonly getClient: () => Client;
}) {
  const { taskQueue } = settings.temporal;
  const owner = { profile: settings.schedule.profile, taskQueue };
  return createReportSyncActivities(
    {
      async syncReports(client) {
        const upkeep = { database, client, taskQueue, now: new Date() };
        await startAcceptedRuns(upkeep);
        await settleLostRuns(upkeep);
        return syncReports({ database, client, owner });
      },
    },
    getClient,
  );
}
