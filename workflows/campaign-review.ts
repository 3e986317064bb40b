import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { CampaignReviewActivities, CampaignReviewSummary } from '../activities/campaign-review.ts';
import { logicalTime } from './logical-time.ts';
import { mailReport } from './mail-report.ts';
import { describeMails, type MailedReport } from './mail-report-details.ts';
import { DATABASE_WORK } from './retries.ts';

export interface CampaignReviewInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** Count only; a worker that runs dry counts whatever is asked. */
  readonly dryRun?: boolean;
}

export type CampaignReviewResult = CampaignReviewSummary & {
  readonly asOf: string;
  readonly mail: MailedReport;
};

/** On Thursday nobody needs the news of Monday. */
const FRESH_HOURS = 72;

const activities = proxyActivities<CampaignReviewActivities>(DATABASE_WORK);

/** Keeps how funnels, journeys and campaigns did in the seven days before its logical time, and mails it. */
export async function campaignReview(input: CampaignReviewInput = {}): Promise<CampaignReviewResult> {
  const asOf = logicalTime(input.asOf);
  const summary = await activities.recordCampaignReview.executeWithOptions(
    { summary: 'Count the week and the one before' },
    [{ asOf, dryRun: input.dryRun ?? false }],
  );
  const tell = (mail?: MailedReport) => setCurrentDetails(describe({ asOf, summary, mail }));
  tell();
  const mail: MailedReport = summary.dryRun
    ? { state: 'dry_run' }
    : await mailReport(
        await activities.planCampaignReviewMails.executeWithOptions(
          { summary: `Make the page, write down the mails about the week up to ${summary.week.last}` },
          [{ asOf }],
        ),
        { freshHours: FRESH_HOURS },
      );
  tell(mail);
  return { ...summary, asOf, mail };
}

function describe({
  asOf,
  summary: { week, flows, sent, experiments, remarks, isNew, dryRun },
  mail,
}: {
  readonly asOf: string;
  readonly summary: CampaignReviewSummary;
  readonly mail: MailedReport | undefined;
}): string {
  const kept = isNew ? (dryRun ? 'Not recorded yet.' : 'Recorded.') : 'Recorded before.';
  return [
    `${week.first} to ${week.last}, as of ${asOf}. ${kept}`,
    '',
    `${flows} flows, ${sent} mails sent, ${experiments} experiments, ${remarks} things to look at.`,
    '',
    describeMails(mail),
  ].join('\n');
}
