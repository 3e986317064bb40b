import { and, eq, isNull, sql } from 'drizzle-orm';
import type { ReviewFigures } from '../domain/marketing/review-figures.ts';
import { checkHash, figuresHash } from './marketing-days.ts';
import type { Executor } from './pool.ts';
import { campaignReviews } from './schema-marketing.ts';

export interface KeptReview {
  readonly id: number;
  readonly figures: ReviewFigures;
  /** Its page in db/artefacts.ts, which expires. */
  readonly artefactId: number | null;
}

/**
 * The kept review of the seven days up to `lastDay`; undefined while there is none.
 * @throws SluiceError `kept_figures_changed` where somebody has edited it.
 */
export async function keptReview(
  db: Executor,
  { timezone, lastDay }: { readonly timezone: string; readonly lastDay: string },
): Promise<KeptReview | undefined> {
  const [row] = await db
    .select()
    .from(campaignReviews)
    .where(and(eq(campaignReviews.timezone, timezone), eq(campaignReviews.lastDay, lastDay)));
  if (row === undefined) return undefined;
  checkHash({ timezone, day: lastDay, figures: row.figures, hash: row.hash });
  return { id: row.id, figures: JSON.parse(row.figures) as ReviewFigures, artefactId: row.artefactId };
}

/** Records a review; one that is there stays as it is. @returns whether it is new. */
export async function keepReview(
  db: Executor,
  { figures, now }: { readonly figures: ReviewFigures; readonly now: Date },
): Promise<boolean> {
  const { timezone } = figures;
  const lastDay = figures.week.last;
  const text = JSON.stringify(figures);
  const [{ affectedRows }] = await db
    .insert(campaignReviews)
    .values({
      timezone,
      lastDay,
      figures: text,
      hash: figuresHash({ timezone, day: lastDay, figures: text }),
      recordedAt: now,
    })
    .onDuplicateKeyUpdate({ set: { lastDay: sql`${campaignReviews.lastDay}` } });
  return affectedRows > 0;
}

/** Notes the page of a review in place of `former`, unless another run has noted one meanwhile. */
export async function noteReviewPage(
  db: Executor,
  {
    id,
    former,
    artefactId,
  }: { readonly id: number; readonly former: number | null; readonly artefactId: number },
): Promise<void> {
  const { artefactId: noted } = campaignReviews;
  await db
    .update(campaignReviews)
    .set({ artefactId })
    .where(and(eq(campaignReviews.id, id), former === null ? isNull(noted) : eq(noted, former)));
}
