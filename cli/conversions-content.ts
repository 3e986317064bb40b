import type { Settings } from '../config.ts';
import { countConversions, countDays, firstEntryAt } from '../db/conversions.ts';
import type { Executor } from '../db/pool.ts';
import { type ConversionReport, conversionReport, type DailyConversion } from '../domain/conversions.ts';
import { UsageError } from '../domain/errors.ts';
import { addDays, type DayRange, dayOf, lengthOf } from '../domain/report-days.ts';
import { parseReportRange } from '../domain/report-range.ts';
import { conversionsCsv, dailyConversionsCsv } from '../reports/conversions-csv.ts';
import { conversionsJson } from '../reports/conversions-json.ts';
import type { ReportPeriod } from '../reports/conversions-period.ts';
import { conversionsText, dailyConversionsText } from '../reports/conversions-text.ts';
import { loadDays } from './conversions-days.ts';

export const CONVERSION_FORMATS = ['table', 'json', 'csv', 'html', 'svg', 'png'] as const;
export type ConversionFormat = (typeof CONVERSION_FORMATS)[number];

/** Days of `--daily` where no first day is asked for. */
export const DAILY_DAYS = 30;
/** Ten years: a mistyped year is not worth a table of half a million days. */
const MOST_DAYS = 3660;

export interface ConversionsWish {
  readonly settings: Settings;
  /** What the operator asked for; its days are checked already. */
  readonly period: ReportPeriod;
  readonly format: ConversionFormat;
  readonly now: Date;
  /** Told of days whose tests are not known because the site does not answer. */
  readonly onUnknownTests: (days: readonly string[], reason: string) => void;
}

/** The totals of each funnel; as a page or a chart, with every day since the first entry of the period. */
export async function conversionsContent(db: Executor, wish: ConversionsWish): Promise<string | Buffer> {
  const { period, format } = wish;
  if (format === 'svg' || format === 'png') return chart(db, { ...wish, range: await enteredDays(db, wish) });
  const report = await totals(db, period);
  if (format === 'table') return conversionsText({ period, report });
  if (format === 'csv') return conversionsCsv(report);
  if (format === 'json') return json({ period, report });
  return page({
    ...wish,
    report,
    days: await daysOrRemark(db, { ...wish, range: await enteredDays(db, wish) }),
  });
}

/** Day by day: tests of the site beside entries and purchases. */
export async function dailyConversionsContent(db: Executor, wish: ConversionsWish): Promise<string | Buffer> {
  const range = lastDays(wish);
  const period = {
    ...wish.period,
    from: range.first,
    to: range.last < range.first ? wish.period.to : addDays(range.last, 1),
  };
  const { format } = wish;
  if (format === 'svg' || format === 'png') return chart(db, { ...wish, range });
  const days = await daysOrRemark(db, { ...wish, range });
  if (format === 'table') return dailyConversionsText({ period, days });
  if (format === 'csv') return dailyConversionsCsv(days);
  const report = await totals(db, period);
  return format === 'json' ? json({ period, report, days }) : page({ ...wish, period, report, days });
}

async function totals(db: Executor, { from, to, timezone }: ReportPeriod): Promise<ConversionReport> {
  const range = parseReportRange({ fromDate: from ?? undefined, toDate: to ?? undefined, timezone });
  return conversionReport(await countConversions(db, range));
}

/** The period's days that have begun, or the last thirty of them. */
function lastDays({ period, now }: ConversionsWish): DayRange {
  const last = lastBegun(period, now);
  return bounded({ first: period.from ?? addDays(last, 1 - DAILY_DAYS), last });
}

/** The period's days that have begun, without those before anybody entered. */
async function enteredDays(db: Executor, { period, now }: ConversionsWish): Promise<DayRange> {
  const firstEntry = await firstEntryAt(db);
  const last = lastBegun(period, now);
  if (firstEntry === undefined) return { first: addDays(last, 1), last };
  const entered = dayOf({ at: firstEntry, timezone: period.timezone });
  return bounded({ first: period.from !== null && period.from > entered ? period.from : entered, last });
}

function lastBegun({ to, timezone }: ReportPeriod, now: Date): string {
  const today = dayOf({ at: now, timezone });
  return to !== null && to <= today ? addDays(to, -1) : today;
}

function bounded(range: DayRange): DayRange {
  const days = lengthOf(range);
  if (days <= MOST_DAYS) return range;
  throw new UsageError(
    `${days} days from ${range.first} to ${range.last} are too many to show day by day; ask for ${MOST_DAYS} at most with --from-date and --to-date`,
  );
}

/** The chart draws no tests, so the site need not be there. */
async function chart(
  db: Executor,
  { range, period, format }: ConversionsWish & { readonly range: DayRange },
): Promise<string | Buffer> {
  const days = (await countDays(db, { days: range, timezone: period.timezone })).map((day) => ({
    ...day,
    tests: 0,
  }));
  const { trendChartPng, trendChartSvg } = await import('../reports/chart.ts');
  return format === 'png' ? trendChartPng({ days }) : trendChartSvg({ days });
}

async function daysOrRemark(
  db: Executor,
  { settings, range, onUnknownTests }: ConversionsWish & { readonly range: DayRange },
): Promise<readonly DailyConversion[]> {
  const { days, withoutTests, reason } = await loadDays(db, { settings, range });
  if (withoutTests.length > 0) onUnknownTests(withoutTests, reason);
  return days;
}

async function page({
  period,
  report,
  days,
  now,
}: ConversionsWish & {
  readonly report: ConversionReport;
  readonly days: readonly DailyConversion[];
}): Promise<string> {
  const { conversionsHtml } = await import('../reports/conversions-html.ts');
  return conversionsHtml({ period, report, days, generatedAt: now });
}

function json(content: Parameters<typeof conversionsJson>[0]): string {
  return `${JSON.stringify(conversionsJson(content), undefined, 2)}\n`;
}
