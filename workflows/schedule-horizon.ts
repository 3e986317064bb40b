import { ApplicationFailure, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Horizon, ScheduleHorizonActivities } from '../activities/schedule-horizon.ts';
import { DATABASE_WORK } from './retries.ts';

export interface ScheduleHorizonResult {
  /** Schedules whose times Temporal holds one by one. */
  readonly schedules: readonly Horizon<string>[];
}

/** At least 400 days are listed at a time; with less than this left nothing has brought them forward for a year. */
const LEAST_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

const { rollHorizon } = proxyActivities<ScheduleHorizonActivities>({
  ...DATABASE_WORK,
  // What does not work for hours is shown as failed; tomorrow is another try.
  scheduleToCloseTimeout: '6 hours',
});

/** Brings schedules forward whose times Temporal holds one by one, long before they run out. */
export async function scheduleHorizon(): Promise<ScheduleHorizonResult> {
  const schedules = await rollHorizon.executeWithOptions({ summary: 'Bring listed times forward' }, []);
  setCurrentDetails(
    [
      '| schedule | listed until | brought forward now |',
      '|---|---|---|',
      ...schedules.map(({ id, until, rolled }) => `| ${id} | ${until} | ${rolled ? 'yes' : 'no'} |`),
    ].join('\n'),
  );
  const short = schedules.filter(({ until }) => Date.parse(until) < Date.now() + LEAST_DAYS * DAY_MS);
  if (short.length > 0) {
    const named = short.map(({ id, until }) => `${id} (until ${until.slice(0, 10)})`).join(', ');
    throw ApplicationFailure.nonRetryable(
      `less than ${LEAST_DAYS} days of times left: ${named}. sluice schedules plan says why`,
      'schedule_horizon_short',
      { schedules },
    );
  }
  return { schedules };
}
