import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/mysql2';
import { migrate as runMigrations } from 'drizzle-orm/mysql2/migrator';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { SluiceError } from '../domain/errors.ts';
import { connectionOptions, type Database } from './pool.ts';

const FOLDER = fileURLToPath(new URL('./migrations', import.meta.url));
const LOCK_WAIT_SECONDS = 120;
const NO_SUCH_TABLE = 1146;

interface Migration {
  readonly tag: string;
  /** Milliseconds since 1970; also what drizzle keeps in its ledger. */
  readonly when: number;
}

function knownMigrations(): readonly Migration[] {
  const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, 'utf8')) as {
    entries: Migration[];
  };
  return journal.entries.map(({ tag, when }) => ({ tag, when }));
}

/**
 * Brings our schema up to date, one migrator at a time (a named lock), forward only.
 * @returns the tags that were applied now, oldest first.
 * @throws SluiceError `schema_newer` when the database was migrated by a newer Sluice.
 */
export async function migrate({ databaseUrl }: { readonly databaseUrl: string }): Promise<{
  readonly applied: readonly string[];
}> {
  const connection = await createConnection(connectionOptions(databaseUrl));
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS taken', [
      lockName(databaseUrl),
      LOCK_WAIT_SECONDS,
    ]);
    if (rows[0]?.taken !== 1) {
      throw new SluiceError('another process has been migrating the database for two minutes', {
        code: 'migration_locked',
        sort: 'retry',
        hint: 'Wait for it to end, or end the session that holds the lock sluice.migrate.<database>.',
      });
    }
    const before = await lastApplied((sql) => connection.query<RowDataPacket[]>(sql));
    refuseNewer(before);
    await runMigrations(drizzle(connection), { migrationsFolder: FOLDER });
    return {
      applied: knownMigrations()
        .filter(({ when }) => when > before)
        .map(({ tag }) => tag),
    };
  } finally {
    await connection.end();
  }
}

/** Locks are the whole server's, so the name carries the database; at most 64 characters. */
function lockName(databaseUrl: string): string {
  return `sluice.migrate.${new URL(databaseUrl).pathname.slice(1)}`.slice(0, 64);
}

export type SchemaState = 'current' | 'behind' | 'empty';

/** Whether our schema fits this version of Sluice. @throws SluiceError `schema_newer` when this Sluice is too old. */
export async function schemaState(database: Database): Promise<SchemaState> {
  const applied = await lastApplied((sql) => database.pool.query<RowDataPacket[]>(sql));
  refuseNewer(applied);
  if (applied === 0) return 'empty';
  return knownMigrations().every(({ when }) => when <= applied) ? 'current' : 'behind';
}

async function lastApplied(query: (sql: string) => Promise<[RowDataPacket[], unknown]>): Promise<number> {
  try {
    const [rows] = await query('SELECT MAX(created_at) AS applied FROM __drizzle_migrations');
    return Number(rows[0]?.applied ?? 0);
  } catch (error) {
    if ((error as { errno?: number }).errno === NO_SUCH_TABLE) return 0;
    throw error;
  }
}

function refuseNewer(applied: number): void {
  const newest = Math.max(...knownMigrations().map(({ when }) => when));
  if (applied <= newest) return;
  throw new SluiceError('the database was migrated by a newer Sluice than this one', {
    code: 'schema_newer',
    hint: 'Run the version of Sluice that migrated it, or a later one.',
  });
}
