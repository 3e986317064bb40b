import type { RowDataPacket } from 'mysql2/promise';
import type { Settings } from '../../config.ts';
import { required } from '../../config.ts';
import { schemaState } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { type Check, check, type Finding, failure, skipped } from './checks.ts';
import { databaseFailure, describeVersion } from './database-words.ts';

const NAME = 'our database';
const SCHEMA = 'our schema';

export async function ownDatabaseChecks(settings: Settings): Promise<readonly Check[]> {
  let url: string;
  try {
    url = required('DATABASE_URL', settings.databaseUrl);
  } catch (error) {
    return [{ name: NAME, ...failure(error) }, ...skipped([SCHEMA], 'there is no database to look into')];
  }
  const database = openDatabase(url, { connections: 1 });
  try {
    const reached = await check(NAME, () => reach(database, url), {
      mend: 'Check DATABASE_URL and the server.',
    });
    if (reached.state === 'failed') {
      return [reached, ...skipped([SCHEMA], 'our database does not answer')];
    }
    return [reached, await check(SCHEMA, () => lookAtSchema(database))];
  } finally {
    // Not awaited: a server that does not answer would hold up the other checks.
    database.close().catch(() => undefined);
  }
}

async function reach(database: Database, url: string): Promise<Finding> {
  try {
    const [rows] = await database.pool.query<RowDataPacket[]>('SELECT VERSION() AS version');
    return describeVersion({ url, version: String(rows[0]?.version), needed: { mariadb: 10.06, mysql: 8 } });
  } catch (error) {
    return databaseFailure(error, { url, setting: 'DATABASE_URL' });
  }
}

async function lookAtSchema(database: Database): Promise<Finding> {
  const state = await schemaState(database);
  if (state === 'current') return { state: 'ok', found: 'up to date' };
  return {
    state: 'failed',
    found: state === 'empty' ? 'there are no tables yet' : 'older than this Sluice',
    mend: 'sluice migrate (the worker does it at its start, too)',
  };
}
