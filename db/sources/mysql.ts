import type { Readable } from 'node:stream';
import type { FieldPacket } from 'mysql2';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import { guardMysql } from '../../domain/reports/mysql-guard.ts';
import type { BoundSql } from '../../domain/reports/placeholders.ts';
import { refuseIfAny } from '../../domain/reports/refusal.ts';
import type { Row } from '../../domain/reports/table.ts';
import { BATCH_BYTES, bytesOf } from './batch-size.ts';
import type { Driver, Reading, Work } from './driver.ts';
import { mysqlColumn, mysqlReader, mysqlValues } from './mysql-columns.ts';
import { explainMysql } from './mysql-errors.ts';
import { mysqlRights } from './mysql-rights.ts';
import { type MysqlSession, openMysqlSession, untilAborted } from './mysql-session.ts';
import type { SourceTable } from './source.ts';

const READ_AHEAD_ROWS = 100;

export function createMysqlDriver(connection: ReportConnection): Driver {
  const explain = (error: unknown, { timeoutMs }: Pick<Work, 'timeoutMs'>) =>
    explainMysql({ error, connection: connection.name, phase: 'query', timeoutMs });

  function guard({ sql, placeAt }: BoundSql): void {
    refuseIfAny({ refusals: guardMysql({ sql, functions: connection.functions }), placeAt });
  }

  async function withSession<T>(work: Work, task: (session: MysqlSession) => Promise<T>): Promise<T> {
    const session = await openMysqlSession({ connection, ...work });
    try {
      return await task(session);
    } catch (error) {
      throw explain(error, work);
    } finally {
      await session.close();
    }
  }

  return {
    test: (work) =>
      withSession(work, async (session) => {
        const [[user] = []] = await session.ask('SELECT CURRENT_USER()');
        const server = `${session.isMariadb ? 'MariaDB' : 'MySQL'} ${session.version.split('-')[0]}`;
        return { server, user: String(user), canWrite: await mysqlRights(session) };
      }),

    tables: (work) => withSession(work, async ({ ask }) => toTables(await ask(TABLES))),

    async describe({ query, ...work }) {
      guard(query);
      return withSession(work, async (session) => {
        const answer = prepare(session, query.sql);
        return (await untilAborted({ signal: work.signal, answer })).map(mysqlColumn);
      });
    },

    async open({ query, batchRows, ...work }) {
      guard(query);
      const session = await openMysqlSession({ connection, ...work });
      try {
        work.signal.throwIfAborted();
        return await readStream({
          session,
          query,
          batchRows,
          timezone: connection.timezone,
          signal: work.signal,
          explain: (error) => explain(error, work),
        });
      } catch (error) {
        await session.close();
        throw explain(error, work);
      }
    },
  };
}

/** The server parses the query, finds its tables and columns, and runs nothing. */
function prepare(session: MysqlSession, sql: string): Promise<readonly FieldPacket[]> {
  return new Promise((resolve, reject) => {
    session.connection.prepare(sql, (error, statement) => {
      if (error !== null) return reject(error);
      // The types of mysql2 leave them out.
      const { columns } = statement as unknown as { readonly columns: readonly FieldPacket[] };
      statement.close();
      resolve(columns);
    });
  });
}

async function readStream({
  session,
  query,
  batchRows,
  timezone,
  signal,
  explain,
}: {
  readonly session: MysqlSession;
  readonly query: BoundSql;
  readonly batchRows: number;
  readonly timezone: string;
  readonly signal: AbortSignal;
  readonly explain: (error: unknown) => Error;
}): Promise<Reading> {
  const values = mysqlValues({ values: query.values, timezone });
  const command = session.connection.execute({ sql: query.sql, values, rowsAsArray: true });
  // mysql2 stops reading from the socket while this many rows wait here.
  const stream: Readable = command.stream({ highWaterMark: READ_AHEAD_ROWS });
  // A lost connection is told to the connection alone; the stream would wait for ever.
  session.connection.on('error', (error) => stream.destroy(error));
  signal.addEventListener('abort', () => stream.destroy(new Error('called off')), { once: true });
  const fields = await fieldsOf(stream);
  const readers = fields.map((field) => mysqlReader({ field, timezone }));
  const toRow = (row: readonly unknown[]): Row => row.map((value, index) => readers[index]?.(value) ?? null);
  const batches = inBatches({ stream, batchRows });
  return {
    columns: fields.map(mysqlColumn),
    async next() {
      try {
        const { done, value } = await batches.next();
        return done === true ? undefined : value.map(toRow);
      } catch (error) {
        throw explain(error);
      }
    },
    async close() {
      stream.destroy();
      await session.close();
    },
  };
}

/** The columns come before the first row; an error instead of them ends the stream. */
function fieldsOf(stream: Readable): Promise<readonly FieldPacket[]> {
  return new Promise((resolve, reject) => {
    stream.once('fields', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('ended before its columns came')));
  });
}

async function* inBatches({
  stream,
  batchRows,
}: {
  readonly stream: Readable;
  readonly batchRows: number;
}): AsyncGenerator<readonly (readonly unknown[])[]> {
  let batch: (readonly unknown[])[] = [];
  let bytes = 0;
  for await (const row of stream as AsyncIterable<readonly unknown[]>) {
    batch.push(row);
    bytes += bytesOf(row);
    if (batch.length === batchRows || bytes >= BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('utf8') : undefined;
}

function toTables(rows: readonly (readonly unknown[])[]): readonly SourceTable[] {
  const tables = new Map<string, SourceTable & { readonly columns: { name: string; type: string }[] }>();
  for (const [schema, name, kind, column, type] of rows.map((row) => row.map(textOf))) {
    const key = JSON.stringify([schema, name]);
    const table = tables.get(key) ?? {
      schema,
      name: name ?? '',
      kind: kind === 'VIEW' ? ('view' as const) : ('table' as const),
      columns: [],
    };
    // Columns of a view that no read-only transaction may open are hidden.
    if (column !== undefined) table.columns.push({ name: column, type: type ?? '' });
    tables.set(key, table);
  }
  return [...tables.values()];
}

const TABLES = `
  SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.COLUMN_TYPE
  FROM information_schema.TABLES t
  LEFT JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
  WHERE t.TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
  ORDER BY t.TABLE_SCHEMA, t.TABLE_NAME, c.ORDINAL_POSITION`;
