import type {
  Cell,
  Column,
  FileContext,
  FileSummary,
  OnEnd,
  Row,
  Table,
} from '../../../reports/files/table.ts';

export function contextOf(more: Partial<FileContext> = {}): FileContext {
  return {
    title: 'Weekly sales',
    timezone: 'Europe/Berlin',
    asOf: new Date('2025-03-01T08:00:00Z'),
    generatedAt: new Date('2025-03-01T08:00:03Z'),
    parameters: [{ name: 'from', value: '2025-02-01' }],
    cap: { rows: 100_000 },
    formulaSafe: true,
    ...more,
  };
}

/** A table whose batches have so many rows. */
export function tableOf(columns: readonly Column[], rows: readonly Row[], { batch = 3 } = {}): Table {
  async function* batches(): AsyncGenerator<readonly Row[]> {
    for (let from = 0; from < rows.length; from += batch) yield rows.slice(from, from + batch);
  }
  return { columns, rows: batches() };
}

/** A table of one column. */
export function columnOf(column: Omit<Column, 'name'>, cells: readonly Cell[]): Table {
  return tableOf(
    [{ name: 'value', ...column }],
    cells.map((cell) => [cell]),
  );
}

export interface Watched {
  readonly table: Table;
  /** Batches that were asked for. */
  readonly batches: () => number;
  readonly ended: () => boolean;
}

/** An endless table of numbers, which knows how far it was read and whether it was let go. */
export function endlessTable(batch = 10): Watched {
  let batches = 0;
  let ended = false;
  async function* rows(): AsyncGenerator<readonly Row[]> {
    try {
      for (;;) {
        const from = batches * batch;
        batches += 1;
        yield Array.from({ length: batch }, (_, index) => [from + index, `text ${from + index}`]);
      }
    } finally {
      ended = true;
    }
  }
  const columns: readonly Column[] = [
    { name: 'number', type: 'integer' },
    { name: 'text', type: 'text' },
  ];
  return { table: { columns, rows: rows() }, batches: () => batches, ended: () => ended };
}

/** A table whose query fails after its first row. */
export function brokenTable(): Table {
  return { columns: [{ name: 'a', type: 'integer' }], rows: brokenRows() };
}

async function* brokenRows(): AsyncGenerator<readonly Row[]> {
  yield [[1]];
  throw new Error('connection lost');
}

export interface Written {
  readonly bytes: Buffer;
  readonly summary: FileSummary | undefined;
}

/** Takes a whole file. @param write gets what hears the summary */
export async function written(write: (end: OnEnd) => AsyncIterable<Buffer>): Promise<Written> {
  let summary: FileSummary | undefined;
  const chunks: Buffer[] = [];
  const file = write((said) => {
    summary = said;
  });
  for await (const chunk of file) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), summary };
}
