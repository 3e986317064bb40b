import { addDays, type DayRange, daysOf } from '../report-days.ts';
import { type ExperimentReview, reviewExperiment } from './experiments.ts';
import { LEAST_OF, whatToLookAt } from './look-at.ts';
import type { MailFigures, ReviewFigures } from './review-figures.ts';

const WEEK_LENGTH = 7;

/** The review of a week: its figures with what they mean. */
export interface CampaignReview extends ReviewFigures {
  readonly reviews: readonly ExperimentReview[];
  /** By click rate, of mails that went out often enough; undefined where fewer than two did. */
  readonly best: MailFigures | undefined;
  readonly worst: MailFigures | undefined;
  readonly lookAt: readonly string[];
  /** Nothing was sent and nobody entered, in both weeks. */
  readonly isEmpty: boolean;
}

/** Nothing but these figures goes in, so that the same figures give the same review at any time. */
export function campaignReview(figures: ReviewFigures): CampaignReview {
  const reviews = figures.experiments.map(reviewExperiment);
  const ranked = figures.mails
    .filter(({ counts }) => counts.sent >= LEAST_OF)
    .toSorted((a, b) => clickRate(b) - clickRate(a) || b.counts.sent - a.counts.sent);
  return {
    ...figures,
    reviews,
    best: ranked.length < 2 ? undefined : ranked[0],
    worst: ranked.length < 2 ? undefined : ranked.at(-1),
    lookAt: whatToLookAt({ flows: figures.flows, experiments: reviews }),
    isEmpty: figures.flows.every(({ week, before }) =>
      [week, before].every(({ entered, goals, mails }) => entered + (goals ?? 0) + (mails?.sent ?? 0) === 0),
    ),
  };
}

function clickRate({ counts }: MailFigures): number {
  return counts.clicked / counts.sent;
}

/** The seven days that end with `last`, and the seven before. */
export function weeksUpTo(last: string): { readonly week: DayRange; readonly before: DayRange } {
  const first = addDays(last, 1 - WEEK_LENGTH);
  return {
    week: { first, last },
    before: { first: addDays(first, -WEEK_LENGTH), last: addDays(first, -1) },
  };
}

/** Both weeks, day by day. */
export function daysOfReview(last: string): readonly string[] {
  return daysOf({ first: weeksUpTo(last).before.first, last });
}
