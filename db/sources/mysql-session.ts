import { type Connection, createConnection } from 'mysql2';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import { connectionOptions } from '../pool.ts';
import type { Work } from './driver.ts';
import { explainMysql } from './mysql-errors.ts';
import { tlsOptions } from './tls.ts';

/** A connection inside a read-only transaction. */
export interface MysqlSession {
  readonly connection: Connection;
  readonly isMariadb: boolean;
  readonly version: string;
  /** Rows of one of our own questions. */
  readonly ask: (sql: string) => Promise<readonly (readonly unknown[])[]>;
  /** Rolls back and hangs up; after an abort, when the server was told. Never throws. */
  readonly close: () => Promise<void>;
}

const LOCK_SECONDS = 10;
const SLACK_MS = 5000;
/** Modes that change how the server reads a text; the guard before it reads in one way only. */
const LEXICAL_MODES =
  /^(ANSI|ANSI_QUOTES|NO_BACKSLASH_ESCAPES|ORACLE|MSSQL|DB2|POSTGRESQL|MAXDB|IGNORE_SPACE|PIPES_AS_CONCAT|STRICT_.*|NO_ZERO_.*|TRADITIONAL)$/;

/**
 * Connects and begins a transaction that cannot write. Several statements in one text are off in the driver, and the
 * server prepares each query, which takes one statement only. A rogue server gets no local file (LOCAL_FILES off).
 * An abort of the signal kills what runs on the server and hangs up.
 */
export async function openMysqlSession({
  connection: { name, url, timezone, ...rest },
  timeoutMs,
  signal,
}: { readonly connection: ReportConnection } & Work): Promise<MysqlSession> {
  signal.throwIfAborted();
  const tls = tlsOptions({ name, url, timezone, ...rest });
  const { ssl: _, ...address } = connectionOptions(url);
  const options = {
    ...address,
    ...(tls === undefined ? {} : { ssl: tls }),
    connectTimeout: Math.min(address.connectTimeout, timeoutMs),
    multipleStatements: false,
    flags: ['-LOCAL_FILES', '-FOUND_ROWS'],
    dateStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
  };
  const connection = createConnection(options);
  connection.on('error', () => undefined);

  const ask = async (sql: string) => {
    const [rows] = await untilAborted({ signal, answer: connection.promise().query(sql) });
    return (Array.isArray(rows) ? rows : []) as unknown as readonly (readonly unknown[])[];
  };

  let cancelled: Promise<void> | undefined;
  const cancel = () => {
    cancelled ??= kill({ options, thread: connection.threadId }).finally(() => connection.destroy());
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [row] = await ask('SELECT @@version, @@sql_mode');
    signal.throwIfAborted();
    const version = String(row?.[0]);
    const isMariadb = /mariadb/i.test(version);
    const limits = { timeoutMs: timeoutMs + SLACK_MS, isMariadb };
    for (const statement of beginning({ ...limits, timezone, modes: String(row?.[1]) })) await ask(statement);
    return {
      connection,
      isMariadb,
      version,
      ask,
      async close() {
        signal.removeEventListener('abort', cancel);
        if (cancelled !== undefined) return cancelled;
        // On a broken connection both fail, and there is nothing left to end.
        await ask('ROLLBACK').catch(() => undefined);
        connection.destroy();
      },
    };
  } catch (error) {
    signal.removeEventListener('abort', cancel);
    connection.destroy();
    if (signal.aborted) await cancelled;
    throw explainMysql({ error, connection: name, phase: 'connect', timeoutMs });
  }
}

/** mysql2 never answers what is under way when a connection is destroyed, so an abort has to answer in its place. */
export function untilAborted<T>({
  signal,
  answer,
}: {
  readonly signal: AbortSignal;
  readonly answer: Promise<T>;
}): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('called off'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Numbers, a checked zone name and the server's own words only. */
function beginning({
  modes,
  timezone,
  timeoutMs,
  isMariadb,
}: {
  readonly modes: string;
  readonly timezone: string;
  readonly timeoutMs: number;
  readonly isMariadb: boolean;
}): readonly string[] {
  const kept = modes.split(',').filter((mode) => /^[A-Z_]+$/.test(mode) && !LEXICAL_MODES.test(mode));
  const seconds = Math.ceil(timeoutMs / 1000);
  return [
    `SET SESSION sql_mode = '${kept.join(',')}'`,
    `SET SESSION time_zone = '${timezone === 'UTC' ? '+00:00' : timezone.replaceAll("'", '')}'`,
    // A consumer that is slow must not make the server hang up.
    `SET SESSION net_write_timeout = ${seconds}`,
    `SET SESSION lock_wait_timeout = ${LOCK_SECONDS}`,
    isMariadb
      ? `SET SESSION max_statement_time = ${seconds}`
      : `SET SESSION max_execution_time = ${Math.ceil(timeoutMs)}`,
    'SET SESSION TRANSACTION READ ONLY',
    'START TRANSACTION READ ONLY',
  ];
}

/**
 * Ends another connection, and with it the statement that it runs or is about to run. KILL QUERY would miss one that
 * is on its way. A user may always end its own connections.
 */
async function kill({
  options,
  thread,
}: {
  readonly options: Parameters<typeof createConnection>[0];
  /** Unknown before the server has greeted; it has taken no statement then. */
  readonly thread: number | null | undefined;
}): Promise<void> {
  if (typeof thread !== 'number') return;
  const killer = createConnection(options);
  killer.on('error', () => undefined);
  try {
    await killer.promise().query(`KILL ${thread}`);
  } catch {
    // The server is gone or takes nobody in; hanging up is all that is left, and its own timeout.
  } finally {
    killer.destroy();
  }
}
