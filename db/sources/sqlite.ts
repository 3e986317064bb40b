import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { SluiceError } from '../../domain/errors.ts';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import type { BoundSql } from '../../domain/reports/placeholders.ts';
import { refuseIfAny } from '../../domain/reports/refusal.ts';
import { guardSqlite } from '../../domain/reports/sqlite-guard.ts';
import type { Driver, Reading, Work } from './driver.ts';
import { busy, lost, queryFailed, withoutQuotes, writeStopped } from './errors.ts';
import type { SourceTable } from './source.ts';
import { sqliteColumns, sqliteRow, sqliteValues } from './sqlite-columns.ts';
import type { SqliteBatch, SqliteColumnInfo } from './sqlite-messages.ts';
import { SqliteFailure, type SqliteProcess, startSqliteProcess } from './sqlite-process.ts';

/** Above it SQLite ends the query: a text of a gigabyte is a mistake or an attack. */
const HEAP_BYTES = 512 * 1024 * 1024;
const SLACK_MS = 5000;

export function createSqliteDriver(connection: ReportConnection): Driver {
  const { name } = connection;
  const file = decodeURIComponent(new URL(connection.url).pathname);
  const explain = (error: unknown) => explainSqlite({ error, name });

  async function opened({ timeoutMs, signal }: Work): Promise<SqliteProcess> {
    await checkFile({ file, name });
    const process = startSqliteProcess(signal);
    try {
      await process.ask({ ask: 'open', file, timeoutMs: timeoutMs + SLACK_MS, heapBytes: HEAP_BYTES });
      return process;
    } catch (error) {
      await process.end();
      throw explain(error);
    }
  }

  async function withFile<T>(work: Work, task: (process: SqliteProcess) => Promise<T>): Promise<T> {
    const process = await opened(work);
    try {
      return await task(process);
    } catch (error) {
      throw explain(error);
    } finally {
      await process.end();
    }
  }

  const question = ({ sql, values }: BoundSql) => ({
    sql,
    values: sqliteValues({ values, timezone: connection.timezone }),
  });

  return {
    test: (work) =>
      withFile(work, async (process) => ({
        server: `SQLite ${String(await process.ask({ ask: 'version' }))}`,
        user: undefined,
        canWrite: (await mayWrite(file))
          ? 'the user of this process may write to the file. Reports open it read-only all the same; take the right away (chmod, or a read-only mount)'
          : undefined,
      })),

    tables: (work) =>
      withFile(work, async (process) =>
        toTables((await process.ask({ ask: 'tables' })) as readonly TableColumn[]),
      ),

    async describe({ query, ...work }) {
      guard(query);
      return withFile(work, async (process) => {
        const infos = (await process.ask({
          ask: 'describe',
          ...question(query),
        })) as readonly SqliteColumnInfo[];
        return sqliteColumns({ infos, firstRows: [] });
      });
    },

    async open({ query, batchRows, ...work }) {
      guard(query);
      const process = await opened(work);
      try {
        const infos = (await process.ask({
          ask: 'query',
          ...question(query),
        })) as readonly SqliteColumnInfo[];
        return await readRows({ process, infos, batchRows, explain });
      } catch (error) {
        await process.end();
        throw explain(error);
      }
    },
  };
}

function guard({ sql, placeAt }: BoundSql): void {
  refuseIfAny({ refusals: guardSqlite({ sql }), placeAt });
}

async function readRows({
  process,
  infos,
  batchRows,
  explain,
}: {
  readonly process: SqliteProcess;
  readonly infos: readonly SqliteColumnInfo[];
  readonly batchRows: number;
  readonly explain: (error: unknown) => Error;
}): Promise<Reading> {
  const read = async () => (await process.ask({ ask: 'next', rows: batchRows })) as SqliteBatch;
  let ahead: SqliteBatch | undefined = await read();
  const columns = sqliteColumns({ infos, firstRows: ahead.rows });
  let ended = false;
  return {
    columns,
    async next() {
      if (ended) return undefined;
      try {
        const { rows, ended: last } = ahead ?? (await read());
        ahead = undefined;
        ended = last;
        return rows.length === 0 ? undefined : rows.map((row) => sqliteRow({ columns, row }));
      } catch (error) {
        throw explain(error);
      }
    },
    close: () => process.end(),
  };
}

async function checkFile({ file, name }: { readonly file: string; readonly name: string }): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  const readable = await access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (found?.isFile() === true && readable) return;
  throw new SluiceError(
    `the file of connection "${name}" ${found === undefined ? 'does not exist' : 'cannot be read'}`,
    {
      code: 'source_file_missing',
      hint: 'REPORT_CONNECTIONS names it as sqlite:///absolute/path; it must exist on the machine of every worker.',
    },
  );
}

function mayWrite(file: string): Promise<boolean> {
  return access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}

interface TableColumn {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly column: string;
  readonly type: string;
}

function toTables(columns: readonly TableColumn[]): readonly SourceTable[] {
  return [...Map.groupBy(columns, ({ name }) => name)].map(([name, own]) => ({
    schema: undefined,
    name,
    kind: own[0]?.kind ?? 'table',
    columns: own.map(({ column, type }) => ({ name: column, type })),
  }));
}

// Primary result codes, https://www.sqlite.org/rescode.html.
const ERROR = 1;
const PERMISSION = new Set([3, 14]);
const BUSY = new Set([5, 6, 15]);
const NO_MEMORY = 7;
const READ_ONLY = 8;
const DAMAGED = new Set([11, 26]);
const AUTHORIZATION = 23;

function explainSqlite({ error, name }: { readonly error: unknown; readonly name: string }): Error {
  if (!(error instanceof SqliteFailure)) return error instanceof Error ? error : new Error(String(error));
  const { code, message, refused } = error;
  if (refused !== undefined || code === AUTHORIZATION) return writeStopped(refused ?? message);
  if (code === 'ended') return lost(name);
  if (code === READ_ONLY) return writeStopped(message);
  if (code === NO_MEMORY) return queryFailed({ message: 'the query needs more memory than it is given' });
  if (code !== undefined && BUSY.has(code))
    return busy({ connection: name, reason: 'another process writes to it' });
  if (code !== undefined && (PERMISSION.has(code) || DAMAGED.has(code))) {
    const reason = DAMAGED.has(code) ? 'is no SQLite database, or a damaged one' : 'cannot be opened';
    return new SluiceError(`the file of connection "${name}" ${reason}`, { code: 'source_file_missing' });
  }
  return queryFailed({ message: code === ERROR ? message : withoutQuotes(message) });
}
