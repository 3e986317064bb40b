import type { MailChart } from '../domain/mail-chart.ts';
import { WEEK_DAYS } from '../domain/marketing/anomalies.ts';
import { compact, dayInWords, grouped, meanText, weekdayOf } from '../domain/marketing/numbers.ts';
import type { MarketingReport, ReportRow } from '../domain/marketing/report.ts';

/**
 * Variables of the template `marketing-report`. Numbers are texts already, so that HTML and text part say the same.
 * @param chartUrl where the picture of a chart is; undefined: the mail goes without pictures.
 */
export function marketingReportParams(
  report: MarketingReport,
  chartUrl: ((chart: MailChart) => string) | undefined,
): Readonly<Record<string, unknown>> {
  const { day, form, anomalies, timezone } = report;
  const charts = form === 'short' || chartUrl === undefined ? [] : report.charts;
  return {
    day_words: `${weekdayOf(day)}, ${dayInWords(day)}`,
    subject_line: subjectOf(report),
    summary: summaryOf(report),
    anomalies,
    remark: remarkOf(report),
    rows: tableOf(report),
    timezone,
    is_short: form === 'short',
    ...Object.fromEntries(
      charts.flatMap((chart, place) => [
        [`chart_${place + 1}`, chartUrl?.(chart)],
        [`chart_${place + 1}_alt`, chartInWords(chart)],
      ]),
    ),
  };
}

/** The numbers of a chart, for whoever does not see it. */
function chartInWords({ title, labels, series }: MailChart): string {
  const lines = series.map(
    ({ name, values }) =>
      `${name} ${values.map((value) => (value === null ? '–' : grouped(value))).join(' ')}`,
  );
  return `${title}, ${labels[0] ?? ''} to ${labels.at(-1) ?? ''}: ${lines.join('; ')}.`;
}

function subjectOf(report: MarketingReport): string {
  const count = report.anomalies.length;
  const news = count === 0 ? '' : ` · ${count === 1 ? '1 anomaly' : `${count} anomalies`}`;
  return `Marketing on ${weekdayOf(report.day)}: ${counted(report, 'leads', 'lead')}, ${counted(report, 'mails_sent', 'mail')} sent${news}`;
}

function summaryOf(report: MarketingReport): string {
  const parts = [
    counted(report, 'leads', 'new lead'),
    counted(report, 'opt_ins', 'opt-in'),
    counted(report, 'assessments', 'assessment'),
    counted(report, 'purchases', 'purchase'),
  ];
  return `${parts.join(', ')}, and ${counted(report, 'mails_sent', 'mail')} sent.`;
}

function counted(report: MarketingReport, key: string, noun: string): string {
  const value = report.rows.find((row) => row.key === key)?.value ?? 0;
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function remarkOf({ rows, isComparable, anomalies }: MarketingReport): string {
  if (!isComparable) return 'Too early to compare: there are no figures of a week before these yet.';
  if (rows.every(({ value }) => value === 0)) return 'Nothing happened on that day.';
  return anomalies.length === 0 ? 'Everything is within 30\u00a0% of the week before.' : '';
}

/** Rows of the table; one with a heading has nothing else. */
function tableOf(report: MarketingReport): readonly Readonly<Record<string, string | boolean>>[] {
  const rows = report.form === 'short' ? report.rows.filter(({ rank }) => rank === 'headline') : report.rows;
  const sections = Map.groupBy(rows, ({ section }) => section);
  return [...sections].flatMap(([section, own]) => [
    ...(report.form === 'short' ? [] : [headingRow(section)]),
    ...own.map(textRow),
    ...(section === 'Funnels' ? [conversionRow(report)] : []),
  ]);
}

function headingRow(heading: string): Readonly<Record<string, string | boolean>> {
  return { ...BLANK, heading };
}

const BLANK = {
  heading: '',
  label: '',
  value: '',
  before: '',
  mean: '',
  change: '',
  is_part: false,
  is_odd: false,
};

function textRow({ label, rank, value, dayBefore, weekSum, change, isAnomaly }: ReportRow) {
  return {
    ...BLANK,
    label,
    value: grouped(value),
    before: compact(dayBefore),
    mean: meanText({ sum: weekSum, days: WEEK_DAYS }),
    change,
    is_part: rank === 'part',
    is_odd: isAnomaly,
  };
}

function conversionRow({ conversion: { value, dayBefore, mean } }: MarketingReport) {
  return {
    ...BLANK,
    label: 'Conversion to date',
    value: `${value}\u00a0%`,
    before: `${dayBefore}\u00a0%`,
    mean: `${mean}\u00a0%`,
  };
}
