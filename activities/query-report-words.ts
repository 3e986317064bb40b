import type { ReportRun } from '../db/report-runs.ts';
import type { MailChart } from '../domain/mail-chart.ts';
import { renderSubject } from '../domain/reports/subject.ts';
import { count } from '../reports/files/about.ts';
import type { ReportLinks } from './report-mails.ts';

interface Parts {
  /** Undefined: a chart has no address. */
  readonly links: ReportLinks | undefined;
  /** Fragment with links to files. */
  readonly linked: string | undefined;
  /** Where the files are, if not simply attached. */
  readonly note: string | undefined;
  readonly attached: readonly { readonly name: string }[];
  readonly isCopy: boolean;
}

/** What the words of a mail are made of. */
type RunInWords = Pick<
  ReportRun,
  'definition' | 'asOf' | 'rowsWritten' | 'rowsTotal' | 'truncated' | 'body' | 'artefacts'
>;

/** Variables of the template `query-report` for one run. */
export function reportMailParams(run: RunInWords, parts: Parts): Readonly<Record<string, unknown>> {
  const { definition, body, asOf } = run;
  const { links } = parts;
  const { name, subject, timezone } = definition;
  const hasResult = body?.mail === 'report' || body?.mail === 'alert';
  const shows = hasResult && definition.formats.includes('html');
  const chart = shows ? body.chart : undefined;
  return {
    subject_line: subjectOf(run, renderSubject({ template: subject, name, asOf, timezone })),
    name,
    report: definition.id,
    lead: leadOf(run),
    // The table says how many rows there are.
    ...(shows && body.mail === 'report' ? {} : { intro: leadOf(run) }),
    as_of: `${asOf.toLocaleString('sv-SE', { timeZone: timezone }).slice(0, 16)} ${timezone}`,
    ...(definition.description === '' ? {} : { description: definition.description }),
    ...(shows && body.html !== '' ? { result: body.html, result_text: body.text } : {}),
    ...(chart === undefined || links === undefined
      ? {}
      : { chart_url: links.chartUrl(chart), chart_words: chartWords(chart) }),
    ...(parts.linked === undefined ? {} : { links: parts.linked }),
    notes: [
      ...(parts.note === undefined ? [attachedWords(parts)] : [parts.note]),
      ...(hasResult ? shorterWords(run) : []),
      ...(parts.isCopy ? ['You get a copy of this report.'] : []),
    ].filter((note) => note !== ''),
    parameters: body?.parameters.map((one) => ({ ...one })) ?? [],
  };
}

function subjectOf({ body }: RunInWords, subject: string): string {
  if (body?.mail === 'alert') return `Alert: ${subject}`;
  return body?.mail === 'recovered' ? `Recovered: ${subject}` : subject;
}

function leadOf(run: RunInWords): string {
  const { body, definition } = run;
  const rows = rowsWordsOf(run);
  const test = definition.condition?.test;
  switch (body?.mail) {
    case 'alert':
      return test?.kind === 'changed'
        ? `The result has changed since the last run: ${rows}.`
        : `${conditionWords(run)} (${rows}).`;
    case 'recovered':
      return `It is over: ${conditionWords(run)} no longer (${rows}).`;
    case 'notice':
      return 'The query gave no rows this time.';
    default:
      return `${rows.charAt(0).toUpperCase()}${rows.slice(1)}.`;
  }
}

function conditionWords({ definition: { condition } }: RunInWords): string {
  const test = condition?.test;
  if (test?.kind === 'value') {
    return `${test.rows === 'any' ? 'A value of' : 'The value of'} ${test.column} is ${test.is} ${test.to}`;
  }
  return test?.kind === 'rowCount' ? `The number of rows is ${test.is} ${test.to}` : 'The result has changed';
}

function rowsWordsOf({ rowsWritten, rowsTotal, truncated }: RunInWords): string {
  const written = rowsWritten ?? 0;
  if (truncated === true) {
    return rowsTotal === null
      ? `first ${count(written)} rows, there are more`
      : `first ${count(written)} of ${count(rowsTotal)} rows`;
  }
  return written === 0 ? 'no rows' : written === 1 ? 'one row' : `${count(written)} rows`;
}

function attachedWords({ attached }: Parts): string {
  if (attached.length === 0) return '';
  return `Attached: ${attached.map(({ name }) => name).join(', ')}.`;
}

/** Files that hold less than the longest one: a PDF ends after some hundred pages. */
function shorterWords({ artefacts, rowsWritten }: RunInWords): readonly string[] {
  return artefacts
    .filter(({ rows, truncated }) => truncated && rows < (rowsWritten ?? 0))
    .map(({ name, rows }) => `${name} holds the first ${count(rows)} rows only.`);
}

/** The numbers of a chart in words, for whoever does not see the image. */
function chartWords({ title, labels, series, unit }: MailChart): string {
  const lines = series.map(({ name, values }) => {
    const said = labels.map((label, index) => `${label} ${values[index] ?? 'none'}`);
    return `${name}: ${said.join(', ')}`;
  });
  return `${title}${unit === undefined ? '' : ` (${unit})`}. ${lines.join('; ')}`.slice(0, 900);
}
