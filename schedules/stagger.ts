import { UsageError } from '../domain/errors.ts';
import type { Schedule, Span } from './define.ts';
import { parseSpan } from './span.ts';

const DAY_MINUTES = 24 * 60;

/**
 * Schedules one after the other, so that they do not start in the same minute: the first at `from`, each next one `by`
 * later.
 * @throws UsageError where one would fall on the next day.
 * @example
 * export const reports = stagger({ from: '08:00', by: '30m' }, [
 *   ({ hour, minute }) => defineSchedule({ id: 'daily-report', when: cron(`${minute} ${hour} * * *`), … }),
 *   ({ hour, minute }) => defineSchedule({ id: 'weekly-report', when: cron(`${minute} ${hour} * * 1`), … }),
 * ]);
 */
export function stagger(
  { from, by }: { readonly from: `${number}:${number}`; readonly by: Span },
  schedules: readonly ((at: { readonly hour: number; readonly minute: number }) => Schedule)[],
): readonly Schedule[] {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(from) ?? [];
  if (hour === undefined || minute === undefined) {
    throw new UsageError(`stagger: from "${from}" is no time of day`, 'Hours and minutes: 08:00.');
  }
  const step = parseSpan(by) / 60_000;
  if (!Number.isInteger(step)) throw new UsageError(`stagger: by "${by}" is not in whole minutes`);
  return schedules.map((schedule, index) => {
    const at = Number(hour) * 60 + Number(minute) + index * step;
    if (at >= DAY_MINUTES) {
      throw new UsageError(`stagger: number ${index + 1} from ${from} by ${by} falls on the next day`);
    }
    return schedule({ hour: Math.floor(at / 60), minute: at % 60 });
  });
}
