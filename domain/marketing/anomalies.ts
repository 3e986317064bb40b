import { grouped, meanText } from './numbers.ts';

/** A figure beside the seven days before it. */
export interface Compared {
  readonly value: number;
  /** Of the seven days. */
  readonly weekSum: number;
}

export const WEEK_DAYS = 7;
/** Per cent of the mean; more than this away is an anomaly. */
const MOST_PERCENT = 30;
/** And at least so many away: from 1 to 2 is +100 % and means nothing. */
const LEAST_COUNT = 5;
/** From here on "times the mean" reads better than per cent. */
const TIMES_FROM = 3;

/**
 * Whether a figure is more than 30 % and at least 5 away from the mean of the seven days before. Judged in whole numbers,
 * so that exactly 30 % is not.
 */
export function isAnomaly({ value, weekSum }: Compared): boolean {
  const away = Math.abs(WEEK_DAYS * value - weekSum);
  return away * 100 > MOST_PERCENT * weekSum && away >= LEAST_COUNT * WEEK_DAYS;
}

/** An anomaly as a sentence: `Opt-ins: 12, 58 % below the 7-day mean of 28.6.` */
export function anomalyInWords({ name, value, weekSum }: Compared & { readonly name: string }): string {
  const mean = meanText({ sum: weekSum, days: WEEK_DAYS });
  if (weekSum === 0) return `${name}: ${grouped(value)}, and none in the 7 days before.`;
  if (value === 0) return `${name}: none, where the 7\u2011day mean is ${mean}.`;
  const times = (WEEK_DAYS * value) / weekSum;
  if (times >= TIMES_FROM)
    return `${name}: ${grouped(value)}, ${timesText(times)} times the 7\u2011day mean of ${mean}.`;
  const { percent, side } = changeOf({ value, weekSum });
  return `${name}: ${grouped(value)}, ${percent}\u00a0% ${side} the 7\u2011day mean of ${mean}.`;
}

/** The change against the mean as it stands in a table: `+12 %`, `×3.4`, `new`; an empty text where both are nothing. */
export function changeText({ value, weekSum }: Compared): string {
  if (weekSum === 0) return value === 0 ? '' : 'new';
  const times = (WEEK_DAYS * value) / weekSum;
  if (times >= TIMES_FROM) return `×${timesText(times)}`;
  const { percent, side } = changeOf({ value, weekSum });
  if (percent === 0) return '±0\u00a0%';
  return `${side === 'above' ? '+' : '−'}${percent}\u00a0%`;
}

function changeOf({ value, weekSum }: Compared): {
  readonly percent: number;
  readonly side: 'above' | 'below';
} {
  const away = WEEK_DAYS * value - weekSum;
  return { percent: Math.round((Math.abs(away) * 100) / weekSum), side: away < 0 ? 'below' : 'above' };
}

function timesText(times: number): string {
  return times >= 100 ? grouped(Math.round(times)) : times.toFixed(1);
}
