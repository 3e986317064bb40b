/** Pseudo-random numbers in [0, 1). The same seed gives the same numbers on every machine. */
export type Random = () => number;

/** Mulberry32: small, fast and even enough for invented people; not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `least` to `most`, both included. */
export function wholeNumber(random: Random, { least, most }: { least: number; most: number }): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** @throws RangeError if there is nothing to pick from. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return pickWeighted(
    random,
    items.map((item) => [item, 1] as const),
  );
}

/** Picks by weight; weights need not add up to anything. @throws RangeError if there is nothing to pick from. */
export function pickWeighted<T>(random: Random, items: readonly (readonly [item: T, weight: number])[]): T {
  const total = items.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = random() * total;
  for (const [item, weight] of items) {
    rest -= weight;
    if (rest < 0) return item;
  }
  // Rounding can leave a crumb after the last item.
  const last = items.at(-1);
  if (last === undefined) throw new RangeError('nothing to pick from');
  return last[0];
}
