import { createCampaignReviewActivities } from '../activities/campaign-review.ts';
import { createMarketingReportActivities } from '../activities/marketing-report.ts';
import type { ReportMailing } from '../activities/report-mails.ts';
import type { Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { journeys } from '../domain/journeys/catalogue.ts';
import type { Templates } from '../mail/templates.ts';
import { createPlanDeps, mailLinks, missingForMail } from './mail-deps.ts';
import { mailTaskQueue } from './task-queues.ts';

interface MarketingInput {
  readonly settings: Settings;
  readonly database: Database;
  readonly templates: Templates;
}

/** What keeps and mails the daily report and the weekly review. */
export function createMarketingActivities(input: MarketingInput) {
  const { settings, database } = input;
  const common = {
    database,
    timezone: settings.reportTimezone,
    mailing: reportMailing(input),
    dryRun: settings.dryRun,
  };
  return {
    ...createMarketingReportActivities(common),
    ...createCampaignReviewActivities({ ...common, journeys }),
  };
}

function reportMailing(input: MarketingInput): ReportMailing {
  const { marketingReportEmails, temporal } = input.settings;
  return {
    recipients: marketingReportEmails,
    mailTaskQueue: mailTaskQueue(temporal.taskQueue),
    plan: missingForMail(input.settings).length > 0 ? undefined : createPlanDeps(input),
    links: mailLinks(input.settings),
  };
}
