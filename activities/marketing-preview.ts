import { keptReview } from '../db/campaign-reviews.ts';
import type { Executor } from '../db/pool.ts';
import { daysOfReport, type MarketingReport, marketingReport } from '../domain/marketing/report.ts';
import { type CampaignReview, campaignReview, daysOfReview } from '../domain/marketing/review.ts';
import { lastFinishedDay } from '../domain/report-days.ts';
import { figuresOfDays } from './marketing-days.ts';
import { countReview, type KnownJourney } from './review-figures.ts';

interface Asked {
  /** Logical time, ISO 8601 in UTC. */
  readonly asOf: string;
  /** IANA zone of the days. */
  readonly timezone: string;
  /** By our clock: what is not over then has no figures yet. */
  readonly now: Date;
}

/** The report as of a time, without writing anything. @throws SluiceError `day_not_over`, `kept_figures_changed` */
export async function previewMarketingReport(
  db: Executor,
  { asOf, timezone, now }: Asked,
): Promise<{ readonly report: MarketingReport; readonly newDays: number }> {
  const day = lastFinishedDay({ at: new Date(asOf), timezone });
  const { days, fresh } = await figuresOfDays(db, { days: daysOfReport(day), timezone, now });
  return { report: marketingReport({ days, timezone }), newDays: fresh.length };
}

/** The review as of a time, without writing anything. @throws SluiceError `day_not_over`, `kept_figures_changed` */
export async function previewCampaignReview(
  db: Executor,
  { asOf, timezone, journeys, now }: Asked & { readonly journeys: readonly KnownJourney[] },
): Promise<{ readonly review: CampaignReview; readonly isNew: boolean }> {
  const lastDay = lastFinishedDay({ at: new Date(asOf), timezone });
  const kept = await keptReview(db, { timezone, lastDay });
  if (kept !== undefined) return { review: campaignReview(kept.figures), isNew: false };
  const { days } = await figuresOfDays(db, { days: daysOfReview(lastDay), timezone, now });
  const figures = await countReview(db, { lastDay, timezone, days, journeys });
  return { review: campaignReview(figures), isNew: true };
}
