import type { Client } from '@temporalio/client';
import type { AppliedSchedule } from '../activities/schedule-times.ts';
import { compare } from '../schedules/compare.ts';
import type { Owner } from '../schedules/ownership.ts';
import { findOwned } from '../schedules/plan.ts';
import type { ResolvedSchedule } from '../schedules/resolved.ts';

/** A declared schedule as Temporal holds it, as far as the search for missed times cares. */
export async function readSchedule(
  client: Client,
  { schedule, owner }: { readonly schedule: ResolvedSchedule; readonly owner: Owner },
): Promise<AppliedSchedule | undefined> {
  const held = await findOwned({ client, id: schedule.id, owner });
  if (held === undefined) return undefined;
  const { createdAt, updatedAt, paused, remainingActions, exceptions, info } = held;
  const at = (kind: 'skip' | 'once') =>
    exceptions.filter((exception) => exception.kind === kind).map((exception) => exception.at);
  return {
    createdAt,
    changedAt: updatedAt ?? createdAt,
    paused: paused || remainingActions === 0,
    busy: info.runningWorkflowIds.length > 0 || info.bufferSize > 0,
    differs: compare(schedule, { held, now: new Date() }).changes.some(({ field }) => field === 'when'),
    skips: new Set(at('skip')),
    extras: at('once'),
  };
}
