import { Command } from 'commander';
import type { StoredReport } from '../../db/report-definitions.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import type { ReportDefinition } from '../../domain/reports/definition.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { print, printJson } from '../output.ts';
import { type CheckedDefinition, checkDefinition } from './check-definition.ts';
import { checkQuery } from './check-query.ts';
import { type ReportContext, reportNamed, withReports } from './context.ts';
import { parseReports, type RawReport, readText } from './definition-file.ts';
import { type Difference, describeDifferences, differencesOf } from './differences.ts';
import { applyFlags, type FieldOptions, hasFields, withFieldFlags } from './flags.ts';
import { agreeToMails, storeReport } from './store.ts';

interface Options extends FieldOptions {
  readonly file?: string;
  /** False with --no-check. */
  readonly check: boolean;
  readonly yes?: true;
  readonly json?: true;
}

/** Somebody else may write at the same time; after so many times they should talk. */
const MOST_TRIES = 5;
/** On what the number of mails depends. */
const SENDS = ['when', 'timezone', 'recipients', 'cc', 'isActive'];

export function updateCommand(): Command {
  const command = new Command('update')
    .argument('<id>', 'weekly-sales, …')
    .description('change a report: shows what changes, makes a new version, in force at once')
    .option('-f, --file <path>', 'the whole report in YAML, as export gives it; flags have the last word');
  return withFieldFlags(command)
    .option('--no-check', 'do not ask the database about a changed query')
    .option('--yes', 'do not ask (a terminal is asked)')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Examples:
  sluice report update weekly-sales --cron '0 7 * * 1' --to ann@example.com,bob@example.com
  sluice report update weekly-sales -f weekly-sales.yaml`,
    )
    .action((id: string, options: Options) => withReports((context) => update(context, id, options)));
}

async function update(context: ReportContext, id: string, options: Options): Promise<void> {
  if (options.file === undefined && !hasFields(options)) {
    throw new UsageError(
      'nothing to change was given',
      'Flags such as --to, or -f with a file; --help lists them.',
    );
  }
  const file = options.file === undefined ? undefined : fromFile(options.file, id);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = await reportNamed(context, id);
    const written = await change(context, { before, file, options });
    if (written !== 'outrun') return;
  }
  throw new SluiceError(`somebody else keeps changing ${id}`, {
    code: 'report_contended',
    sort: 'retry',
    hint: `sluice report versions ${id} says who.`,
  });
}

/** What is changed is changed in the newest version, also where somebody has just made another one. */
async function change(
  context: ReportContext,
  {
    before,
    file,
    options,
  }: { readonly before: StoredReport; readonly file: RawReport | undefined; readonly options: Options },
): Promise<'outrun' | 'done'> {
  const { settings, now } = context;
  const { id, definition: old } = before;
  const raw = applyFlags({ ...(file ?? rawOf(before)), id }, options);
  const checked = checkDefinition({ isActive: before.isActive, ...raw }, { settings, now, before: old });
  const { definition, isActive } = checked;
  const differences: readonly Difference[] = [
    ...differencesOf(old, definition),
    ...(isActive === before.isActive ? [] : [{ field: 'isActive', old: before.isActive, new: isActive }]),
  ];
  if (differences.length === 0) {
    tell({ id, version: before.version, outcome: 'unchanged', differences }, options);
    return 'done';
  }
  if (options.check && asksAnew(old, definition)) await checkQuery(definition, { settings, now });
  await agree(checked, { differences, options, now });
  const inactiveReason = before.inactiveReason ?? 'Made inactive by an update.';
  const { written } = await storeReport(context, { checked, inactiveReason, basedOn: before.version });
  if (written.outcome === 'outrun') return 'outrun';
  tell({ id, version: written.version, outcome: written.outcome, differences }, options);
  return 'done';
}

async function agree(
  checked: CheckedDefinition,
  {
    differences,
    options: { yes, json },
    now,
  }: { readonly differences: readonly Difference[]; readonly options: Options; readonly now: Date },
): Promise<void> {
  const sendsMore = differences.some(({ field }) => SENDS.includes(field));
  if (sendsMore) await agreeToMails(checked, { now, yes: yes === true });
  if (yes === true || json === true || !isInteractive()) return;
  print(describeDifferences(differences));
  if (!(await confirm('Change it?'))) throw new UsageError('nothing was changed');
}

function tell(
  told: {
    readonly id: string;
    readonly version: number;
    readonly outcome: string;
    readonly differences: readonly Difference[];
  },
  { json }: Options,
): void {
  const { id, version, differences } = told;
  if (json === true) return printJson(told);
  if (differences.length === 0) return print(`${id} is as you say already, version ${version}`);
  print(`${describeDifferences(differences)}\n${id} has version ${version} now`);
}

/** A stored report as it would be written. */
export function rawOf({ definition, isActive }: Pick<StoredReport, 'definition' | 'isActive'>): RawReport {
  const { pauseAfterFailures = 0, ...rest } = definition;
  return { ...rest, pauseAfterFailures, isActive };
}

function asksAnew(old: ReportDefinition, { connection, query, parameters }: ReportDefinition): boolean {
  return (
    old.connection !== connection ||
    old.query !== query ||
    JSON.stringify(old.parameters) !== JSON.stringify(parameters)
  );
}

function fromFile(path: string, id: string): RawReport {
  const reports = parseReports(readText(path), { path });
  const report = reports.find((one) => one.id === id) ?? (reports.length === 1 ? reports[0] : undefined);
  if (report !== undefined && (report.id === undefined || report.id === id)) return report;
  throw new UsageError(`${path} does not hold the report "${id}"`);
}
