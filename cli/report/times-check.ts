import { messageOf, UsageError } from '../../domain/errors.ts';
import { REPORT_DEFAULTS, type ReportWhen } from '../../domain/reports/definition.ts';
import { reportSchedule } from '../../schedules/report-schedule.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { spanText } from '../../schedules/span.ts';
import type { DefinitionSettings } from './check-definition.ts';
import { nextTimes, shortestGap } from './run-times.ts';

const SHOWN = 5;

/**
 * Whether a report can run at such times, and when it would run next.
 * @throws UsageError for a rule that cannot be read, is over, or runs too often
 */
export function checkTimes(
  report: {
    readonly id: string;
    readonly name: string;
    readonly when: Readonly<Record<string, string>>;
    readonly timezone: string;
  },
  { settings, now }: { readonly settings: DefinitionSettings; readonly now: Date },
): { readonly schedule: ResolvedSchedule; readonly next: readonly Date[] } {
  const { catchUp, catchUpWithin } = REPORT_DEFAULTS;
  const {
    schedule: { profile },
    temporal: { taskQueue },
    reportMinInterval,
  } = settings;
  const times = { ...report, when: report.when as unknown as ReportWhen, catchUp, catchUpWithin };
  let schedule: ResolvedSchedule;
  try {
    schedule = reportSchedule(times, { profile, taskQueue, now });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  const next = nextTimes(schedule.recurrence, { now, count: SHOWN });
  if (next.length === 0) throw new UsageError(`${schedule.whenText} has no time to come`);
  const gap = shortestGap(schedule.recurrence, { now });
  if (gap !== undefined && gap * 1000 < reportMinInterval) {
    throw new UsageError(
      `${schedule.whenText} leaves ${spanText(gap * 1000)} between two runs; REPORT_MIN_INTERVAL asks for ${spanText(reportMinInterval)}`,
    );
  }
  return { schedule, next };
}
