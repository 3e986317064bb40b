import { Command } from 'commander';
import { findReport } from '../../db/report-definitions.ts';
import { SluiceError, UsageError } from '../../domain/errors.ts';
import { describeRecurrence } from '../../schedules/recurrence/words.ts';
import { findZone } from '../../schedules/recurrence/zone.ts';
import { print, printJson } from '../output.ts';
import { timeInZone } from '../schedules/times.ts';
import { visibleText } from '../visible-text.ts';
import { examineDefinition, idOfName } from './check-definition.ts';
import { type ReportContext, withReports } from './context.ts';
import { parseReports, type RawReport, readText } from './definition-file.ts';
import { type ImportOptions, importReport } from './import-report.ts';
import { isTaskFile, readTasks } from './old-tasks.ts';
import { nextTimes } from './run-times.ts';

interface Options extends ImportOptions {
  readonly timezone?: string;
  readonly owner?: string;
  readonly json?: true;
}

/** A report of the file before it is looked at. */
interface Candidate {
  readonly name: string;
  readonly raw: RawReport | undefined;
  readonly problems: readonly string[];
  readonly remarks: readonly string[];
  readonly missingConnection: string | undefined;
}

interface Imported {
  readonly id: string | null;
  readonly name: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused' | 'would be created' | 'would be updated';
  readonly isActive: boolean;
  readonly runs: string | null;
  readonly next: string | null;
  readonly problems: readonly string[];
  readonly remarks: readonly string[];
}

export function importCommand(): Command {
  return new Command('import')
    .argument('<file>', 'YAML of export, or the old tool’s tasks.json; - is stdin')
    .description('store many reports; what cannot be one is refused and says why, the others are stored')
    .option(
      '--timezone <zone>',
      'of tasks.json, which names none: the zone of the machine that ran it (default: REPORT_TIMEZONE)',
    )
    .option('--owner <email>', 'of reports that name none (default: the first recipient)')
    .option('--replace', 'make a new version of a report that is there and says something else')
    .option('--dry-run', 'say what would be done, store nothing')
    .option('--no-check', 'do not ask the databases about the queries')
    .option('--yes', 'also what sends many mails a day')
    .option('--json', 'one JSON value on stdout')
    .addHelpText(
      'after',
      `
Safe to repeat: what is there and the same is left alone. A report whose connection REPORT_CONNECTIONS does not have yet is
stored inactive. Exit code 1: something was refused.

Examples:
  sluice report import reports.yaml
  sluice report import tasks.json --timezone Asia/Kolkata --dry-run`,
    )
    .action((file: string, options: Options) => withReports((context) => run(context, file, options)));
}

async function run(context: ReportContext, file: string, options: Options): Promise<void> {
  const { settings } = context;
  const timezone = options.timezone ?? settings.reportTimezone;
  if (findZone(timezone) === undefined) throw new UsageError(`--timezone ${timezone} is no IANA time zone`);
  const candidates = candidatesOf(readText(file), { file, options, timezone, settings });
  const imported: Imported[] = [];
  const ids = new Set<string>();
  for (const candidate of candidates) imported.push(await take(context, { candidate, ids, options }));
  const missing = [...new Set(candidates.flatMap(({ missingConnection }) => missingConnection ?? []))];
  if (options.json === true) printJson({ reports: imported, missingConnections: missing });
  else {
    for (const one of imported) print(textOf(one));
    if (missing.length > 0) {
      print(
        `\nREPORT_CONNECTIONS lacks ${missing.length === 1 ? 'this entry' : 'these entries'}; put the password of a role that only reads in place of PASSWORD, then sluice report enable ID:\n${missing.map((line) => `  ${visibleText(line, { most: 300 })}`).join('\n')}`,
      );
    }
  }
  const refused = imported.filter(({ outcome }) => outcome === 'refused').length;
  if (refused === 0) return;
  throw new SluiceError(`${refused} of ${imported.length} reports were refused`, {
    code: 'import_incomplete',
    sort: 'item',
    hint: 'The others were stored; mend the file and import it again.',
  });
}

function candidatesOf(
  content: string,
  {
    file,
    options: { owner },
    timezone,
    settings: { reportConnections: connections },
  }: {
    readonly file: string;
    readonly options: Options;
    readonly timezone: string;
    readonly settings: ReportContext['settings'];
  },
): readonly Candidate[] {
  const tasks = jsonOf(content);
  if (isTaskFile(tasks)) return readTasks(tasks, { connections, timezone, owner });
  return parseReports(content, { path: file }).map((raw) => ({
    name: typeof raw.name === 'string' ? raw.name : '',
    raw: owner === undefined || raw.owner !== undefined ? raw : { ...raw, owner },
    problems: [],
    remarks: [],
    missingConnection: undefined,
  }));
}

async function take(
  context: ReportContext,
  {
    candidate: { name, raw: given, problems, remarks, missingConnection },
    ids,
    options,
  }: { readonly candidate: Candidate; readonly ids: Set<string>; readonly options: Options },
): Promise<Imported> {
  const refusal = (id: string | null, why: readonly string[]): Imported => ({
    id,
    name,
    outcome: 'refused',
    isActive: false,
    runs: null,
    next: null,
    problems: why,
    remarks,
  });
  if (given === undefined) return refusal(null, problems);
  const id = typeof given.id === 'string' ? given.id : freeId(idOfName(name), ids);
  const raw = { id, ...given };
  if (ids.has(id)) return refusal(id, [`id ${id} is twice in the file`]);
  ids.add(id);
  const before = await findReport(context.database.orm, id);
  const examined = examineDefinition(raw, {
    settings: withConnection(context.settings, missingConnection),
    now: context.now,
    before: before?.definition,
  });
  if (examined.checked === undefined || examined.problems.length > 0) return refusal(id, examined.problems);
  const outcome = await importReport(context, {
    checked: examined.checked,
    before,
    missingConnection,
    options,
  });
  if ('refused' in outcome) return refusal(id, [outcome.refused]);
  const { definition, schedule } = examined.checked;
  const [next] = nextTimes(schedule.recurrence, { now: context.now, count: 1 });
  return {
    id,
    name: definition.name,
    outcome: outcome.outcome,
    isActive: outcome.isActive,
    runs: describeRecurrence(schedule.recurrence),
    next: next === undefined ? null : timeInZone(next, definition.timezone),
    problems: [],
    remarks: [...remarks, ...(outcome.remark === undefined ? [] : [outcome.remark])],
  };
}

/** A connection that is only to come is as good as one that is there. */
function withConnection(
  settings: ReportContext['settings'],
  missing: string | undefined,
): ReportContext['settings'] {
  if (missing === undefined) return settings;
  const name = missing.slice(0, missing.indexOf('='));
  const planned = {
    name,
    dialect: 'postgres',
    url: '',
    timezone: 'UTC',
    tls: 'off',
    caFile: undefined,
    functions: [],
  } as const;
  return { ...settings, reportConnections: [...settings.reportConnections, planned] };
}

function freeId(base: string, ids: ReadonlySet<string>): string {
  const wanted = base === '' ? 'report' : base;
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wanted : `${wanted.slice(0, 96)}-${number}`;
    if (!ids.has(id)) return id;
  }
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function textOf({ id, name, outcome, isActive, runs, next, problems, remarks }: Imported): string {
  const title = `${outcome.padEnd(9)} ${id ?? visibleText(name)}${outcome !== 'refused' && !isActive ? ' (inactive)' : ''}`;
  return [
    title,
    ...(runs === null ? [] : [`  runs ${runs}${next === null ? '' : `, next ${next}`}`]),
    ...[...problems, ...remarks].map((line) => `  ${visibleText(line, { most: 500 })}`),
  ].join('\n');
}
