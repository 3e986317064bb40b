import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { SluiceError, UsageError } from '../domain/errors.ts';
import type { Owner } from './ownership.ts';
import { isOurs } from './plan.ts';
import { describeSchedule } from './server/describe.ts';

interface RemoveInput {
  readonly client: Client;
  readonly id: string;
  readonly owner: Owner;
}

/**
 * Deletes a schedule of ours; runs under way go on.
 * @throws UsageError where there is none, SluiceError `schedule_foreign` for somebody else's.
 */
export async function removeSchedule(input: RemoveInput): Promise<void> {
  if ((await deleteOwned(input)) === 'deleted') return;
  throw new UsageError(`there is no schedule "${input.id}"`, 'sluice schedules list shows them.');
}

/** @throws SluiceError `schedule_foreign` for somebody else's. */
export async function deleteOwned({ client, id, owner }: RemoveInput): Promise<'deleted' | 'gone'> {
  const found = await describeSchedule(client, id);
  if (found === undefined) return 'gone';
  refuseForeign(isOurs(found, owner), id);
  try {
    await client.schedule.getHandle(id).delete();
    return 'deleted';
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return 'gone';
    throw error;
  }
}

/** @throws SluiceError `schedule_foreign` unless it is ours. */
export function refuseForeign(isOwn: boolean, id: string): void {
  if (isOwn) return;
  throw new SluiceError(
    `the schedule "${id}" is not Sluice's, or of another profile or task queue; it stays as it is`,
    {
      code: 'schedule_foreign',
      sort: 'item',
      hint: `Its memo says whose it is: temporal schedule describe --schedule-id ${id}`,
    },
  );
}
