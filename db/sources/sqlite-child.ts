import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { SQLITE_EFFECTS, SQLITE_PRAGMAS } from '../../domain/reports/sqlite-guard.ts';
import { bytesOf } from './batch-size.ts';
import type { SqliteAnswer, SqliteBatch, SqliteQuestion, SqliteRow, SqliteValue } from './sqlite-messages.ts';

/**
 * A process of its own for one SQLite file and one query. SQLite works inside the process that calls it, and Node's
 * binding has no way to interrupt a query: only the end of the process ends it for certain, whatever it does, and
 * nothing else of ours waits meanwhile. It has no environment, so no secrets either.
 */

/** Messages between processes are copied several times; small ones go through faster. */
const MESSAGE_BYTES = 200_000;

let database: DatabaseSync | undefined;
let statement: StatementSync | undefined;
let rows: Iterator<unknown> | undefined;
let refused: string | undefined;

process.on('message', (question: SqliteQuestion) => {
  let answer: SqliteAnswer;
  refused = undefined;
  try {
    answer = { ok: true, value: answerTo(question) };
  } catch (error) {
    answer = { ok: false, refused, ...detailsOf(error) };
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());

function answerTo(question: SqliteQuestion): unknown {
  switch (question.ask) {
    case 'open':
      watch(question.timeoutMs);
      database = open(question);
      return undefined;
    case 'describe':
      return columnsOf(prepare(question.sql));
    case 'query':
      statement = prepare(question.sql);
      rows = statement.iterate(...question.values);
      return columnsOf(statement);
    case 'next':
      return next(question.rows);
    case 'tables':
      return tables();
    default:
      return opened().prepare('SELECT sqlite_version() AS version').get()?.version;
  }
}

function open({ file, heapBytes }: { readonly file: string; readonly heapBytes: number }): DatabaseSync {
  const connection = new DatabaseSync(file, { readOnly: true, allowExtension: false, timeout: 10_000 });
  connection.exec(
    `PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA hard_heap_limit = ${heapBytes}`,
  );
  // Reads the header, so that a file that is no database is told here.
  connection.prepare('SELECT count(*) FROM sqlite_schema').get();
  // From Node 24.10 on; before, the guard of the text, the read-only handle and query_only stand alone.
  if (typeof connection.setAuthorizer === 'function') connection.setAuthorizer(authorize);
  return connection;
}

/** SQLite asks this about everything that a statement would do, while it compiles it. */
function authorize(action: number, first: string | null, second: string | null): number {
  const { SQLITE_FUNCTION, SQLITE_OK, SQLITE_PRAGMA, SQLITE_READ, SQLITE_RECURSIVE, SQLITE_SELECT } =
    constants;
  if ([SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE].includes(action)) return SQLITE_OK;
  if (action === SQLITE_FUNCTION && !Object.hasOwn(SQLITE_EFFECTS, second?.toLowerCase() ?? ''))
    return SQLITE_OK;
  // Full-text search asks for the version of its own data.
  if (action === SQLITE_PRAGMA && [...SQLITE_PRAGMAS, 'data_version'].includes(first ?? '')) return SQLITE_OK;
  const name = Object.entries(constants).find(
    ([key, value]) =>
      /^SQLITE_[A-Z_]+$/.test(key) && value === action && !/OK|DENY|IGNORE|CHANGESET/.test(key),
  );
  refused ??= [name?.[0].replace('SQLITE_', '').replaceAll('_', ' ') ?? `action ${action}`, first, second]
    .filter((part) => part !== null && part !== '')
    .join(' ');
  return constants.SQLITE_DENY;
}

function opened(): DatabaseSync {
  if (database === undefined) throw new Error('nothing is open');
  return database;
}

function prepare(sql: string): StatementSync {
  const prepared = opened().prepare(sql);
  prepared.setReadBigInts(true);
  prepared.setReturnArrays(true);
  return prepared;
}

function columnsOf(prepared: StatementSync) {
  return prepared.columns().map(({ name, type }) => ({ name, type }));
}

function next(most: number): SqliteBatch {
  const batch: SqliteRow[] = [];
  let bytes = 0;
  while (batch.length < most && bytes < MESSAGE_BYTES && rows !== undefined) {
    const { done, value } = rows.next();
    if (done === true) {
      rows = undefined;
      break;
    }
    const row = (value as SqliteValue[]).map(narrow);
    batch.push(row);
    bytes += bytesOf(row);
  }
  return { rows: batch, ended: rows === undefined };
}

function narrow(value: SqliteValue): SqliteValue {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function tables(): readonly unknown[] {
  return opened()
    .prepare(
      `SELECT m.name AS name, m.type AS kind, c.name AS column, c.type AS type FROM sqlite_schema m, pragma_table_xinfo(m.name) c
       WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid`,
    )
    .all();
}

/**
 * A thread that ends the process, which the main thread cannot do while SQLite works.
 * The signal is the one that nothing in the process can hold back.
 */
function watch(timeoutMs: number): void {
  const source = `
    const { workerData } = require('node:worker_threads');
    const end = () => process.kill(process.pid, 'SIGKILL');
    setTimeout(end, workerData.timeoutMs);
    setInterval(() => { if (process.ppid !== workerData.parent) end(); }, 1000);`;
  new Worker(source, { eval: true, workerData: { timeoutMs, parent: process.ppid } }).unref();
}

function detailsOf(error: unknown): { readonly message: string; readonly code: number | undefined } {
  if (!(error instanceof Error)) return { message: 'unknown', code: undefined };
  // The lower byte is the primary result code (https://www.sqlite.org/rescode.html).
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
  return { message: error.message, code };
}
