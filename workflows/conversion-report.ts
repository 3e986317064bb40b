import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ConversionReportActivities } from '../activities/conversion-report.ts';
import type { DailyConversion } from '../domain/conversions.ts';
import { logicalTime } from './logical-time.ts';
import { DATABASE_WORK } from './retries.ts';

export interface ConversionReportInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** Plan only; a worker that runs dry plans whatever is asked. */
  readonly dryRun?: boolean;
}

/** Counts only. `days` are those recorded, or to be recorded by a dry run; `newDays` those of them not known before. */
export type ConversionReportResult = {
  readonly asOf: string;
  readonly days: number;
  readonly newDays: number;
} & (
  | {
      readonly dryRun: false;
      /** The last finished day, a row a funnel; empty as long as nobody has entered. */
      readonly lastDay: readonly DailyConversion[];
    }
  | { readonly dryRun: true }
);

const activities = proxyActivities<ConversionReportActivities>(DATABASE_WORK);

/**
 * Keeps the daily history of conversions: records the finished days up to the one before its logical time. A page of
 * days is three events, so the history of a century still fits into one run.
 */
export async function conversionReport(input: ConversionReportInput = {}): Promise<ConversionReportResult> {
  const asOf = logicalTime(input.asOf);
  const plan = await activities.planHistory.executeWithOptions(
    { summary: 'Find finished days that are not recorded, or may have changed' },
    [{ asOf }],
  );
  const { days, newDays, ranges, trustTestsFrom } = plan;
  if (plan.dryRun || input.dryRun === true) {
    setCurrentDetails(
      `Dry run as of ${asOf}: ${days} days to record, ${newDays} of them new. Nothing was written.`,
    );
    return { asOf, days, newDays, dryRun: true };
  }
  let lastDay: readonly DailyConversion[] = [];
  for (const range of ranges) {
    lastDay = await activities.recordHistory.executeWithOptions(
      { summary: `Record ${range.first} to ${range.last}` },
      [{ range, trustTestsFrom }],
    );
    setCurrentDetails(describe({ asOf, days, newDays, lastDay }));
  }
  return { asOf, days, newDays, dryRun: false, lastDay };
}

function describe({
  asOf,
  days,
  newDays,
  lastDay,
}: {
  readonly asOf: string;
  readonly days: number;
  readonly newDays: number;
  readonly lastDay: readonly DailyConversion[];
}): string {
  return [
    `As of ${asOf}: ${days} finished days to record, ${newDays} of them new. Recorded up to ${lastDay[0]?.day}:`,
    '',
    '| | tests | entries | purchases | entries so far | purchased so far |',
    '|---|---:|---:|---:|---:|---:|',
    ...lastDay.map(
      (row) =>
        `| ${row.funnel} | ${row.tests} | ${row.entries} | ${row.purchases} | ${row.totalEntries} | ${row.totalPurchased} |`,
    ),
  ].join('\n');
}
