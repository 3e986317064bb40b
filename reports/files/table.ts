import type { Column, Row } from '../../domain/reports/table.ts';

export type { Cell, Column, Row } from '../../domain/reports/table.ts';

/**
 * What a query gives, on its way into a file. Batches are read one after the other, once, and never faster than the file
 * is taken; a writer that has enough ends the iteration, which is the sign to cancel the query.
 */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** What a file says besides its rows. */
export interface FileContext {
  readonly title: string;
  /** IANA; instants are shown in it. Dates and times without a zone are shown as they are. */
  readonly timezone: string;
  /** Logical time of the run. */
  readonly asOf: Date;
  /** Also the time of all parts of the file, so that the same rows give the same bytes. */
  readonly generatedAt: Date;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly cap: FileCap;
  /** How many rows there are, also beyond the cap, where it is known. */
  readonly totalRows?: number;
  /**
   * Whether text that a spreadsheet would run as a formula is defused. Matters to CSV alone: cells of an xlsx have types,
   * and its text never is a formula.
   */
  readonly formulaSafe: boolean;
}

interface FileCap {
  readonly rows: number;
  /**
   * No row is taken any more once the file has this many bytes. A compressed file ends up larger by what is still on its
   * way through the compressor, a few hundred kB at most.
   */
  readonly bytes?: number;
}

export interface FileSummary {
  /** Rows in the file. */
  readonly rows: number;
  /** There were more: a cap, or a limit of the format, ended the file. */
  readonly truncated: boolean;
}

/** Hears what the file holds, once, when its last row is written and before its last bytes are given out. */
export type OnEnd = (summary: FileSummary) => void;
