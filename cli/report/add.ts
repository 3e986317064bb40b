import { Command } from 'commander';
import { findReport } from '../../db/report-definitions.ts';
import { UsageError } from '../../domain/errors.ts';
import { describeRecurrence } from '../../schedules/recurrence/words.ts';
import { isInteractive } from '../confirm.ts';
import { print, printJson } from '../output.ts';
import { timeInZone } from '../schedules/times.ts';
import { checkDefinition } from './check-definition.ts';
import { checkQuery } from './check-query.ts';
import { type ReportContext, withReports } from './context.ts';
import { parseReports, type RawReport, readText } from './definition-file.ts';
import { openDialogue } from './dialogue.ts';
import { applyFlags, type FieldOptions, withFieldFlags } from './flags.ts';
import { interview } from './interview.ts';
import { describeTest, sampleTable } from './query-text.ts';
import { nextTimes } from './run-times.ts';
import { agreeToMails, storeReport } from './store.ts';

interface Options extends FieldOptions {
  readonly id?: string;
  readonly file?: string;
  /** False with --no-check. */
  readonly check: boolean;
  readonly inactive?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** What cannot be told from anything else, and the flags that say it. */
const NEEDED: Readonly<Record<string, string>> = {
  name: '--name',
  connection: '--connection',
  query: '--query',
  when: '--cron (or --every, --rrule, --once)',
  recipients: '--to',
};
const SHOWN_TIMES = 5;

export function addCommand(): Command {
  const command = new Command('add')
    .description('store a new report: asks on a terminal for what is not given; it runs from now on')
    .option('-f, --file <path>', 'a report in YAML (docs/reports.md); flags have the last word')
    .option('--id <id>', 'lower case words joined by hyphens (default: made of the name)');
  return withFieldFlags(command)
    .option('--inactive', 'store it and let it not run yet')
    .option('--no-check', 'do not ask the database about the query')
    .option('--yes', 'do not ask about many mails a day')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Examples:
  sluice report add
  sluice report add -f weekly-sales.yaml
  sluice report add --name "Weekly sales" --connection shop --query @weekly.sql --cron '0 9 * * 1' --to ann@example.com`,
    )
    .action((options: Options) => withReports((context) => add(context, options)));
}

async function add(context: ReportContext, options: Options): Promise<void> {
  const { settings, now } = context;
  const raw = await complete(context, options);
  const checked = checkDefinition(raw, { settings, now });
  const { definition, schedule, isActive } = checked;
  const taken = await takenBy(context, definition.id);
  if (taken !== undefined) throw new UsageError(taken, `sluice report update ${definition.id} changes it.`);
  if (options.check) {
    const { test, columns, rows } = await checkQuery(definition, { settings, now });
    if (options.json !== true)
      print(`${definition.connection}: ${describeTest(test)}\n${sampleTable(columns, rows)}`);
  }
  await agreeToMails(checked, { now, yes: options.yes === true });
  const inactiveReason = isActive ? undefined : 'Stored inactive.';
  const { written, synced } = await storeReport(context, { checked, inactiveReason, basedOn: undefined });
  if (written.outcome === 'outrun') {
    throw new UsageError(`there is a report "${definition.id}" now`, 'Somebody else has just stored it.');
  }
  const next = nextTimes(schedule.recurrence, { now, count: SHOWN_TIMES });
  const { id, timezone } = definition;
  if (options.json === true) {
    const { version, outcome } = written;
    return printJson({
      id,
      version,
      outcome,
      isActive,
      schedule: { id: schedule.id, outcome: synced?.outcome },
      timezone,
      next,
    });
  }
  print(`stored ${id}, version ${written.version}`);
  if (!isActive) return print(`it is not active; sluice report enable ${id} lets it run`);
  print(`runs ${describeRecurrence(schedule.recurrence)}; next:`);
  for (const at of next) print(`  ${timeInZone(at, timezone)}`);
}

/** What the file and the flags say, and what somebody answers. */
async function complete(context: ReportContext, options: Options): Promise<RawReport> {
  const raw = applyFlags({ ...fromFile(options.file) }, options);
  if (options.id !== undefined) raw.id = options.id;
  if (options.inactive === true) raw.isActive = false;
  const missing = Object.keys(NEEDED).filter((name) => raw[name] === undefined);
  if (missing.length === 0 || options.file !== undefined) return raw;
  if (!isInteractive() || options.json === true) {
    throw new UsageError(
      `a report needs ${missing.map((name) => `${name}: ${NEEDED[name]}`).join('; ')}`,
      'Give the flags, or -f with a file; on a terminal it asks.',
    );
  }
  const dialogue = openDialogue();
  try {
    const { settings, now } = context;
    return await interview(dialogue, { given: raw, settings, now, isFree: (id) => takenBy(context, id) });
  } finally {
    dialogue.close();
  }
}

function fromFile(path: string | undefined): RawReport {
  if (path === undefined) return {};
  const reports = parseReports(readText(path), { path });
  const [report] = reports;
  if (report !== undefined && reports.length === 1) return report;
  throw new UsageError(
    `${path} holds ${reports.length} reports, not one`,
    'sluice report import takes many.',
  );
}

async function takenBy({ database }: ReportContext, id: string): Promise<string | undefined> {
  const found = await findReport(database.orm, id);
  return found === undefined || found.deletedAt !== null ? undefined : `there is a report "${id}" already`;
}
