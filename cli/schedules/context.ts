import type { Client } from '@temporalio/client';
import { loadSettings, type Settings } from '../../config.ts';
import { UsageError } from '../../domain/errors.ts';
import { loadCatalogue } from '../../schedules/load.ts';
import type { Owner } from '../../schedules/ownership.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { withTemporal } from '../context.ts';

/** What a command about schedules works with. */
export interface ScheduleContext {
  readonly settings: Settings;
  readonly client: Client;
  readonly catalogue: readonly ResolvedSchedule[];
  readonly owner: Owner;
  readonly now: Date;
}

/** Runs a command's work with the catalogue and a Temporal client. */
export async function withSchedules<T>(work: (context: ScheduleContext) => Promise<T>): Promise<T> {
  const settings = loadSettings();
  const now = new Date();
  const catalogue = await loadCatalogue(settings, { now });
  const owner = ownerOf(settings);
  return withTemporal(settings, (client) => work({ settings, client, catalogue, owner, now }));
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
