/** Gathers what comes one by one into batches. */
export interface Gathering<Item, Result> {
  /** Settles with the item's own result once its batch is done, or fails as the batch does. */
  add(item: Item): Promise<Result>;
  /** Weight of all that has been added and is not done. */
  depth(): number;
  /** Since when the batch under way has been so, ms of `performance.now()`. */
  busySince(): number | undefined;
  /** Settles when nothing is left. */
  idle(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: PromiseWithResolvers<Result>;
}

/**
 * A group commit: an item that comes while nothing is under way is a batch at once; what comes meanwhile becomes the next
 * batch when the running one ends. So a quiet time waits for nobody and a rush shares its transactions.
 * @param most weight of a batch; a single heavier item is a batch of its own
 */
export function gather<Item, Result>({
  work,
  most,
  weightOf,
}: {
  readonly work: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly most: number;
  readonly weightOf: (item: Item) => number;
}): Gathering<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let depth = 0;
  let busySince: number | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // What is added in the same turn of the event loop comes along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(
        0,
        batchSize(
          waiting.map(({ item }) => weightOf(item)),
          most,
        ),
      );
      busySince = performance.now();
      try {
        const results = await work(batch.map(({ item }) => item));
        for (const [index, { settle }] of batch.entries()) settle.resolve(results[index] as Result);
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
      for (const { item } of batch) depth -= weightOf(item);
    }
    busySince = undefined;
    running = undefined;
  }

  return {
    add(item) {
      const settle = Promise.withResolvers<Result>();
      waiting.push({ item, settle });
      depth += weightOf(item);
      running ??= run();
      return settle.promise;
    },
    depth: () => depth,
    busySince: () => busySince,
    async idle() {
      await running;
    },
  };
}

function batchSize(weights: readonly number[], most: number): number {
  let sum = 0;
  const end = weights.findIndex((weight) => {
    sum += weight;
    return sum > most;
  });
  return end === -1 ? weights.length : Math.max(1, end);
}
