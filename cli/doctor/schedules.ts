import type { Client } from '@temporalio/client';
import type { Settings } from '../../config.ts';
import { type PlannedSchedule, planSchedules } from '../../schedules/plan.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import type { ServerSchedule } from '../../schedules/server/describe.ts';
import { visibleText, visibleTime } from '../visible-text.ts';
import { type Check, check, type Finding } from './checks.ts';

const DAY_MS = 86_400_000;
/** Rolled forward daily by schedule-horizon from 200 days on; so few left means that it does not run. */
const ALARM_MS = 30 * DAY_MS;
/** With more schedules than this, those in order share a line. */
const SHOWN = 25;

export function scheduleCheckName(id: string): string {
  return `schedule ${id}`;
}

/** Whether Temporal holds what the catalogue says, and how long it knows what to do. */
export async function scheduleChecks(
  client: Client,
  {
    catalogue,
    settings: { schedule, temporal },
  }: { readonly catalogue: readonly ResolvedSchedule[]; readonly settings: Settings },
): Promise<readonly Check[]> {
  const { profile } = schedule;
  const { taskQueue } = temporal;
  const now = new Date();
  const planned = planSchedules({ client, catalogue, profile, taskQueue, now });
  const checks = await Promise.all([
    ...catalogue.map(({ id }) =>
      check(scheduleCheckName(id), async () => {
        const found = (await planned).find((one) => one.id === id);
        return found === undefined ? NOT_APPLIED : findingOf(found, now);
      }),
    ),
    check('schedules beside the catalogue', async () => besides(await planned)),
  ]);
  const inOrder = checks.filter(({ state }) => state === 'ok');
  if (checks.length <= SHOWN) return checks;
  return [
    { name: 'schedules', state: 'ok', found: `${inOrder.length} as the catalogue says` },
    ...checks.filter(({ state }) => state !== 'ok'),
  ];
}

const NOT_APPLIED: Finding = {
  state: 'warning',
  found: 'not applied: nothing runs by itself',
  mend: 'sluice schedules apply',
};

function findingOf(planned: PlannedSchedule, now: Date): Finding {
  switch (planned.action) {
    case 'create':
    case 'delete':
      return NOT_APPLIED;
    case 'rename':
      return { ...NOT_APPLIED, found: `still called ${planned.from} on the server` };
    case 'finished':
      return { state: 'ok', found: 'finished: it has no time to come' };
    case 'foreign':
      return {
        state: 'failed',
        found: "somebody else's schedule has this id, so it does not run",
        mend: 'Give it another id in the catalogue.',
      };
    case 'update': {
      const changes = planned.changes.map(
        (one) => `${one.field}: ${visibleText(one.old)} → ${visibleText(one.new)}`,
      );
      const found = `differs from the catalogue: ${changes.join('; ')}`;
      return horizonAlarm(planned.held, now) ?? { ...NOT_APPLIED, found };
    }
    default:
      return horizonAlarm(planned.held, now) ?? activity(planned.held);
  }
}

function horizonAlarm(held: ServerSchedule | undefined, now: Date): Finding | undefined {
  if (held?.spec.endAt === undefined) return undefined;
  const until = new Date(held.spec.endAt * 1000);
  if (until.getTime() - now.getTime() >= ALARM_MS) return undefined;
  return {
    state: 'warning',
    found: `Temporal knows its times until ${visibleTime(until)} only`,
    mend: 'sluice schedules apply; then look why schedule-horizon does not run.',
  };
}

function activity(held: ServerSchedule | undefined): Finding {
  if (held?.paused === true) {
    return {
      state: 'warning',
      found: `paused: ${visibleText(held.note)}`,
      mend: `sluice schedules resume ${held.id}`,
    };
  }
  const next = held?.info.nextTimes[0];
  return { state: 'ok', found: `active${next === undefined ? '' : `, next run ${visibleTime(next)}`}` };
}

function besides(planned: readonly PlannedSchedule[]): Finding {
  const ids = planned.filter(({ action }) => action === 'delete').map(({ id }) => id);
  if (ids.length === 0) return { state: 'ok', found: 'none of ours' };
  return {
    state: 'warning',
    found: `${ids.join(', ')}: ours, and not in the catalogue`,
    mend: 'sluice schedules apply deletes them.',
  };
}
