import type { BoundSql } from '../../domain/reports/placeholders.ts';
import type { Column, Row } from '../../domain/reports/table.ts';
import type { SourceTable, SourceTest } from './source.ts';

/** Limits of one piece of work. When the signal aborts, the driver ends the work in the database as well. */
export interface Work {
  /** For the database's own timeout, which holds even when this process is gone. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A query that runs. */
export interface Reading {
  readonly columns: readonly Column[];
  /** The next rows, `batchRows` at most; undefined at the end. */
  readonly next: () => Promise<readonly Row[] | undefined>;
  /** Rolls back and ends the connection; after an abort, waits until the database was told. */
  readonly close: () => Promise<void>;
}

/** What each kind of database does in its own way. Guards the query itself before it sends it. */
export interface Driver {
  readonly test: (work: Work) => Promise<Omit<SourceTest, 'milliseconds'>>;
  readonly tables: (work: Work) => Promise<readonly SourceTable[]>;
  readonly describe: (work: Work & { readonly query: BoundSql }) => Promise<readonly Column[]>;
  readonly open: (work: Work & { readonly query: BoundSql; readonly batchRows: number }) => Promise<Reading>;
}
