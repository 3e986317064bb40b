import type { Settings } from '../../config.ts';
import type { Database } from '../../db/pool.ts';
import { slotsAround, slotsInState } from '../../db/schedule-runs.ts';
import { watchesOf } from '../../db/schedule-watches.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { RunLedger } from '../../schedules/observe/ledger.ts';
import { withDatabase } from '../context.ts';

/** The ledger of runs, and the database that it is in. */
export interface OpenLedger {
  readonly database: Database;
  readonly ledger: RunLedger;
}

/**
 * Runs a command's work with the ledger where DATABASE_URL is set and answers; else without it, saying why on stderr. A
 * schedule can be looked at and steered with Temporal alone.
 */
export async function withLedger<T>(
  settings: Settings,
  work: (open: OpenLedger | undefined) => Promise<T>,
): Promise<T> {
  if (settings.databaseUrl === undefined) return work(undefined);
  const trouble = await withDatabase(settings, async (database) => {
    const ledger = ledgerOf(database);
    await ledger.owed(['']);
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (trouble === undefined) {
    return withDatabase(settings, (database) => work({ database, ledger: ledgerOf(database) }));
  }
  if (!(trouble instanceof SluiceError)) throw trouble;
  process.stderr.write(`sluice: without the ledger, ${trouble.message}; what Temporal knows is shown\n`);
  return work(undefined);
}

function ledgerOf({ orm }: Database): RunLedger {
  return {
    rowsAround: (range) => slotsAround(orm, range),
    owed: (scheduleIds) => slotsInState(orm, { scheduleIds, state: 'owed' }),
    watches: (scheduleIds) => watchesOf(orm, scheduleIds),
  };
}
