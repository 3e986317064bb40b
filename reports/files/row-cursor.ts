import type { FileSummary, Row, Table } from './table.ts';

/** Takes rows out of batches in the portions that a writer wants, up to a cap. */
export interface RowCursor {
  /** The next rows, at most so many and all of one batch; none at the end. */
  take(most: number): Promise<readonly Row[]>;
  /** The last so many rows of the last `take` count as not taken. */
  putBack(count: number): void;
  /** The next rows, at most so many, without taking them. */
  peek(most: number): Promise<readonly Row[]>;
  /** Whether `take` would give another row. */
  hasMore(): Promise<boolean>;
  /** Ends it here: looks whether a row would have come, and lets go of the source. */
  stop(): Promise<void>;
  /** Of the rows that were taken; final when `take` gives none. */
  summary(): FileSummary;
  /** Lets go of the source, whatever happened. */
  close(): Promise<void>;
}

export function createRowCursor({ rows, cap }: Pick<Table, 'rows'> & { readonly cap: number }): RowCursor {
  const batches = rows[Symbol.asyncIterator]();
  let batch: readonly Row[] = [];
  let position = 0;
  let taken = 0;
  /** The source has no more than what is at hand. */
  let ended = false;
  let stopped = false;
  let truncated = false;
  let closed = false;

  /** Reads on where nothing is at hand. @returns whether something is */
  async function fill(): Promise<boolean> {
    while (position >= batch.length && !ended) await readOn([]);
    return position < batch.length;
  }

  async function readOn(kept: readonly Row[]): Promise<void> {
    const next = await batches.next();
    ended = next.done === true;
    batch = next.done === true ? kept : kept.length === 0 ? next.value : [...kept, ...next.value];
    position = 0;
  }

  async function stop(): Promise<void> {
    if (stopped) return;
    truncated = await fill();
    stopped = true;
    await close();
  }

  async function close(): Promise<void> {
    if (closed || ended) return;
    closed = true;
    await batches.return?.();
  }

  async function hasMore(): Promise<boolean> {
    if (taken >= cap) await stop();
    return !stopped && (await fill());
  }

  async function peek(most: number): Promise<readonly Row[]> {
    while ((await hasMore()) && batch.length - position < most && !ended) {
      await readOn(batch.slice(position));
    }
    return batch.slice(position, position + most);
  }

  return {
    async take(most) {
      if (!(await hasMore())) return [];
      const from = position;
      position = Math.min(batch.length, from + Math.min(most, cap - taken));
      taken += position - from;
      return from === 0 && position === batch.length ? batch : batch.slice(from, position);
    },
    putBack(count) {
      position -= count;
      taken -= count;
    },
    peek,
    hasMore,
    stop,
    summary: () => ({ rows: taken, truncated }),
    close,
  };
}
