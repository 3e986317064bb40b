import type { Client } from '@temporalio/client';
import { loadSettings, type Settings } from '../../config.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { loadCatalogue } from '../../schedules/load.ts';
import type { Owner } from '../../schedules/ownership.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { createScheduleBook } from '../../workers/schedule-book.ts';
import { withDatabase, withTemporal } from '../context.ts';

/** What a command about schedules works with. */
export interface ScheduleContext {
  readonly settings: Settings;
  readonly client: Client;
  /** What runs when, by its id; from `withSchedules` also what reports say. */
  readonly catalogue: readonly ResolvedSchedule[];
  readonly owner: Owner;
  readonly now: Date;
}

/** Runs a command's work with the catalogue alone, for what compares it with Temporal, and a Temporal client. */
export async function withCatalogue<T>(work: (context: ScheduleContext) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const now = new Date();
  const catalogue = await loadCatalogue(settings, { now });
  const owner = ownerOf(settings);
  return withTemporal(settings, (client) => work({ settings, client, catalogue, owner, now }));
}

/** Runs a command's work with all schedules, those of reports among them, and a Temporal client. */
export async function withSchedules<T>(work: (context: ScheduleContext) => Promise<T>): Promise<T> {
  return withCatalogue(async (context) => {
    const { settings, catalogue, owner } = context;
    return work({ ...context, catalogue: await withReports(settings, { catalogue, owner }) });
  });
}

/** Without a database, or with one that is empty or away, the catalogue: who needs the database says so. */
async function withReports(
  settings: Settings,
  declared: { readonly catalogue: readonly ResolvedSchedule[]; readonly owner: Owner },
): Promise<readonly ResolvedSchedule[]> {
  if (settings.databaseUrl === undefined) return declared.catalogue;
  try {
    return await withDatabase(settings, ({ orm }) => createScheduleBook({ db: orm, ...declared }).all());
  } catch (error) {
    if (error instanceof SluiceError) return declared.catalogue;
    throw error;
  }
}

function ownerOf({ schedule, temporal }: Settings): Owner {
  return { profile: schedule.profile, taskQueue: temporal.taskQueue };
}

/** @throws UsageError for an id that the catalogue does not have. */
export function entryOf({ catalogue }: Pick<ScheduleContext, 'catalogue'>, id: string): ResolvedSchedule {
  const found = catalogue.find((schedule) => schedule.id === id);
  if (found !== undefined) return found;
  throw new UsageError(`there is no schedule "${id}" in the catalogue`, 'sluice schedules list shows them.');
}
