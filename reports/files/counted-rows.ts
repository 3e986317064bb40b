import type { Row } from './table.ts';

export interface CountedRows {
  /** Up to the cap, and one row beyond it by which a writer sees that there are more. */
  readonly rows: AsyncIterable<readonly Row[]>;
  /** How many there are; undefined where they were not read to their end. */
  total(): number | undefined;
  /** Milliseconds spent waiting for the source. */
  waitedMs(): number;
  /** Ends the source, also one of which nothing was read. */
  close(): Promise<void>;
}

/**
 * Counts rows as they pass. Before the one beyond the cap is given out, all others are read and counted, so that a file
 * can say how many there are.
 * @param see is shown every row, also those beyond the cap
 */
export function countRows(
  source: AsyncIterable<readonly Row[]>,
  { cap, see }: { readonly cap: number; readonly see: (rows: readonly Row[]) => void },
): CountedRows {
  const batches = source[Symbol.asyncIterator]();
  let count = 0;
  let isWhole = false;
  let waited = 0;

  async function next(): Promise<readonly Row[] | undefined> {
    const from = performance.now();
    const batch = await batches.next();
    waited += performance.now() - from;
    if (batch.done === true) {
      isWhole = true;
      return undefined;
    }
    see(batch.value);
    count += batch.value.length;
    return batch.value;
  }

  async function* rows(): AsyncGenerator<readonly Row[]> {
    try {
      for (let batch = await next(); batch !== undefined; batch = await next()) {
        if (count <= cap) {
          yield batch;
          continue;
        }
        const kept = batch.slice(0, batch.length - (count - cap) + 1);
        while ((await next()) !== undefined);
        yield kept;
        return;
      }
    } finally {
      await batches.return?.();
    }
  }

  return {
    rows: rows(),
    total: () => (isWhole ? count : undefined),
    waitedMs: () => waited,
    async close() {
      if (isWhole) return;
      // A generator that has not begun ends without ending what it stands for.
      await batches.next().catch(() => undefined);
      await batches.return?.();
    },
  };
}
