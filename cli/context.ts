import { Client, Connection } from '@temporalio/client';
import { required, type Settings } from '../config.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { messageOf, SluiceError } from '../domain/errors.ts';
import { createDataConverter } from '../workers/data-converter.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Runs a command's work with a Temporal client and ends the connection after it. */
export async function withTemporal<T>(settings: Settings, work: (client: Client) => Promise<T>): Promise<T> {
  const { address, namespace } = settings.temporal;
  const connection = await connectTemporal(address);
  try {
    return await work(
      new Client({ connection, namespace, dataConverter: createDataConverter(settings.payloadKeys) }),
    );
  } finally {
    await connection.close();
  }
}

/** @throws SluiceError `temporal_unreachable` within ten seconds. */
export async function connectTemporal(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  } catch (cause) {
    throw new SluiceError(`Temporal cannot be reached at ${address}`, {
      code: 'temporal_unreachable',
      hint: 'Start it (npm start, or your own service) or set TEMPORAL_ADDRESS.',
      cause,
    });
  }
}

/** Runs a command's work with our database. */
export async function withDatabase<T>(
  settings: Settings,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(required('DATABASE_URL', settings.databaseUrl), { connections: 4 });
  try {
    return await work(database);
  } catch (error) {
    throw describeDatabaseTrouble(error);
  } finally {
    await database.close();
  }
}

/** Connection trouble and a missing schema in the operator's words; anything else as it is. */
export function describeDatabaseTrouble(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  if (code === 'ER_NO_SUCH_TABLE') {
    return new SluiceError('our tables are not there yet', {
      code: 'schema_missing',
      hint: 'Run sluice migrate (the worker does it at its start, too).',
    });
  }
  if (typeof code !== 'string' || error instanceof SluiceError) return error;
  // A statement's message may quote people's data; a connection's does not.
  const about = code.startsWith('ER_') && !code.includes('ACCESS') ? '' : `: ${messageOf(cause)}`;
  return new SluiceError(`the database answered ${code}${about}`, {
    code: 'database_unreachable',
    hint: 'Check DATABASE_URL, or start the local stack: npm start. sluice doctor says more.',
    cause: error,
  });
}
