import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { MarketingReportActivities, MarketingReportSummary } from '../activities/marketing-report.ts';
import { logicalTime } from './logical-time.ts';
import { mailReport } from './mail-report.ts';
import { describeMails, type MailedReport } from './mail-report-details.ts';
import { DATABASE_WORK } from './retries.ts';

export interface MarketingReportInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** Count only; a worker that runs dry counts whatever is asked. */
  readonly dryRun?: boolean;
}

export type MarketingReportResult = MarketingReportSummary & {
  readonly asOf: string;
  readonly mail: MailedReport;
};

/** The next report is due then. */
const FRESH_HOURS = 24;

const activities = proxyActivities<MarketingReportActivities>(DATABASE_WORK);

/** Keeps what happened on the day before its logical time, and mails it with the week before beside it. */
export async function marketingReport(input: MarketingReportInput = {}): Promise<MarketingReportResult> {
  const asOf = logicalTime(input.asOf);
  const summary = await activities.recordMarketingDays.executeWithOptions(
    { summary: 'Count the day, and those before it that are not recorded' },
    [{ asOf, dryRun: input.dryRun ?? false }],
  );
  const tell = (mail?: MailedReport) => setCurrentDetails(describe({ asOf, summary, mail }));
  tell();
  const mail: MailedReport = summary.dryRun
    ? { state: 'dry_run' }
    : await mailReport(
        await activities.planMarketingReportMails.executeWithOptions(
          { summary: `Write down the mails about ${summary.day}` },
          [{ asOf }],
        ),
        { freshHours: FRESH_HOURS },
      );
  tell(mail);
  return { ...summary, asOf, mail };
}

function describe({
  asOf,
  summary: { day, form, figures, anomalies, newDays, dryRun },
  mail,
}: {
  readonly asOf: string;
  readonly summary: MarketingReportSummary;
  readonly mail: MailedReport | undefined;
}): string {
  return [
    `${day}, ${form} form, as of ${asOf}. ${dryRun ? 'Days to record' : 'Days recorded'}: ${newDays}. Anomalies: ${anomalies}.`,
    '',
    '| | |',
    '|---|---:|',
    ...Object.entries(figures).map(([key, value]) => `| ${key.replaceAll('_', ' ')} | ${value} |`),
    '',
    describeMails(mail),
  ].join('\n');
}
