import Table from 'cli-table3';
import { Command } from 'commander';
import { previewMarketingReport } from '../../activities/marketing-preview.ts';
import { loadSettings, type Settings } from '../../config.ts';
import { WEEK_DAYS } from '../../domain/marketing/anomalies.ts';
import { grouped, meanText } from '../../domain/marketing/numbers.ts';
import type { MarketingReport } from '../../domain/marketing/report.ts';
import { describeMails } from '../../workflows/mail-report-details.ts';
import type { MarketingReportResult } from '../../workflows/marketing-report.ts';
import { withDatabase, withTemporal } from '../context.ts';
import { print, printJson, remark } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { parseInstant } from '../run-funnel-sync.ts';
import { runReportFlow } from './run-flow.ts';

interface Options {
  readonly asOf?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly html?: string;
}

export function marketingReportCommand(): Command {
  return new Command('marketing-report')
    .description('what happened on the day before, kept and mailed; safe to repeat')
    .option('--as-of <time>', 'logical time, ISO 8601; the report is about the day before it (default: now)')
    .option('--dry-run', 'count and print, write and mail nothing')
    .option('--html <file>', 'write the mail there, with its pictures in it')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
A day that is recorded is shown as it was recorded. Each recipient gets one mail a day, however often this runs.

Examples:
  sluice run marketing-report --dry-run --html report.html
  sluice run marketing-report --as-of 2026-11-21T08:00:00Z --json`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const settings = loadSettings();
  const asOf = options.asOf === undefined ? undefined : parseInstant('--as-of', options.asOf);
  const isDry = options.dryRun === true || settings.dryRun;
  const result = isDry ? undefined : await start(settings, asOf);
  const { report, newDays } = await withDatabase(settings, ({ orm }) =>
    previewMarketingReport(orm, {
      asOf: result?.asOf ?? asOf ?? new Date().toISOString(),
      timezone: settings.reportTimezone,
      now: new Date(),
    }),
  );
  if (options.html !== undefined) {
    // Loading what draws takes most of a second.
    const { marketingReportFile } = await import('./report-file.ts');
    const content = await marketingReportFile(report, settings);
    remark(`written to ${writeOutput({ option: '--html', file: options.html, content })}`);
  }
  if (options.json === true) printJson({ ...(result ?? { dryRun: true, newDays }), report });
  else print(`${describe(report)}\n${describeMails(result?.mail ?? { state: 'dry_run' })}`);
}

function start(settings: Settings, asOf: string | undefined) {
  return withTemporal(settings, (client) =>
    runReportFlow<MarketingReportResult>(client, {
      settings,
      flow: 'marketingReport',
      name: 'marketing-report',
      summary: 'Keeps what happened yesterday and mails it',
      asOf,
    }),
  );
}

function describe({ day, timezone, rows, conversion, anomalies, isComparable }: MarketingReport): string {
  const table = new Table({
    head: ['', 'that day', 'day before', '7-day mean', ''],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const { label, rank, value, dayBefore, weekSum, change } of rows) {
    const name = rank === 'part' ? `  ${label.toLowerCase()}` : label;
    table.push([
      name,
      grouped(value),
      grouped(dayBefore),
      meanText({ sum: weekSum, days: WEEK_DAYS }),
      change,
    ]);
  }
  table.push([
    'Conversion to date',
    `${conversion.value} %`,
    `${conversion.dayBefore} %`,
    `${conversion.mean} %`,
    '',
  ]);
  const words = isComparable
    ? anomalies
    : ['Too early to compare: there are no figures of a week before these yet.'];
  return [`${day} (${timezone})`, table.toString(), ...words].join('\n');
}
