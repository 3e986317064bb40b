import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import { openReadOnlyPool } from '../read-only-pool.ts';

/** A connection to somebody else's database: it can only read, and it reads times as the text that is stored. */
export interface SiteConnection {
  /** Rows of one SELECT, run inside a READ ONLY transaction. `?` are bound values. */
  read<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Joins without an index are hashed where MariaDB would compare every pair. */
const SESSION = [
  'SET SESSION join_cache_level = 8',
  "SET SESSION optimizer_switch = 'join_cache_hashed=on,optimize_join_buffer_size=on'",
  'SET SESSION join_buffer_size = 33554432',
];

export function openSite(
  databaseUrl: string,
  { connections = 4 }: { readonly connections?: number } = {},
): SiteConnection {
  const pool = openReadOnlyPool(databaseUrl, { connections, session: SESSION });
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
