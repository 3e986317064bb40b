/**
 * Where periods that follow each other begin, for MySQL's `INTERVAL(n, 0, …)`, which finds the period of a number by
 * binary search: one pass over the rows then counts them by period, whatever the length of each. In microseconds, since
 * a coarser difference would be cut towards zero and move the last second before the first period into it.
 *
 * @param bounds start of each period and, last, the end of the last one, ascending; milliseconds.
 * @returns whole numbers with commas between, the first of them 0.
 */
export function periodOffsets(bounds: readonly number[]): string {
  const [start = 0] = bounds;
  return bounds
    .slice(0, -1)
    .map((bound) => (bound - start) * 1000)
    .join(', ');
}
