import type { Row, Table } from './table.ts';

type Batch = IteratorResult<readonly Row[], undefined>;

/** Who waits for the next batch. */
interface Reader {
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: unknown) => void;
}

/** One of several copies of the same rows. */
export interface SharedTable extends Table {
  /**
   * Leaves the rows to the others; to be called when the file is done or has failed, for one that failed before it read
   * anything would else keep them waiting for ever. A second call does nothing.
   */
  release(): Promise<void>;
}

/**
 * The same rows for several files from one run of the query: each batch goes to all, and the next one is read when all
 * have taken it, so that memory holds one batch. The files must be written at the same time (`Promise.all`); one that is
 * not read keeps the others waiting. One that ends early, by its cap or an error, leaves the rows to the others; when all
 * have ended, so does the source.
 */
export function shareRows(table: Table, copies: number): readonly SharedTable[] {
  const source = table.rows[Symbol.asyncIterator]();
  const open = new Set<number>();
  const waiting = new Map<number, Reader>();
  let reading = false;

  function settle(each: (reader: Reader) => void): void {
    const readers = [...waiting.values()];
    waiting.clear();
    reading = false;
    for (const reader of readers) each(reader);
  }

  async function readOn(): Promise<void> {
    if (reading || waiting.size === 0 || waiting.size < open.size) return;
    reading = true;
    try {
      const { done, value } = await source.next();
      const batch: Batch = done === true ? { done: true, value: undefined } : { done: false, value };
      settle(({ resolve }) => resolve(batch));
    } catch (error) {
      settle(({ reject }) => reject(error));
    }
  }

  async function leave(copy: number): Promise<void> {
    if (!open.delete(copy)) return;
    if (open.size === 0) await source.return?.();
    else await readOn();
  }

  return Array.from({ length: copies }, (_, copy) => {
    open.add(copy);
    const rows: AsyncIterableIterator<readonly Row[], undefined> = {
      next: () =>
        new Promise<Batch>((resolve, reject) => {
          waiting.set(copy, { resolve, reject });
          void readOn();
        }),
      async return() {
        await leave(copy);
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => rows,
    };
    return { columns: table.columns, rows, release: () => leave(copy) };
  });
}
