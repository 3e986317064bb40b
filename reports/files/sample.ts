import type { Column, FileSummary, Row, Table } from './table.ts';

/** The beginning of a table, for the body of a mail. */
export interface Sample {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Rows in the file. */
  readonly total: number;
  /** There were more than the file holds. */
  readonly truncated: boolean;
}

/** As many as a chart in a mail can show; a mail's table shows fewer. */
const ROWS_KEPT = 31;

/**
 * Keeps the first rows of a table while a file is made of it, so that the query runs once for both.
 * @returns the table to be written, and its beginning when that is done
 */
export function withSample(table: Table): {
  readonly table: Table;
  readonly sample: (summary: FileSummary) => Sample;
} {
  const kept: Row[] = [];
  async function* rows(): AsyncGenerator<readonly Row[]> {
    for await (const batch of table.rows) {
      if (kept.length < ROWS_KEPT) kept.push(...batch.slice(0, ROWS_KEPT - kept.length));
      yield batch;
    }
  }
  return {
    table: { columns: table.columns, rows: rows() },
    sample: (summary) => ({
      columns: table.columns,
      rows: kept.slice(0, summary.rows),
      total: summary.rows,
      truncated: summary.truncated,
    }),
  };
}
