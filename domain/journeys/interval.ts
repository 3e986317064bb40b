/** Two-sided 95 % of the normal distribution. */
const Z = 1.959963984540054;

export interface Share {
  /** 0 to 1. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A share with its 95 % interval by Wilson's score, which also holds for few people and for none or all of them.
 * E. B. Wilson, JASA 22 (1927) 209–212.
 * @returns `undefined` for nobody
 */
export function shareOf({ hits, of }: { readonly hits: number; readonly of: number }): Share | undefined {
  if (of === 0) return undefined;
  const share = hits / of;
  const middle = share + (Z * Z) / (2 * of);
  const reach = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const whole = 1 + (Z * Z) / of;
  return {
    share,
    low: hits === 0 ? 0 : (middle - reach) / whole,
    high: hits === of ? 1 : (middle + reach) / whole,
  };
}

/**
 * How much one share is above another, with the 95 % interval that Newcombe makes of the two Wilson intervals (his
 * method 10). Above 0 at both ends: more than chance. R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890.
 */
export function difference(one: Share, other: Share): Share {
  const share = one.share - other.share;
  const down = Math.hypot(one.share - one.low, other.high - other.share);
  const up = Math.hypot(one.high - one.share, other.share - other.low);
  return { share, low: share - down, high: share + up };
}
