import type { FieldDef, QueryResult } from 'pg';
import Cursor from 'pg-cursor';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import type { BoundSql } from '../../domain/reports/placeholders.ts';
import { refuseIfAny } from '../../domain/reports/refusal.ts';
import type { Row } from '../../domain/reports/table.ts';
import { rowsForBatch } from './batch-size.ts';
import { postgresValues } from './bound-values.ts';
import type { Driver, Reading, Work } from './driver.ts';
import { postgresColumn, postgresReader } from './postgres-columns.ts';
import { describePostgres } from './postgres-describe.ts';
import { explainPostgres } from './postgres-errors.ts';
import { guardPostgres } from './postgres-guard.ts';
import { postgresRights } from './postgres-rights.ts';
import { openPostgresSession, type PostgresSession, refuseVolatile } from './postgres-session.ts';
import type { SourceTable } from './source.ts';

/** Rows come as the text that the server sends; postgres-columns.ts turns it into values. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

type TextRow = readonly (string | null)[];

export function createPostgresDriver(connection: ReportConnection): Driver {
  const explain = (error: unknown, query?: BoundSql) =>
    explainPostgres({
      error,
      connection: connection.name,
      phase: 'query',
      ...(query && { placeAt: query.placeAt }),
    });

  async function withSession<T>(work: Work, task: (session: PostgresSession) => Promise<T>): Promise<T> {
    const session = await openPostgresSession({ connection, ...work });
    try {
      return await task(session);
    } finally {
      await session.close();
    }
  }

  /** A session in which the query has passed every check that comes before it runs. */
  async function guarded({ query, ...work }: Work & { readonly query: BoundSql }): Promise<PostgresSession> {
    const { sql, placeAt } = query;
    const functions = await guardPostgres({ sql, placeAt, signal: work.signal });
    const session = await openPostgresSession({ connection, ...work });
    try {
      const vouchedFor = connection.functions;
      refuseIfAny({
        refusals: await refuseVolatile({ client: session.client, functions, vouchedFor }),
        placeAt,
      });
      return session;
    } catch (error) {
      await session.close();
      throw explain(error);
    }
  }

  return {
    test: (work) =>
      withSession(work, async ({ client }) => {
        const { rows } = await client.query<{ version: string; role: string }>(
          "SELECT current_setting('server_version') AS version, current_user AS role",
        );
        const server = `PostgreSQL ${rows[0]?.version.split(' ')[0]}`;
        return { server, user: rows[0]?.role, canWrite: await postgresRights(client) };
      }).catch((error: unknown) => {
        throw explain(error);
      }),

    tables: (work) =>
      withSession(work, async ({ client }) => {
        const { rows } = await client.query<SourceTable>(TABLES);
        return rows;
      }).catch((error: unknown) => {
        throw explain(error);
      }),

    async describe({ query, ...work }) {
      const { client, close } = await guarded({ query, ...work });
      try {
        const values = postgresValues({ values: query.values, timezone: connection.timezone });
        return (await describePostgres({ client, text: query.sql, values })).map(postgresColumn);
      } catch (error) {
        throw explain(error, query);
      } finally {
        await close();
      }
    },

    async open({ query, batchRows, ...work }) {
      const session = await guarded({ query, ...work });
      const values = postgresValues({ values: query.values, timezone: connection.timezone });
      // Between here and the request to cancel nothing else is sent.
      if (work.signal.aborted) await session.close();
      work.signal.throwIfAborted();
      const cursor = session.client.query(
        new Cursor<TextRow>(query.sql, values, { rowMode: 'array', types: AS_TEXT }),
      );
      try {
        return await readCursor({ cursor, session, batchRows, explain: (error) => explain(error, query) });
      } catch (error) {
        await session.close();
        throw explain(error, query);
      }
    },
  };
}

/** Enough to see how wide the rows are. */
const FIRST_ROWS = 50;

/** The first batch is read at once, because the columns come with it. */
async function readCursor({
  cursor,
  session,
  batchRows,
  explain,
}: {
  readonly cursor: Cursor<TextRow>;
  readonly session: PostgresSession;
  readonly batchRows: number;
  readonly explain: (error: unknown) => Error;
}): Promise<Reading> {
  let wanted = Math.min(FIRST_ROWS, batchRows);
  const first = await readBatch({ cursor, wanted });
  const readers = first.fields.map(postgresReader);
  let ahead: readonly TextRow[] | undefined = first.rows;
  let ended = false;
  const toRow = (row: TextRow): Row => row.map((text, index) => readers[index]?.(text) ?? null);
  return {
    columns: first.fields.map(postgresColumn),
    async next() {
      if (ended) return undefined;
      try {
        const rows = ahead ?? (await readBatch({ cursor, wanted })).rows;
        ahead = undefined;
        ended = rows.length < wanted;
        wanted = rowsForBatch({ batch: rows, most: batchRows });
        return rows.length === 0 ? undefined : rows.map(toRow);
      } catch (error) {
        throw explain(error);
      }
    },
    // A cursor that is not at its end is left by a cancel, never closed: a dead connection would not answer.
    close: () => session.close(),
  };
}

function readBatch({
  cursor,
  wanted,
}: {
  readonly cursor: Cursor<TextRow>;
  readonly wanted: number;
}): Promise<{ readonly rows: readonly TextRow[]; readonly fields: readonly FieldDef[] }> {
  return new Promise((resolve, reject) => {
    cursor.read(wanted, (error: Error | null | undefined, rows: TextRow[], result: QueryResult) => {
      if (error) reject(error);
      else resolve({ rows, fields: result.fields });
    });
  });
}

const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,
    coalesce(json_agg(json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod))
      ORDER BY a.attnum) FILTER (WHERE a.attnum IS NOT NULL), '[]') AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND NOT c.relispartition
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
  GROUP BY n.nspname, c.relname, c.relkind ORDER BY 1, 2`;
