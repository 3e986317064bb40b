import { createPool, type Pool } from 'mysql2/promise';
import { connectionOptions } from './pool.ts';

/** A statement that takes longer is ended by the server; the run tries again. */
const STATEMENT_LIMIT_MS = 300_000;

const SESSION = [
  // Zero dates come out as text instead of an error.
  "SET SESSION sql_mode = ''",
  'SET SESSION TRANSACTION READ ONLY',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION max_execution_time = ${STATEMENT_LIMIT_MS}`,
  `SET SESSION max_statement_time = ${STATEMENT_LIMIT_MS / 1000}`,
];

/**
 * Connections to somebody else's MySQL: they can only read, and times come as the text that is stored.
 * @param session more SETs for each of them. Each is tried alone: which exist depends on the server.
 */
export function openReadOnlyPool(
  databaseUrl: string,
  { connections, session }: { readonly connections: number; readonly session: readonly string[] },
): Pool {
  const pool = createPool({
    ...connectionOptions(databaseUrl),
    connectionLimit: connections,
    dateStrings: true,
  });
  pool.pool.on('connection', (connection) => {
    for (const statement of [...SESSION, ...session]) connection.query(statement, () => undefined);
  });
  return pool;
}
