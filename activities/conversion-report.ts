import { newestRecordedDay, type RecordedDay, recordDays, recordedDays } from '../db/conversion-history.ts';
import { countDays, firstEntryAt } from '../db/conversions.ts';
import type { Database } from '../db/pool.ts';
import type { TestCounter } from '../db/site/test-counts.ts';
import { SluiceError } from '../domain/errors.ts';
import { addDays, type DayRange, dayOf, daysOf, lastFinishedDay, toRanges } from '../domain/report-days.ts';

export interface ConversionReportDeps {
  readonly database: Database;
  readonly testCounter: TestCounter;
  /** IANA zone of the days. */
  readonly timezone: string;
  readonly dryRun: boolean;
}

/** Days that every run records anew: after an outage entries and purchases of past days come late. */
const LOOKBACK_DAYS = 35;
/** Days in one activity: a second or two of work. */
const DAYS_PAGE = 31;

/** Which days a run records. Days are YYYY-MM-DD in the zone of the report. */
export interface HistoryPlan {
  readonly dryRun: boolean;
  readonly ranges: readonly DayRange[];
  readonly days: number;
  /** Those of the days that no run has recorded yet. */
  readonly newDays: number;
  /** From this day on the site's count of tests replaces the recorded one; before it only a greater one does. */
  readonly trustTestsFrom: string;
}

export function createConversionReportActivities(deps: ConversionReportDeps) {
  const { orm } = deps.database;
  const { timezone } = deps;

  return {
    /**
     * Finds the finished days to record: each from the first entry's on that is not recorded yet, and the latest ones
     * again. @param asOf logical time, ISO 8601 in UTC; the day it falls on is not over.
     */
    async planHistory({ asOf }: { readonly asOf: string }): Promise<HistoryPlan> {
      const last = lastFinishedDay({ at: new Date(asOf), timezone });
      const [firstEntry, newest] = await Promise.all([firstEntryAt(orm), newestRecordedDay(orm)]);
      const first = firstEntry === undefined ? undefined : dayOf({ at: firstEntry, timezone });
      const finished = first === undefined ? [] : daysOf({ first, last });
      const recorded = new Set(
        first === undefined ? [] : (await recordedDays(orm, { first, last })).map(({ day }) => day),
      );
      const again = addDays(last, 1 - LOOKBACK_DAYS);
      const days = finished.filter((day) => day >= again || !recorded.has(day));
      return {
        dryRun: deps.dryRun,
        ranges: toRanges(days, DAYS_PAGE),
        days: days.length,
        newDays: days.filter((day) => !recorded.has(day)).length,
        // A run for an old logical time must not take what the site has cleared out since for the truth.
        trustTestsFrom: newest === undefined || newest < last ? again : addDays(newest, 1 - LOOKBACK_DAYS),
      };
    },

    /**
     * Records the days of one range; may be repeated. @returns the last of them, a row a funnel.
     * @throws SluiceError on a dry worker, so that another one takes the work.
     */
    async recordHistory({
      range,
      trustTestsFrom,
    }: {
      readonly range: DayRange;
      readonly trustTestsFrom: string;
    }): Promise<readonly RecordedDay[]> {
      if (deps.dryRun) {
        throw new SluiceError('this worker runs dry and records nothing', {
          code: 'dry_worker',
          sort: 'retry',
          hint: 'Run all workers of a task queue with the same APP_DRY_RUN.',
        });
      }
      const [counted, tested] = await Promise.all([
        countDays(orm, { days: range, timezone }),
        deps.testCounter.countTests({ days: range, timezone }),
      ]);
      const testDays = new Map(tested.map((one) => [one.day, one]));
      const days = counted.map((row) => ({ ...row, tests: testDays.get(row.day)?.tests[row.funnel] ?? 0 }));
      const isTrusted = ({ day }: RecordedDay) =>
        day >= trustTestsFrom && (testDays.get(day)?.sittings ?? 0) > 0;
      await orm.transaction(async (tx) => {
        await recordDays(tx, { days: days.filter(isTrusted), tests: 'replace' });
        await recordDays(tx, { days: days.filter((row) => !isTrusted(row)), tests: 'keep_greater' });
      });
      return recordedDays(orm, { first: range.last, last: range.last });
    },
  };
}

export type ConversionReportActivities = ReturnType<typeof createConversionReportActivities>;
