import { conversionPercent } from '../conversions.ts';
import type { MailChart } from '../mail-chart.ts';
import { addDays, daysOf } from '../report-days.ts';
import { anomalyInWords, changeText, isAnomaly, WEEK_DAYS } from './anomalies.ts';
import {
  type DayFigures,
  isQuiet,
  type MarketingDay,
  METRICS,
  type Metric,
  metricInWords,
} from './figures.ts';
import { isWeekend, shortDay } from './numbers.ts';

/** Days that a report shows; the last of them is the one that it is about. */
const REPORT_DAYS = 14;

/** A figure of the day beside the days before it. */
export interface ReportRow {
  readonly key: string;
  readonly label: string;
  readonly section: Metric['section'];
  readonly rank: Metric['rank'];
  readonly value: number;
  readonly dayBefore: number;
  /** Sum of the seven days before; a seventh of it is their mean. */
  readonly weekSum: number;
  /** Against that mean: `+12 %`. */
  readonly change: string;
  readonly isAnomaly: boolean;
}

/** Per cent with two decimals of all who ever entered, up to the end of a day. */
interface ReportConversion {
  readonly value: string;
  readonly dayBefore: string;
  /** Mean of the seven days before. */
  readonly mean: string;
}

export interface MarketingReport {
  /** The day that it is about, YYYY-MM-DD in `timezone`. */
  readonly day: string;
  readonly timezone: string;
  /** `short`: it is read on a Saturday or Sunday. */
  readonly form: 'full' | 'short';
  readonly rows: readonly ReportRow[];
  readonly conversion: ReportConversion;
  /** In words, one sentence each. */
  readonly anomalies: readonly string[];
  /** Whether there is a week before the day to compare it with. */
  readonly isComparable: boolean;
  readonly charts: readonly MailChart[];
}

/**
 * The report of the last of fourteen days. Nothing but these figures goes in, so that the same figures give the same report
 * at any time.
 * @param days in order, without gaps
 */
export function marketingReport({
  days,
  timezone,
}: {
  readonly days: readonly MarketingDay[];
  readonly timezone: string;
}): MarketingReport {
  const today = days.at(-1);
  if (today === undefined || days.length !== REPORT_DAYS) throw new RangeError('a report is made of 14 days');
  const before = days.slice(-1 - WEEK_DAYS, -1).map(({ figures }) => figures);
  const isComparable = days.slice(0, -WEEK_DAYS).some(({ figures }) => !isQuiet(figures));
  const rows = METRICS.map((metric) => rowOf({ metric, today: today.figures, before, isComparable }));
  return {
    day: today.day,
    timezone,
    form: isWeekend(addDays(today.day, 1)) ? 'short' : 'full',
    rows,
    conversion: conversionOf(today.figures, before),
    anomalies: rows.flatMap((row) => {
      const metric = METRICS.find(({ key }) => key === row.key);
      if (!row.isAnomaly || metric === undefined) return [];
      return [anomalyInWords({ ...row, name: metricInWords(metric) })];
    }),
    isComparable,
    charts: chartsOf(days),
  };
}

/** The days whose figures the report of a day needs. */
export function daysOfReport(day: string): readonly string[] {
  return daysOf({ first: addDays(day, 1 - REPORT_DAYS), last: day });
}

function rowOf({
  metric,
  today,
  before,
  isComparable,
}: {
  readonly metric: Metric;
  readonly today: DayFigures;
  readonly before: readonly DayFigures[];
  readonly isComparable: boolean;
}): ReportRow {
  const { key, label, section, rank, of } = metric;
  const value = of(today);
  const last = before.at(-1);
  const weekSum = before.reduce((sum, figures) => sum + of(figures), 0);
  return {
    key,
    label,
    section,
    rank,
    value,
    dayBefore: last === undefined ? 0 : of(last),
    weekSum,
    change: isComparable ? changeText({ value, weekSum }) : '',
    isAnomaly: isComparable && isAnomaly({ value, weekSum }),
  };
}

function conversionOf(today: DayFigures, before: readonly DayFigures[]): ReportConversion {
  const percents = before.map(percentToDate);
  // Whole hundredths, so that the mean is rounded half-up, too.
  const hundredths = percents.reduce((sum, percent) => sum + Math.round(Number(percent) * 100), 0);
  const mean = Math.floor((2 * hundredths + WEEK_DAYS) / (2 * WEEK_DAYS));
  return {
    value: percentToDate(today),
    dayBefore: percents.at(-1) ?? '0.00',
    mean: `${Math.floor(mean / 100)}.${String(mean % 100).padStart(2, '0')}`,
  };
}

function percentToDate({ toDate: { entries, purchases } }: DayFigures): string {
  return conversionPercent({ entries, purchased: purchases });
}

const CHARTS = [
  { title: 'Leads, opt-ins and funnel entries', keys: ['leads', 'opt_ins', 'entries'] },
  { title: 'Mails sent, opened and clicked', keys: ['mails_sent', 'mails_opened', 'mails_clicked'] },
] as const;

function chartsOf(days: readonly MarketingDay[]): readonly MailChart[] {
  return CHARTS.map(({ title, keys }) => ({
    kind: 'lines',
    title,
    labels: days.map(({ day }) => shortDay(day)),
    series: keys.flatMap((key) => {
      const metric = METRICS.find((one) => one.key === key);
      return metric === undefined
        ? []
        : [{ name: metric.label, values: days.map(({ figures }) => metric.of(figures)) }];
    }),
  }));
}
