import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2';
import { createPool, type Pool } from 'mysql2/promise';

/** Our database: UTC on both sides, counts of changed (not found) rows, texts as utf8mb4. */
export interface Database {
  readonly orm: MySql2Database;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** A query or transaction on our database. */
export type Executor = Pick<
  MySql2Database,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'execute'
>;

const CONNECT_TIMEOUT_MS = 10_000;

/** @param databaseUrl mysql://user:password@host:port/database */
export function openDatabase(
  databaseUrl: string,
  { connections = 8 }: { readonly connections?: number } = {},
): Database {
  const pool = createPool({
    ...connectionOptions(databaseUrl),
    connectionLimit: connections,
    // Without FOUND_ROWS an upsert that changes nothing counts 0, so inserted rows can be told from known ones.
    flags: ['-FOUND_ROWS'],
  });
  pool.pool.on('connection', (connection) => {
    // Queued on the connection before whatever asked for it; a failure here shows in that next statement.
    connection.query(
      "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
      ignore,
    );
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', ignore);
  });
  return { orm: drizzle(pool), pool, close: () => pool.end() };
}

/** Connection options shared by all our MySQL connections. Of the URL's query, `ssl=true` asks for TLS with a checked certificate. */
export function connectionOptions(databaseUrl: string) {
  const url = new URL(databaseUrl);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableKeepAlive: true,
    ...(url.searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
  };
}

function ignore(): void {}
