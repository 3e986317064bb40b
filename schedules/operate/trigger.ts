import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { SluiceError } from '../../domain/errors.ts';
import { timesBetween } from '../recurrence/times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import { describeSchedule, type RecentAction, type ServerSchedule } from '../server/describe.ts';

const LOOK_EVERY_MS = 100;
const LOOKS = 100;

/**
 * Starts a schedule's flow now, beside whatever runs, also while it is paused. Its logical time is now.
 * @returns the run that came of it
 * @throws SluiceError `schedule_not_started` when none comes within ten seconds.
 */
export async function triggerNow(
  client: Client,
  { held, declared }: { readonly held: ServerSchedule; readonly declared: ResolvedSchedule | undefined },
): Promise<RecentAction> {
  const known = new Set(held.info.recentActions.map(({ runId }) => runId));
  await client.schedule.getHandle(held.id).trigger('ALLOW_ALL');
  for (let look = 0; look < LOOKS; look += 1) {
    const now = await describeSchedule(client, held.id);
    const fresh = (now?.info.recentActions ?? []).filter(({ runId }) => !known.has(runId));
    const ours = fresh.find((one) => !isOfRule(one, declared)) ?? fresh.at(-1);
    if (ours !== undefined) return ours;
    await pause(LOOK_EVERY_MS);
  }
  throw new SluiceError(`Temporal has not started ${held.id}`, {
    code: 'schedule_not_started',
    sort: 'retry',
    hint: 'Another run of it may have begun in the same second, or Temporal is busy: look at sluice schedules show, then try again.',
  });
}

/** A run that the rule has started in the same moment is not the one asked for. */
function isOfRule({ scheduledAt }: RecentAction, declared: ResolvedSchedule | undefined): boolean {
  if (declared === undefined) return false;
  const at = Math.floor(scheduledAt.getTime() / 1000);
  return timesBetween(declared.recurrence, { after: at - 1, before: at + 1, count: 1 }).length > 0;
}
