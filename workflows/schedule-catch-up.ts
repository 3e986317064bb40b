import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  setCurrentDetails,
} from '@temporalio/workflow';
import type {
  ScheduleCatchUpActivities,
  WatchFindings,
  WatchReport,
} from '../activities/schedule-catch-up.ts';
import { DATABASE_WORK } from './retries.ts';

/** Schedules that could not be looked through are looked at next time from where the last good look ended. */
export interface ScheduleCatchUpResult extends WatchFindings {
  /** How many there are. */
  readonly watched: number;
}

/** Thousands of schedules are a short history. */
const PAGE = 50;

/** Schedules that cannot be looked through keep the others waiting no longer than this. */
const activities = proxyActivities<ScheduleCatchUpActivities>({
  ...DATABASE_WORK,
  scheduleToCloseTimeout: '3 minutes',
});

/**
 * Finds the times that passed without a run, whatever the reason (a pause, dead workers, the service down), and has
 * made up what each schedule's `catchUp` says. A bad schedule stops nobody.
 */
export async function scheduleCatchUp(): Promise<ScheduleCatchUpResult> {
  const ids = await activities.schedulesToWatch.executeWithOptions({ summary: 'Which schedules' }, []);
  const schedules: WatchReport[] = [];
  const failed: { id: string; code: string }[] = [];
  for (let at = 0; at < ids.length; at += PAGE) {
    const page = ids.slice(at, at + PAGE);
    const summary = page.length === 1 ? page[0] : `${page[0]} and ${page.length - 1} more`;
    try {
      const found = await activities.watchSchedules.executeWithOptions(
        summary === undefined ? {} : { summary },
        [{ ids: page }],
      );
      schedules.push(...found.schedules);
      failed.push(...found.failed);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || error.cause === undefined) throw error;
      const code = codeOf(error.cause);
      failed.push(...page.map((id) => ({ id, code })));
    }
    setCurrentDetails(describe({ watched: ids.length, schedules, failed }));
  }
  const result = { watched: ids.length, schedules, failed };
  if (failed.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `could not look through ${failed.map(({ id }) => id).join(', ')}`,
      'schedule_catch_up_incomplete',
      result,
    );
  }
  return result;
}

function codeOf(cause: Error): string {
  return cause instanceof ApplicationFailure ? (cause.type ?? 'failed') : cause.name;
}

function describe({ watched, schedules, failed }: ScheduleCatchUpResult): string {
  if (schedules.length + failed.length === 0) return `${watched} schedules, nothing missed.`;
  return [
    '| schedule | state | owed | missed | skipped | late | asked for |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...schedules.map(
      ({ id, state, owed, missed, skipped, late, asked }) =>
        `| ${id} | ${state} | ${owed} | ${missed} | ${skipped} | ${late} | ${asked} |`,
    ),
    ...failed.map(({ id, code }) => `| ${id} | failed: ${code} | | | | | |`),
  ].join('\n');
}
