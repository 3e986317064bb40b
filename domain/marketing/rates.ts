import { difference, type Share, shareOf } from '../journeys/interval.ts';
import type { FlowPeriod, FlowReview } from './review-figures.ts';

/** Shares that the review shows: of the mails that were sent, and of the people who entered. */
const RATES = [
  { key: 'delivered', label: 'Delivered' },
  { key: 'opened', label: 'Opened' },
  { key: 'clicked', label: 'Clicked' },
  { key: 'unsubscribed', label: 'Unsubscribed' },
  { key: 'bounced', label: 'Bounced' },
  { key: 'converted', label: 'Converted' },
] as const;
export type RateKey = (typeof RATES)[number]['key'];

interface Rate {
  readonly hits: number;
  /** Mails sent, or people entered. */
  readonly of: number;
  /** Undefined where there was nothing to hit. */
  readonly share: Share | undefined;
}

/** A rate in both weeks. */
export interface ComparedRate {
  readonly key: RateKey;
  readonly label: string;
  readonly week: Rate;
  readonly before: Rate;
  /** How much it has risen, with its 95 % interval; undefined where one of the weeks has none. */
  readonly change: Share | undefined;
}

/** The rates that a flow has; a funnel has none of mails, a campaign no goal. */
export function ratesOf({ week, before }: Pick<FlowReview, 'week' | 'before'>): readonly ComparedRate[] {
  return RATES.flatMap(({ key, label }) => {
    const now = rateOf(week, key);
    const then = rateOf(before, key);
    if (now === undefined || then === undefined) return [];
    const change =
      now.share === undefined || then.share === undefined ? undefined : difference(now.share, then.share);
    return [{ key, label, week: now, before: then, change }];
  });
}

function rateOf({ entered, converted, mails }: FlowPeriod, key: RateKey): Rate | undefined {
  if (key === 'converted') return converted === null ? undefined : rate(converted, entered);
  return mails === null ? undefined : rate(mails[key], mails.sent);
}

function rate(hits: number, of: number): Rate {
  return { hits, of, share: shareOf({ hits, of }) };
}
