import type { ReportDefinition } from '../../domain/reports/definition.ts';
import type { Recurrence } from '../../schedules/recurrence/rule.ts';
import { timesBetween } from '../../schedules/recurrence/times.ts';

/** Times to come that are looked at. */
const MOST = 5000;
const DAY = 86_400;

/** More than this needs somebody's word. */
export const MANY_MAILS_A_DAY = 48;

/** The next times of a rule. */
export function nextTimes(
  recurrence: Recurrence,
  { now, count }: { readonly now: Date; readonly count: number },
): readonly Date[] {
  const after = Math.floor(now.getTime() / 1000);
  return timesBetween(recurrence, { after, count }).map((at) => new Date(at * 1000));
}

/** Of the times to come: seconds between the two that are nearest to each other; undefined: there is one at most. */
export function shortestGap(recurrence: Recurrence, { now }: { readonly now: Date }): number | undefined {
  const times = upcoming(recurrence, now);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}

/** Mails in the busiest 24 hours to come, every run counted as delivered. */
export function mailsADay(
  { recipients, cc }: Pick<ReportDefinition, 'recipients' | 'cc'>,
  { recurrence, now }: { readonly recurrence: Recurrence; readonly now: Date },
): number {
  const times = upcoming(recurrence, now);
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while (at - (times[first] ?? at) >= DAY) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most * (recipients.length + cc.length);
}

function upcoming(recurrence: Recurrence, now: Date): readonly number[] {
  return timesBetween(recurrence, { after: Math.floor(now.getTime() / 1000), count: MOST });
}
