import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '../../domain/errors.ts';
import { type PlaceAt, refuseIfAny } from '../../domain/reports/refusal.ts';
import { queryFailed } from './errors.ts';
import type { NamedFunction, PostgresReading } from './postgres-reading.ts';

const LIMIT_MS = 20_000;

/**
 * Refuses a query that PostgreSQL's own parser (libpg_query) does not find to be one reading statement.
 * @param input.sql as the server gets it, with `$1`
 * @returns the functions that it calls, to be looked up in the server's catalogue
 * @throws SluiceError `query_not_read_only`; `query_failed` with the parser's message and place for what is no SQL
 */
export async function guardPostgres({
  sql,
  placeAt,
  signal,
}: {
  readonly sql: string;
  readonly placeAt: PlaceAt;
  readonly signal: AbortSignal;
}): Promise<readonly NamedFunction[]> {
  const reading = await readInProcess({
    sql,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
  });
  if ('message' in reading) throw queryFailed({ message: reading.message, at: placeAt(reading.at) });
  refuseIfAny({ refusals: reading.refusals, placeAt });
  return reading.functions;
}

async function readInProcess({
  sql,
  signal,
}: {
  readonly sql: string;
  readonly signal: AbortSignal;
}): Promise<PostgresReading> {
  const child = fork(fileURLToPath(new URL('./postgres-reading-child.ts', import.meta.url)), [], {
    serialization: 'advanced',
    execArgv: ['--no-wasm-tier-up'],
    env: { NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  const answer = once(child, 'message').then(
    ([reading]) => reading as PostgresReading,
    () => undefined,
  );
  child.send(sql, () => undefined);
  const reading = await Promise.race([answer, ended]);
  if (reading === undefined) {
    throw new SluiceError('the SQL parser could not read the query (is it nested very deeply?)', {
      code: 'query_failed',
      sort: 'item',
    });
  }
  return reading;
}
