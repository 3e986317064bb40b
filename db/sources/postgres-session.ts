import { Client } from 'pg';
import type { ReportConnection } from '../../domain/reports/connections.ts';
import type { Refusal } from '../../domain/reports/refusal.ts';
import type { Work } from './driver.ts';
import { cancelPostgres } from './postgres-cancel.ts';
import { explainPostgres } from './postgres-errors.ts';
import { HARMLESS_VOLATILE } from './postgres-functions.ts';
import type { NamedFunction } from './postgres-reading.ts';
import { tlsOptions } from './tls.ts';

/** A connection inside a read-only transaction. */
export interface PostgresSession {
  readonly client: Client;
  /** Rolls back and hangs up; after an abort, when the server was told. Never throws. */
  readonly close: () => Promise<void>;
}

const CONNECT_MS = 10_000;
const LOCK_MS = 10_000;
const SLACK_MS = 5000;
const AGAIN_MS = 1000;

/**
 * Connects and begins a transaction that cannot write. What follows is one statement, parsed beforehand, so nothing
 * can set the transaction back; its first query makes sure of that on the server's side too, since PostgreSQL takes
 * no READ WRITE after it.
 * An abort of the signal cancels what runs on the server and hangs up.
 */
export async function openPostgresSession({
  connection,
  timeoutMs,
  signal,
}: { readonly connection: ReportConnection } & Work): Promise<PostgresSession> {
  signal.throwIfAborted();
  const url = new URL(connection.url);
  const address = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
  };
  const tls = tlsOptions(connection);
  const client = new Client({
    ...address,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: tls ?? false,
    connectionTimeoutMillis: Math.min(CONNECT_MS, timeoutMs),
    keepAlive: true,
    application_name: 'sluice report',
  });
  // A connection that breaks while nothing is asked is told by the next question; without a listener it would end us.
  client.on('error', () => undefined);

  let cancelled: Promise<void> | undefined;
  const cancel = () => {
    cancelled ??= cancelPostgres({ ...address, tls, client }).finally(() => {
      hangUp(client);
      // The first request finds nothing where the query was still on its way to the server.
      setTimeout(() => void cancelPostgres({ ...address, tls, client }), AGAIN_MS).unref();
    });
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await client.connect();
    signal.throwIfAborted();
    await client.query(beginning({ timezone: connection.timezone, timeoutMs }));
  } catch (error) {
    signal.removeEventListener('abort', cancel);
    hangUp(client);
    throw explainPostgres({ error, connection: connection.name, phase: 'connect' });
  }
  return {
    client,
    async close() {
      signal.removeEventListener('abort', cancel);
      if (cancelled !== undefined) return cancelled;
      await client.query('ROLLBACK').catch(() => undefined);
      await client.end().catch(() => undefined);
    },
  };
}

/** One text with several statements; numbers and a checked zone name only. */
function beginning({
  timezone,
  timeoutMs,
}: {
  readonly timezone: string;
  readonly timeoutMs: number;
}): string {
  const settings = {
    statement_timeout: Math.ceil(timeoutMs + SLACK_MS),
    idle_in_transaction_session_timeout: Math.ceil(timeoutMs + SLACK_MS),
    lock_timeout: LOCK_MS,
    timezone: `'${timezone.replaceAll("'", '')}'`,
    // The parser before us reads backslashes in this way, and values are read in these forms.
    standard_conforming_strings: 'on',
    datestyle: "'ISO, YMD'",
    intervalstyle: "'postgres'",
    bytea_output: "'hex'",
    lc_monetary: "'C'",
  };
  const local = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${value}`);
  return ['BEGIN TRANSACTION READ ONLY', ...local, 'SELECT 1'].join('; ');
}

function hangUp(client: Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

/**
 * Asks the server's catalogue about the functions of a query. Those that are VOLATILE may change something, also
 * what a read-only transaction does not hold back; a function of PostgreSQL's own that is harmless is known here, one
 * of somebody else's has to be vouched for by the operator (`functions=` in the connection's URL).
 */
export async function refuseVolatile({
  client,
  functions,
  vouchedFor,
}: {
  readonly client: Client;
  readonly functions: readonly NamedFunction[];
  readonly vouchedFor: readonly string[];
}): Promise<readonly Refusal[]> {
  if (functions.length === 0) return [];
  const { rows } = await client.query<{ schema: string; name: string; visible: boolean }>({
    text: `SELECT n.nspname AS schema, p.proname AS name, bool_or(pg_catalog.pg_function_is_visible(p.oid)) AS visible
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE p.provolatile = 'v' AND p.proname = ANY ($1::name[]) GROUP BY 1, 2`,
    values: [functions.map(({ name }) => name)],
  });
  return functions.flatMap(({ schema, name, at }): Refusal[] => {
    const found = rows.find(
      (row) => row.name === name && (schema === undefined ? row.visible : row.schema === schema),
    );
    if (found === undefined) return [];
    const own = found.schema !== 'pg_catalog';
    if (!own && HARMLESS_VOLATILE.has(name)) return [];
    if (own && [name, `${found.schema}.${name}`].some((known) => vouchedFor.includes(known.toLowerCase())))
      return [];
    const reason = own
      ? `is VOLATILE, so it may change something; if it only reads, declare it STABLE or add functions=${found.schema}.${name} to the connection's URL`
      : 'is VOLATILE: it may change something';
    return [{ part: `${name}()`, reason, ...(at === undefined ? {} : { at }) }];
  });
}
