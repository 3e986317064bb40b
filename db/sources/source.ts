import type { ResolvedParameter } from '../../domain/reports/parameters.ts';
import type { SqlDialect } from '../../domain/reports/sql-lexer.ts';
import type { Column, Row } from '../../domain/reports/table.ts';

/** A query as an analyst wrote it, with `:name` for its values. */
export interface SourceQuery {
  readonly sql: string;
  readonly parameters: readonly ResolvedParameter[];
}

export interface SourceTest {
  /** Like `PostgreSQL 15.18`. */
  readonly server: string;
  /** The role that reads; undefined for a file. */
  readonly user: string | undefined;
  readonly milliseconds: number;
  /** What this role could change, as a warning that says what to do; undefined where it only reads. */
  readonly canWrite: string | undefined;
}

export interface SourceTable {
  /** Schema or database; undefined for a file. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** Types in the database's own words. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface StreamOptions {
  /** From the connect to the last row, the time that the consumer takes included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly batchRows?: number;
  readonly maxRows?: number;
  /** Whether rows beyond `maxRows` are still counted (read and dropped). Default: `stop`. */
  readonly beyond?: 'stop' | 'count';
}

export interface SourceStream {
  readonly columns: readonly Column[];
  /** To be read once, to its end or left early: both end the query in the database. */
  readonly rows: AsyncIterable<readonly Row[]>;
  /** Valid after the last batch. `total` is undefined where reading stopped at `maxRows` and there were more. */
  outcome(): { readonly delivered: number; readonly total: number | undefined };
}

/**
 * Somebody else's database. Everything is guarded and read-only (docs/report-guard.md); each call has a connection
 * of its own, which is gone when the call or the stream ends.
 *
 * All throw SluiceError without URL, password, parameter values or values of rows: `query_not_read_only`,
 * `query_failed`, `placeholders_invalid`, `sql_unreadable`, `source_timeout` (item), `source_unreachable`, `source_lost`,
 * `source_busy` (retry), `source_login`, `source_file_missing` (stop). A cancelled call throws the signal's reason.
 */
export interface Source {
  readonly name: string;
  readonly dialect: SqlDialect;
  test(options?: { readonly signal?: AbortSignal }): Promise<SourceTest>;
  tables(options?: { readonly signal?: AbortSignal }): Promise<readonly SourceTable[]>;
  /** Guards the query and has the database read it without running it. */
  check(
    query: SourceQuery,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly columns: readonly Column[] }>;
  sample(
    query: SourceQuery,
    options?: { readonly rows?: number; readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly columns: readonly Column[]; readonly rows: readonly Row[] }>;
  stream(query: SourceQuery, options: StreamOptions): Promise<SourceStream>;
}
