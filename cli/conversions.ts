import { Command, Option } from 'commander';
import { loadSettings } from '../config.ts';
import { parseReportRange } from '../domain/report-range.ts';
import { withDatabase } from './context.ts';
import {
  CONVERSION_FORMATS,
  type ConversionFormat,
  conversionsContent,
  DAILY_DAYS,
  dailyConversionsContent,
} from './conversions-content.ts';
import { print } from './output.ts';
import { writeOutput } from './output-file.ts';

/** Where formats go that nobody reads in a terminal, unless --out says otherwise. */
const DEFAULT_FILES: Partial<Readonly<Record<ConversionFormat, string>>> = {
  html: 'conversions.html',
  svg: 'conversions.svg',
  png: 'conversions.png',
};

interface Options {
  readonly fromDate?: string;
  readonly toDate?: string;
  readonly daily?: true;
  readonly format: ConversionFormat;
  readonly json?: true;
  readonly out?: string;
}

export function conversionsCommand(): Command {
  return new Command('conversions')
    .description('who entered each funnel, and how many of them bought a certificate')
    .option(
      '--from-date <day>',
      'first day, YYYY-MM-DD in REPORT_TIMEZONE (default: that of the first entry)',
    )
    .option('--to-date <day>', 'first day left out (default: none, up to now)')
    .option(
      '--daily',
      `day by day, with the site's new tests beside the entries (default: the last ${DAILY_DAYS} days)`,
    )
    .addOption(
      new Option('--format <format>', 'html: a page with table and trend; svg, png: the trend alone')
        .choices(CONVERSION_FORMATS)
        .default('table'),
    )
    .option('--out <file>', 'write a file (default: stdout; conversions.<format> for html, svg and png)')
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .addHelpText(
      'after',
      `
A person counts on the day they entered a funnel, and as purchased if they have bought since. In --daily a purchase
counts on the day of its payment; days that are over come from the history that conversionReport keeps each night.

Examples:
  sluice conversions
  sluice conversions --from-date 2026-01-01 --to-date 2026-02-01 --format csv --out january.csv
  sluice conversions --daily
  sluice conversions --format html`,
    )
    .action(async (options: Options) => {
      const settings = loadSettings();
      const { fromDate, toDate } = options;
      const timezone = settings.reportTimezone;
      parseReportRange({ fromDate, toDate, timezone });
      const format = options.json === true ? 'json' : options.format;
      const wish = {
        settings,
        format,
        period: { timezone, from: fromDate ?? null, to: toDate ?? null },
        now: new Date(),
        onUnknownTests: remarkUnknownTests,
      };
      const content = await withDatabase(settings, ({ orm }) =>
        options.daily === true ? dailyConversionsContent(orm, wish) : conversionsContent(orm, wish),
      );
      const file = options.out ?? DEFAULT_FILES[format];
      if (file === undefined) print(content.toString());
      else print(`wrote ${writeOutput({ option: '--out', file, content })}`);
    });
}

/** Said always, not only in a terminal: who reads the file later must be able to know. */
function remarkUnknownTests(days: readonly string[], reason: string): void {
  const [first, last] = [days[0], days.at(-1)];
  const named = first === last ? first : `${days.length} days from ${first} to ${last}`;
  process.stderr.write(`sluice: the site cannot be asked (${reason}): the tests of ${named} are not known\n`);
}
