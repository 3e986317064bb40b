import type { Connection as CoreConnection } from 'mysql2';
import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import { openReadOnlyPool } from '../read-only-pool.ts';

/** A connection to a QuizMaster database: it can only read, and times come as the text that is stored. */
export interface QuizConnection {
  /** Rows of one SELECT, run inside a READ ONLY transaction. `?` are bound values. */
  read<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The same row by row, for results that are too large for memory. */
  stream<Row>(sql: string, values?: readonly unknown[]): AsyncGenerator<Row, void, undefined>;
  close(): Promise<void>;
}

/** Room for the sums of some hundred thousand people; a server gives less where it must. */
const SUMS_BYTES = 256 * 1024 * 1024;
const ROWS_AHEAD = 500;

const SESSION = [
  "SET SESSION time_zone = '+00:00'",
  `SET SESSION max_heap_table_size = ${SUMS_BYTES}`,
  `SET SESSION tmp_table_size = ${SUMS_BYTES}`,
];

export function openQuiz(
  databaseUrl: string,
  { connections = 3 }: { readonly connections?: number } = {},
): QuizConnection {
  const pool = openReadOnlyPool(databaseUrl, { connections, session: SESSION });
  return {
    async read<Row>(sql: string, values: readonly unknown[] = []) {
      const connection = await pool.getConnection();
      try {
        await connection.query('START TRANSACTION READ ONLY');
        const [rows] = await connection.query<RowDataPacket[]>(sql, [...values]);
        return rows as Row[];
      } finally {
        await release(connection);
      }
    },
    async *stream<Row>(sql: string, values: readonly unknown[] = []) {
      const connection = await pool.getConnection();
      let isRead = false;
      try {
        await connection.query('START TRANSACTION READ ONLY');
        // Its type is that of a promise; row by row only the connection below can read.
        const below = connection.connection as unknown as CoreConnection;
        const rows = below.query(sql, [...values]).stream({ highWaterMark: ROWS_AHEAD });
        for await (const row of rows) yield row as Row;
        isRead = true;
      } finally {
        // Rows that nobody wants any more would stand in the way of the next statement.
        if (isRead) await release(connection);
        else connection.destroy();
      }
    },
    close: () => pool.end(),
  };
}

/** On a broken connection the end of the transaction fails, too; the first error is the one to tell. */
async function release(connection: PoolConnection): Promise<void> {
  await connection.query('ROLLBACK').catch(() => undefined);
  connection.release();
}
