import { findArtefact, writeArtefact } from '../db/artefacts.ts';
import { type KeptReview, keepReview, keptReview, noteReviewPage } from '../db/campaign-reviews.ts';
import type { Database } from '../db/pool.ts';
import { type CampaignReview, campaignReview, daysOfReview } from '../domain/marketing/review.ts';
import { addDays, boundsOf, lastFinishedDay } from '../domain/report-days.ts';
import { campaignReviewHtml } from '../reports/campaign-review-html.ts';
import { campaignReviewParams } from '../reports/campaign-review-mail.ts';
import { recordedFigures } from './marketing-days.ts';
import { previewCampaignReview } from './marketing-preview.ts';
import { dryWorker } from './marketing-report.ts';
import { planReportMails, type ReportMailing, type ReportMails } from './report-mails.ts';
import { countReview, type KnownJourney } from './review-figures.ts';

const CAMPAIGN_REVIEW_TEMPLATE = 'campaign-review';

/** From the end of the week on; later the page can be made again from the kept figures. */
const PAGE_KEPT_DAYS = 180;

export interface CampaignReviewDeps {
  readonly database: Database;
  /** IANA zone of the days. */
  readonly timezone: string;
  /** Of the catalogue. */
  readonly journeys: readonly KnownJourney[];
  readonly mailing: ReportMailing;
  readonly dryRun: boolean;
  readonly now?: () => Date;
}

interface Asked {
  /** Logical time, ISO 8601 in UTC: the review is about the seven days before its own. */
  readonly asOf: string;
}

/** Counts only; the review itself stays in our database. */
export interface CampaignReviewSummary {
  /** YYYY-MM-DD in the zone of the report, both included. */
  readonly week: { readonly first: string; readonly last: string };
  readonly flows: number;
  readonly sent: number;
  readonly experiments: number;
  /** Sentences about what to look at. */
  readonly remarks: number;
  readonly isNew: boolean;
  readonly dryRun: boolean;
}

export function createCampaignReviewActivities(deps: CampaignReviewDeps) {
  const { database, timezone, journeys, mailing, dryRun, now = () => new Date() } = deps;
  const db = database.orm;

  async function kept(asOf: string): Promise<{ readonly kept: KeptReview; readonly isNew: boolean }> {
    const lastDay = lastFinishedDay({ at: new Date(asOf), timezone });
    const known = await keptReview(db, { timezone, lastDay });
    if (known !== undefined) return { kept: known, isNew: false };
    const { days } = await recordedFigures(db, { days: daysOfReview(lastDay), timezone, now: now() });
    const figures = await countReview(db, { lastDay, timezone, days, journeys });
    const isNew = await keepReview(db, { figures, now: now() });
    // Of two runs at once the first has recorded its own.
    const recorded = await keptReview(db, { timezone, lastDay });
    if (recorded === undefined) throw new Error('the review that was recorded is gone');
    return { kept: recorded, isNew };
  }

  /** The page of a review as a file; the one that is there while it lives. */
  async function pageOf(review: KeptReview, expiresAt: Date): Promise<number> {
    const { id, artefactId: former, figures } = review;
    if (former !== null && (await findArtefact(db, former)) !== undefined) return former;
    const page = await writeArtefact(database, {
      name: pageName(figures.week.last),
      mediaType: 'text/html; charset=utf-8',
      expiresAt,
      content: [Buffer.from(campaignReviewHtml(campaignReview(figures)))],
    });
    await noteReviewPage(db, { id, former, artefactId: page.id });
    // Of two runs at once both mails point to the same page.
    const noted = await keptReview(db, { timezone, lastDay: figures.week.last });
    return noted?.artefactId ?? page.id;
  }

  return {
    /**
     * Records the review of the week; one that is recorded stays as it is. A worker that runs dry, or is asked to, counts
     * and writes nothing.
     * @throws SluiceError `day_not_over`, `kept_figures_changed`
     */
    async recordCampaignReview({
      asOf,
      dryRun: asked = false,
    }: Asked & { readonly dryRun?: boolean }): Promise<CampaignReviewSummary> {
      if (dryRun || asked) {
        const { review, isNew } = await previewCampaignReview(db, { asOf, timezone, journeys, now: now() });
        return { ...summaryOf(review), isNew, dryRun: true };
      }
      const { kept: recorded, isNew } = await kept(asOf);
      return { ...summaryOf(campaignReview(recorded.figures)), isNew, dryRun: false };
    },

    /**
     * Makes the page and writes the mails of the review into the ledger, one a recipient and week.
     * @throws SluiceError `dry_worker` on a worker that runs dry, so that another one takes the work.
     */
    async planCampaignReviewMails({ asOf }: Asked): Promise<ReportMails> {
      if (dryRun) throw dryWorker();
      const { kept: recorded } = await kept(asOf);
      const { last } = recorded.figures.week;
      const expiresAt = expiryOf(last, timezone);
      const artefactId = expiresAt > now() ? await pageOf(recorded, expiresAt) : undefined;
      return planReportMails(mailing, {
        mail: {
          template: CAMPAIGN_REVIEW_TEMPLATE,
          name: `campaign-review/${last}`,
          dueAt: new Date(asOf),
          params: campaignReviewParams(
            campaignReview(recorded.figures),
            artefactId === undefined ? undefined : mailing.links?.fileUrl({ artefactId, expiresAt }),
          ),
        },
        now: now(),
      });
    },
  };
}

export type CampaignReviewActivities = ReturnType<typeof createCampaignReviewActivities>;

/** Under which a browser saves the page. */
function pageName(lastDay: string): string {
  return `campaign-review-${lastDay}.html`;
}

/** The same for every run, so that a page has one address. */
function expiryOf(lastDay: string, timezone: string): Date {
  const day = addDays(lastDay, PAGE_KEPT_DAYS);
  const [start] = boundsOf({ first: day, last: day }, timezone);
  if (start === undefined) throw new RangeError('a day has a beginning');
  return start;
}

function summaryOf({ week, flows, reviews, lookAt }: CampaignReview) {
  return {
    week,
    flows: flows.length,
    sent: flows.reduce((sum, flow) => sum + (flow.week.mails?.sent ?? 0), 0),
    experiments: reviews.length,
    remarks: lookAt.length,
  };
}
