import type { Settings } from '../../config.ts';
import { canonicalEmail } from '../../domain/email.ts';
import { messageOf, UsageError } from '../../domain/errors.ts';
import { REPORT_DEFAULTS, type ReportDefinition, type ReportWhen } from '../../domain/reports/definition.ts';
import { type ParameterDefinition, resolveParameters } from '../../domain/reports/parameters.ts';
import { outsideDomains } from '../../domain/reports/recipients.ts';
import { reportSchedule } from '../../schedules/report-schedule.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { formProblems } from '../../schedules/shape.ts';
import { spanText } from '../../schedules/span.ts';
import { whenOfFields } from './cron-fields.ts';
import { type DefinitionForm, definitionForm } from './definition-form.ts';
import { shortestGap } from './run-times.ts';

/** What a definition is judged by; nothing is asked of a server. */
export type DefinitionSettings = Pick<
  Settings,
  | 'reportConnections'
  | 'reportMinInterval'
  | 'reportRecipientDomains'
  | 'reportTimezone'
  | 'schedule'
  | 'temporal'
>;

export interface CheckedDefinition {
  readonly definition: ReportDefinition;
  readonly schedule: ResolvedSchedule;
  readonly isActive: boolean;
}

export interface CheckInput {
  readonly settings: DefinitionSettings;
  readonly now: Date;
  /** Of a report that runs so already: then a time that is over is no mistake. */
  readonly before?: ReportDefinition | undefined;
}

/**
 * Reads a report as it was written, fills in what it does not say, and checks all of it.
 * @throws UsageError one for everything that is wrong: a line each, with field, value and what would be right
 */
export function checkDefinition(
  raw: Readonly<Record<string, unknown>>,
  input: CheckInput,
): CheckedDefinition {
  const { checked, problems } = examineDefinition(raw, input);
  if (checked !== undefined && problems.length === 0) return checked;
  throw new UsageError(
    `the report is not usable:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    'docs/reports.md has all fields, with an example.',
  );
}

/** The same without throwing; `checked` is there when its form is right, though it may not be usable. */
export function examineDefinition(
  raw: Readonly<Record<string, unknown>>,
  input: CheckInput,
): { readonly checked: CheckedDefinition | undefined; readonly problems: readonly string[] } {
  const written = { ...withDefaults(raw, input.settings), ...raw };
  const form = definitionForm.safeParse(written);
  if (!form.success) {
    return {
      checked: undefined,
      problems: [...formProblems(definitionForm, written), ...partsOf(written, input)],
    };
  }
  const problems: string[] = [];
  const definition = definitionOf(form.data, problems);
  if (definition === undefined) return { checked: undefined, problems };
  problems.push(...togetherProblems(definition, input));
  const schedule = scheduleOf(definition, { ...input, problems });
  const { isActive = true } = form.data;
  return { checked: schedule === undefined ? undefined : { definition, schedule, isActive }, problems };
}

/** `Weekly sales, DE` → `weekly-sales-de`. */
export function idOfName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 100)
    .replace(/-$/, '');
}

/** What can be told from what else was written. */
function withDefaults(
  { name, recipients, timezone, owner, id }: Readonly<Record<string, unknown>>,
  { reportTimezone }: DefinitionSettings,
): Readonly<Record<string, unknown>> {
  const first: unknown = Array.isArray(recipients) ? recipients[0] : undefined;
  return {
    ...(id === undefined && typeof name === 'string' && idOfName(name) !== '' ? { id: idOfName(name) } : {}),
    ...(timezone === undefined ? { timezone: reportTimezone } : {}),
    ...(owner === undefined && first !== undefined ? { owner: first } : {}),
  };
}

function definitionOf(form: DefinitionForm, problems: string[]): ReportDefinition | undefined {
  const { isActive: _, csv, caps, condition, pauseAfterFailures, ...rest } = form;
  const when = whenFrom(form.when, problems);
  if (when === undefined) return undefined;
  const recipients = canonical(form.recipients);
  const failures = pauseAfterFailures ?? REPORT_DEFAULTS.pauseAfterFailures;
  const fields: Readonly<Record<string, unknown>> = {
    ...REPORT_DEFAULTS,
    ...rest,
    when,
    recipients,
    cc: canonical(form.cc ?? []).filter((address) => !recipients.includes(address)),
    formats: [...new Set(form.formats ?? REPORT_DEFAULTS.formats)],
    csv: { ...REPORT_DEFAULTS.csv, ...csv },
    caps: { ...REPORT_DEFAULTS.caps, ...caps },
    condition,
    owner: canonical([form.owner])[0],
    pauseAfterFailures: failures === 0 ? undefined : failures,
  };
  // In the order of the form, in which people read it; what is undefined is not there any more.
  const inOrder = Object.keys(definitionForm.shape).map((name) => [name, fields[name]] as const);
  return JSON.parse(JSON.stringify(Object.fromEntries(inOrder))) as ReportDefinition;
}

function whenFrom(when: DefinitionForm['when'], problems: string[]): ReportWhen | undefined {
  if (!('cron' in when) || typeof when.cron === 'string')
    return JSON.parse(JSON.stringify(when)) as ReportWhen;
  const texts = Object.entries(when.cron).map(([name, value]) => [
    name,
    value === undefined ? undefined : String(value),
  ]);
  try {
    return whenOfFields(Object.fromEntries(texts) as Parameters<typeof whenOfFields>[0]);
  } catch (error) {
    problems.push(`when ${messageOf(error)}`);
    return undefined;
  }
}

function canonical(addresses: readonly string[]): readonly string[] {
  const found = addresses.flatMap((address) => {
    const read = canonicalEmail(address);
    return read.ok ? [read.email] : [];
  });
  return [...new Set(found)];
}

/** What is wrong with parts that can be judged though others are not well formed. */
function partsOf(written: Readonly<Record<string, unknown>>, { settings }: CheckInput): readonly string[] {
  const { connection, recipients, cc } = written;
  const addresses = [recipients, cc].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  const texts = addresses.filter((address) => typeof address === 'string');
  return [
    ...(typeof connection === 'string' ? connectionProblems(connection, settings) : []),
    ...domainProblems(canonical(texts), settings),
  ];
}

function togetherProblems(definition: ReportDefinition, { settings, now }: CheckInput): readonly string[] {
  const { connection, recipients, cc, parameters, timezone, condition } = definition;
  return [
    ...connectionProblems(connection, settings),
    ...domainProblems([...recipients, ...cc], settings),
    ...parameterProblems(parameters, { timezone, now }),
    ...(condition === undefined ? [] : conditionProblems(condition)),
  ];
}

function connectionProblems(
  name: string,
  { reportConnections }: Pick<DefinitionSettings, 'reportConnections'>,
): readonly string[] {
  if (reportConnections.some((one) => one.name === name)) return [];
  const known = reportConnections.map((one) => one.name).join(', ');
  return [
    `connection must be a name in REPORT_CONNECTIONS, ${known === '' ? 'which is empty' : `which has ${known}`} (it is ${JSON.stringify(name)})`,
  ];
}

function domainProblems(
  addresses: readonly string[],
  { reportRecipientDomains: domains }: Pick<DefinitionSettings, 'reportRecipientDomains'>,
): readonly string[] {
  return outsideDomains(addresses, domains).map(
    (address) =>
      `recipients must be at ${domains.join(', ')}, which REPORT_RECIPIENT_DOMAINS allows (one is ${JSON.stringify(address)})`,
  );
}

function parameterProblems(
  definitions: readonly ParameterDefinition[],
  { timezone, now: asOf }: { readonly timezone: string; readonly now: Date },
): readonly string[] {
  try {
    resolveParameters({ definitions, asOf, timezone });
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

function conditionProblems({
  test,
  alert,
  rearmAfter,
  until,
}: NonNullable<ReportDefinition['condition']>): readonly string[] {
  const isNumeric = test.kind === 'rowCount' || (test.kind === 'value' && typeof test.to === 'number');
  const isOrdered = test.kind !== 'changed' && test.is !== '=' && test.is !== '!=';
  return [
    ...(rearmAfter !== undefined && alert === 'every'
      ? ['condition.rearmAfter goes with alert: once; every run alerts anyway']
      : []),
    ...(until !== undefined && !(isNumeric && isOrdered)
      ? ['condition.until goes with a number and one of > >= < <=']
      : []),
  ];
}

function scheduleOf(
  definition: ReportDefinition,
  {
    settings: { schedule, temporal, reportMinInterval },
    now,
    before,
    problems,
  }: CheckInput & { readonly problems: string[] },
): ResolvedSchedule | undefined {
  let resolved: ResolvedSchedule;
  try {
    resolved = reportSchedule(definition, { profile: schedule.profile, taskQueue: temporal.taskQueue, now });
  } catch (error) {
    problems.push(messageOf(error));
    return undefined;
  }
  const gap = shortestGap(resolved.recurrence, { now });
  if (gap !== undefined && gap * 1000 < reportMinInterval) {
    problems.push(
      `when must leave at least ${spanText(reportMinInterval)} between two runs, which REPORT_MIN_INTERVAL asks for (${resolved.whenText} leaves ${spanText(gap * 1000)})`,
    );
  }
  const isAsBefore = JSON.stringify(before?.when) === JSON.stringify(definition.when);
  if ('once' in definition.when && !isAsBefore && isOver(resolved, now)) {
    problems.push(`when (once ${definition.when.once}) is over; a time to come is needed`);
  }
  return resolved;
}

function isOver({ recurrence }: ResolvedSchedule, now: Date): boolean {
  return recurrence.kind === 'rules' && recurrence.set.rdates.every((at) => at * 1000 <= now.getTime());
}
