import { openSource } from '../../db/sources/open.ts';
import { canonicalEmail } from '../../domain/email.ts';
import { UsageError } from '../../domain/errors.ts';
import { REPORT_FORMATS } from '../../domain/reports/definition.ts';
import { DYNAMIC_DATES } from '../../domain/reports/dynamic-dates.ts';
import {
  PARAMETER_TYPES,
  type ParameterDefinition,
  resolveParameters,
} from '../../domain/reports/parameters.ts';
import { placeholdersOf } from '../../domain/reports/placeholders.ts';
import { outsideDomains } from '../../domain/reports/recipients.ts';
import { renderSubject, subjectProblem } from '../../domain/reports/subject.ts';
import { describeRecurrence } from '../../schedules/recurrence/words.ts';
import { findZone } from '../../schedules/recurrence/zone.ts';
import { timeInZone } from '../schedules/times.ts';
import { idOfName } from './check-definition.ts';
import { checkQuery } from './check-query.ts';
import { connectionNamed, type ReportContext } from './context.ts';
import type { RawReport } from './definition-file.ts';
import { readText } from './definition-file.ts';
import { askFor, type Dialogue } from './dialogue.ts';
import { valueOf } from './flag-values.ts';
import { describeTest, sampleTable } from './query-text.ts';
import { checkTimes } from './times-check.ts';

/** What ends a query that is typed line by line. */
const END = 'END';

type Settings = ReportContext['settings'];

/**
 * Asks for what a report lacks; each answer is tried at once, so that what is stored in the end works.
 * @param input.isFree says why an id cannot be had, else nothing
 * @returns the report as it is written, complete
 */
export async function interview(
  dialogue: Dialogue,
  {
    given,
    settings,
    now,
    isFree,
  }: {
    readonly given: RawReport;
    readonly settings: Settings;
    readonly now: Date;
    readonly isFree: (id: string) => Promise<string | undefined>;
  },
): Promise<RawReport> {
  const raw: Record<string, unknown> = { ...given };
  dialogue.say('A report is a query, a time and people. Ctrl-C leaves without storing anything.');
  raw.name ??= await askFor(dialogue, {
    question: 'Name',
    read: async (name) => {
      if (name === '' || name.length > 100) throw new UsageError('a name has 1 to 100 characters');
      const taken = raw.id === undefined ? await isFree(idOfName(name)) : undefined;
      if (taken !== undefined) throw new UsageError(taken);
      return name;
    },
  });
  raw.id ??= idOfName(String(raw.name));
  dialogue.say(`  its id: ${String(raw.id)}`);
  raw.connection ??= await askConnection(dialogue, settings);
  raw.timezone ??= await askZone(dialogue, settings.reportTimezone);
  const moment = { settings, now, timezone: String(raw.timezone) };
  if (raw.query === undefined) {
    Object.assign(raw, await askQuery(dialogue, { ...moment, connection: String(raw.connection) }));
  }
  raw.when ??= await askWhen(dialogue, { ...moment, raw });
  raw.recipients ??= await askPeople(dialogue, { question: 'Recipients, separated by commas', settings });
  raw.cc ??= await askPeople(dialogue, {
    question: 'Copies to (empty: nobody)',
    settings,
    most: 'maybe nobody',
  });
  raw.subject ??= await askSubject(dialogue, { ...moment, name: String(raw.name) });
  raw.formats ??= await askFor(dialogue, {
    question: `Formats of ${REPORT_FORMATS.join(', ')}`,
    fallback: 'xlsx',
    read: (answer) => {
      const wanted = listOf(answer);
      const unknown = wanted.find((one) => !REPORT_FORMATS.some((format) => format === one));
      if (unknown !== undefined || wanted.length === 0) {
        throw new UsageError(`formats are ${REPORT_FORMATS.join(', ')}`);
      }
      return wanted;
    },
  });
  raw.onEmpty ??= await askFor(dialogue, {
    question: 'When the result is empty: send, skip or notice',
    fallback: 'send',
    read: (answer) => {
      if (['send', 'skip', 'notice'].includes(answer)) return answer;
      throw new UsageError('send (as always), skip (no mail) or notice (a mail that says so)');
    },
  });
  return raw;
}

async function askConnection(dialogue: Dialogue, settings: Settings): Promise<string> {
  const names = settings.reportConnections.map(({ name }) => name);
  if (names.length === 0) {
    throw new UsageError(
      'there is no database that a report could read: REPORT_CONNECTIONS is not set',
      'Set it like REPORT_CONNECTIONS=shop=mysql://reader:password@host:3306/shop (docs/reports.md).',
    );
  }
  return askFor(dialogue, {
    question: `Connection, one of ${names.join(', ')}`,
    ...(names.length === 1 ? { fallback: names[0] ?? '' } : {}),
    read: async (name) => {
      const test = await openSource(connectionNamed(settings, name)).test();
      dialogue.say(`  reached: ${describeTest(test)}`);
      return name;
    },
  });
}

function askZone(dialogue: Dialogue, fallback: string): Promise<string> {
  return askFor(dialogue, {
    question: 'Time zone',
    fallback,
    read: (answer) => {
      if (findZone(answer) !== undefined) return answer;
      throw new UsageError(`${JSON.stringify(answer)} is no IANA time zone, like UTC or Europe/Berlin`);
    },
  });
}

interface Moment {
  readonly settings: Settings;
  readonly now: Date;
  readonly timezone: string;
}

/** A query with its parameters, tried on the database with them. */
async function askQuery(
  dialogue: Dialogue,
  { settings, now, timezone, connection }: Moment & { readonly connection: string },
): Promise<{ readonly query: string; readonly parameters: readonly ParameterDefinition[] }> {
  const { dialect } = connectionNamed(settings, connection);
  return askFor(dialogue, {
    question: `Query: SQL, its last line only ${END}; or @file`,
    read: async (first) => {
      const query = first.startsWith('@') ? readText(first.slice(1)) : await restOfQuery(dialogue, first);
      const parameters: ParameterDefinition[] = [];
      for (const name of placeholdersOf({ sql: query, dialect })) {
        parameters.push(await askParameter(dialogue, { name, now, timezone }));
      }
      const { columns, rows } = await checkQuery(
        { connection, query, parameters, timezone },
        { settings, now },
      );
      dialogue.say(`  it only reads; its first rows:\n${sampleTable(columns, rows)}`);
      return { query, parameters };
    },
  });
}

async function restOfQuery(dialogue: Dialogue, first: string): Promise<string> {
  const lines: string[] = [];
  for (let line = first; line.trim() !== END; line = await dialogue.ask('')) lines.push(line);
  return lines.join('\n');
}

async function askParameter(
  dialogue: Dialogue,
  { name, now: asOf, timezone }: { readonly name: string; readonly now: Date; readonly timezone: string },
): Promise<ParameterDefinition> {
  const type = await askFor(dialogue, {
    question: `:${name} is of type ${PARAMETER_TYPES.join(', ')}`,
    fallback: 'text',
    read: (answer) => {
      const found = PARAMETER_TYPES.find((one) => one === answer);
      if (found !== undefined) return found;
      throw new UsageError(`a type is one of ${PARAMETER_TYPES.join(', ')}`);
    },
  });
  if (type === 'date' || type === 'datetime') dialogue.say(`  a fixed one, or ${DYNAMIC_DATES.join('; ')}`);
  return askFor(dialogue, {
    question: `:${name} has the value`,
    read: (answer) => {
      const definition = { name, type, value: valueOf(type, answer) };
      const [resolved] = resolveParameters({ definitions: [definition], asOf, timezone });
      dialogue.say(`  at the moment: ${String(resolved?.value)}`);
      return definition;
    },
  });
}

function askWhen(
  dialogue: Dialogue,
  { settings, now, timezone, raw }: Moment & { readonly raw: RawReport },
): Promise<unknown> {
  return askFor(dialogue, {
    question: 'When: a cron line (0 9 * * 1), every 6h, an RRULE, or once 2026-12-01T09:00',
    read: async (answer) => {
      const when = whenOfText(answer);
      const { schedule, next } = checkTimes(
        { id: String(raw.id), name: String(raw.name), when, timezone },
        { settings, now },
      );
      dialogue.say(`  ${describeRecurrence(schedule.recurrence)}; next:`);
      for (const at of next) dialogue.say(`    ${timeInZone(at, timezone)}`);
      if (/^n/i.test(await dialogue.ask('Is that right? [Y/n] '))) throw new UsageError('say it differently');
      return when;
    },
  });
}

/** A rule as people type it. */
function whenOfText(text: string): Readonly<Record<string, string>> {
  const [, interval] = /^every\s+(\S+)$/i.exec(text) ?? [];
  if (interval !== undefined) return { every: interval };
  const [, time] = /^once\s+(\S+(?:\s+\S+)?)$/i.exec(text) ?? [];
  if (time !== undefined) return { once: time.replace(/\s+/, 'T') };
  return /FREQ=/i.test(text) ? { rrule: text } : { cron: text };
}

function askPeople(
  dialogue: Dialogue,
  {
    question,
    settings,
    most,
  }: { readonly question: string; readonly settings: Settings; readonly most?: 'maybe nobody' },
): Promise<readonly string[]> {
  return askFor(dialogue, {
    question,
    read: (answer) => {
      const given = listOf(answer);
      if (given.length === 0 && most === undefined) throw new UsageError('somebody has to get it');
      const read = given.map((text) => ({ text, email: canonicalEmail(text) }));
      const wrong = read.filter(({ email }) => !email.ok).map(({ text }) => text);
      if (wrong.length > 0) throw new UsageError(`no e-mail address: ${wrong.join(', ')}`);
      const emails = read.flatMap(({ email }) => (email.ok ? [email.email] : []));
      const domains = settings.reportRecipientDomains;
      const outside = outsideDomains(emails, domains);
      if (outside.length > 0) {
        throw new UsageError(
          `not at ${domains.join(', ')}, which REPORT_RECIPIENT_DOMAINS allows: ${outside.join(', ')}`,
        );
      }
      return emails;
    },
  });
}

function askSubject(
  dialogue: Dialogue,
  { now, timezone, name }: Moment & { readonly name: string },
): Promise<string> {
  return askFor(dialogue, {
    question: 'Subject',
    fallback: '{name} {date}',
    read: (template) => {
      const problem = subjectProblem(template);
      if (problem !== undefined) throw new UsageError(`a subject ${problem}`);
      dialogue.say(`  today: ${renderSubject({ template, name, asOf: now, timezone })}`);
      return template;
    },
  });
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
