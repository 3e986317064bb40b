import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';
import { connectionOptions } from '../pool.ts';

/** A connection to somebody else's database: it can only read, and it reads times as the text that is stored. */
export interface SiteConnection {
  /** Rows of one SELECT, run inside a READ ONLY transaction. `?` are bound values. */
  read<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** A statement that takes longer is ended by the server; the run tries again. */
const STATEMENT_LIMIT_MS = 300_000;

/**
 * Zero dates come out as text instead of an error (empty sql_mode); joins without an index are hashed where MariaDB
 * would compare every pair (join_cache_level). Each SET is tried alone: which exist depends on the server.
 */
const SESSION = [
  "SET SESSION sql_mode = ''",
  'SET SESSION TRANSACTION READ ONLY',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  'SET SESSION join_cache_level = 8',
  "SET SESSION optimizer_switch = 'join_cache_hashed=on,optimize_join_buffer_size=on'",
  'SET SESSION join_buffer_size = 33554432',
  `SET SESSION max_execution_time = ${STATEMENT_LIMIT_MS}`,
  `SET SESSION max_statement_time = ${STATEMENT_LIMIT_MS / 1000}`,
];

export function openSite(
  databaseUrl: string,
  { connections = 4 }: { readonly connections?: number } = {},
): SiteConnection {
  const pool: Pool = createPool({
    ...connectionOptions(databaseUrl),
    connectionLimit: connections,
    dateStrings: true,
  });
  pool.pool.on('connection', (connection) => {
    for (const statement of SESSION) connection.query(statement, () => undefined);
  });
  return {
    async read<Row>(sql: string, values: readonly unknown[] = []) {
      const connection = await pool.getConnection();
      try {
        return await readOnly<Row>(connection, sql, values);
      } finally {
        connection.release();
      }
    },
    close: () => pool.end(),
  };
}

async function readOnly<Row>(
  connection: PoolConnection,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  await connection.query('START TRANSACTION READ ONLY');
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]);
    return rows as Row[];
  } finally {
    // On a broken connection this fails too; the first error is the one to tell.
    await connection.query('COMMIT').catch(() => undefined);
  }
}
