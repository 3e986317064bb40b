import { createHotLeadActivities } from '../activities/hot-leads.ts';
import { createLeadScoringActivities } from '../activities/lead-scoring.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { addressHash } from '../mail/keys.ts';
import type { Templates } from '../mail/templates.ts';
import { missingForMail } from './mail-deps.ts';
import { mailTaskQueue } from './task-queues.ts';

/** What scores leads and tells sales of hot ones. */
export function createLeadActivities({
  settings,
  database,
  templates,
}: {
  readonly settings: Settings;
  readonly database: Database;
  readonly templates: Templates;
}) {
  const { secret, sales, channels, mail, dryRun, temporal, leadHistoryDays } = settings;
  return {
    ...createLeadScoringActivities({ database, historyDays: leadHistoryDays, dryRun }),
    ...createHotLeadActivities({
      database,
      channelUrl: channels.sales,
      recipients: sales.emails,
      timezone: sales.timezone,
      mail:
        secret === undefined || missingForMail(settings).length > 0
          ? undefined
          : {
              database,
              templates,
              variables: mail.variables,
              hashAddress: (email) => addressHash(secret, email),
            },
      mailTaskQueue: mailTaskQueue(temporal.taskQueue),
      dryRun,
    }),
  };
}
