import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import { daysOfReport, type MarketingReport, marketingReport } from '../domain/marketing/report.ts';
import { lastFinishedDay } from '../domain/report-days.ts';
import { marketingReportParams } from '../reports/marketing-report-mail.ts';
import { recordedFigures } from './marketing-days.ts';
import { previewMarketingReport } from './marketing-preview.ts';
import { planReportMails, type ReportMailing, type ReportMails } from './report-mails.ts';

export const MARKETING_REPORT_TEMPLATE = 'marketing-report';

export interface MarketingReportDeps {
  readonly database: Database;
  /** IANA zone of the days. */
  readonly timezone: string;
  readonly mailing: ReportMailing;
  readonly dryRun: boolean;
  readonly now?: () => Date;
}

interface Asked {
  /** Logical time, ISO 8601 in UTC: the report is about the day before its own. */
  readonly asOf: string;
}

/** Counts only; the report itself stays in our database. */
export interface MarketingReportSummary {
  /** YYYY-MM-DD in the zone of the report. */
  readonly day: string;
  readonly form: MarketingReport['form'];
  /** Headline figures by their keys. */
  readonly figures: Readonly<Record<string, number>>;
  readonly anomalies: number;
  /** Days that were not recorded before. */
  readonly newDays: number;
  readonly dryRun: boolean;
}

export function createMarketingReportActivities(deps: MarketingReportDeps) {
  const { database, timezone, mailing, dryRun, now = () => new Date() } = deps;
  const db = database.orm;

  async function kept(asOf: string): Promise<{ readonly report: MarketingReport; readonly newDays: number }> {
    const day = lastFinishedDay({ at: new Date(asOf), timezone });
    const { days, newDays } = await recordedFigures(db, { days: daysOfReport(day), timezone, now: now() });
    return { report: marketingReport({ days, timezone }), newDays };
  }

  return {
    /**
     * Records the day of the report and those that it is compared with; days that are recorded stay as they are. A worker
     * that runs dry, or is asked to, counts and writes nothing.
     * @throws SluiceError `day_not_over`, `kept_figures_changed`
     */
    async recordMarketingDays({
      asOf,
      dryRun: asked = false,
    }: Asked & { readonly dryRun?: boolean }): Promise<MarketingReportSummary> {
      const isDry = dryRun || asked;
      const { report, newDays } = isDry
        ? await previewMarketingReport(db, { asOf, timezone, now: now() })
        : await kept(asOf);
      return { ...summaryOf(report), newDays, dryRun: isDry };
    },

    /**
     * Writes the mails of the report into the ledger, one a recipient and day.
     * @throws SluiceError `dry_worker` on a worker that runs dry, so that another one takes the work.
     */
    async planMarketingReportMails({ asOf }: Asked): Promise<ReportMails> {
      if (dryRun) throw dryWorker();
      const { report } = await kept(asOf);
      return planReportMails(mailing, {
        mail: {
          template: MARKETING_REPORT_TEMPLATE,
          name: `marketing-report/${report.day}`,
          dueAt: new Date(asOf),
          params: marketingReportParams(report, mailing.links?.chartUrl),
        },
        now: now(),
      });
    },
  };
}

export type MarketingReportActivities = ReturnType<typeof createMarketingReportActivities>;

function summaryOf({ day, form, rows, anomalies }: MarketingReport) {
  const headlines = rows.filter(({ rank }) => rank === 'headline');
  return {
    day,
    form,
    figures: Object.fromEntries(headlines.map(({ key, value }) => [key, value])),
    anomalies: anomalies.length,
  };
}

/** What a worker that runs dry says when it gets work of one that does not. */
export function dryWorker(): SluiceError {
  return new SluiceError('this worker runs dry and records nothing', {
    code: 'dry_worker',
    sort: 'retry',
    hint: 'Run all workers of a task queue with the same APP_DRY_RUN.',
  });
}
