import { difference, type Share, shareOf } from '../journeys/interval.ts';
import { percentText } from './numbers.ts';
import type { ArmFigures, ExperimentFigures } from './review-figures.ts';

/** With fewer people in an arm nothing is said: whoever looks every week sees chance play tricks. */
const LEAST_PEOPLE = 50;

export interface ArmReview extends ArmFigures {
  readonly conversion: Share | undefined;
}

export interface ExperimentReview {
  readonly journey: string;
  readonly experiment: string;
  /** Best first. */
  readonly arms: readonly ArmReview[];
  readonly verdict: string;
  /** Whether the verdict is more than that it is too early. */
  readonly isDecided: boolean;
}

/**
 * What can be said of an experiment: the best arm is ahead of those whose difference to it has a 95 % interval above 0
 * (domain/journeys/interval.ts).
 */
export function reviewExperiment({ journey, experiment, arms }: ExperimentFigures): ExperimentReview {
  const ranked = arms
    .map((arm): ArmReview => ({ ...arm, conversion: shareOf({ hits: arm.goals, of: arm.people }) }))
    .toSorted((a, b) => shareIn(b) - shareIn(a) || (a.arm < b.arm ? -1 : 1));
  return { journey, experiment, arms: ranked, ...verdictOf(ranked) };
}

type Verdict = Pick<ExperimentReview, 'verdict' | 'isDecided'>;

function shareIn({ conversion }: ArmReview): number {
  return conversion?.share ?? -1;
}

function early(reason: string): Verdict {
  return { verdict: `Too early to say: ${reason}.`, isDecided: false };
}

function verdictOf([best, ...others]: readonly ArmReview[]): Verdict {
  if (best === undefined || others.length === 0) return early('there is only one arm with people');
  const small = [best, ...others].filter(({ people }) => people < LEAST_PEOPLE);
  if (small.length > 0) {
    const names = small.map(({ arm, people }) => `${arm} has ${people}`).toSorted();
    return early(`each arm needs ${LEAST_PEOPLE} people, ${names.join(', ')}`);
  }
  const compared = others.map((other) => ({ other, gap: gapOf(best, other) }));
  const beaten = compared.filter(({ gap }) => gap !== undefined && gap.low > 0);
  const open = compared.filter(({ gap }) => gap === undefined || gap.low <= 0);
  if (beaten.length === 0) return early('the arms differ no more than chance can make them');
  const wins = beaten.map(({ other, gap }) => `${other.arm} by ${gap === undefined ? '' : pointsText(gap)}`);
  const rest =
    open.length === 0
      ? ''
      : ` Between ${[best, ...open.map(({ other }) => other)].map(({ arm }) => arm).join(' and ')} it is too early to say.`;
  return { verdict: `${best.arm} is ahead of ${wins.join(' and of ')}.${rest}`, isDecided: true };
}

function gapOf(best: ArmReview, other: ArmReview): Share | undefined {
  if (best.conversion === undefined || other.conversion === undefined) return undefined;
  return difference(best.conversion, other.conversion);
}

/** `3.2 points (0.5 to 5.9)`. */
function pointsText({ share, low, high }: Share): string {
  const [gap, from, to] = [share, low, high].map((value) => (value * 100).toFixed(1));
  return `${gap} points (${from} to ${to})`;
}

/** `12.0 % (9.1 to 15.6)`, or a dash where there is nobody. */
export function shareText(share: Share | undefined): string {
  if (share === undefined) return '–';
  return `${percentText(share.share)} (${rangeText(share)})`;
}

/** `9.1 to 15.6`. */
export function rangeText({ low, high }: Share): string {
  return `${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)}`;
}
