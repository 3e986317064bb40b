import { type Command, Option } from 'commander';
import { UsageError } from '../../domain/errors.ts';
import { readText } from './definition-file.ts';
import { booleanOf, numberOf, parameterOf, testOf } from './flag-values.ts';

type Raw = Record<string, unknown>;

/** One flag: what it sets in a report as it is written. */
interface Flag {
  readonly flags: string;
  readonly about: string;
  /** May be given several times. */
  readonly isMany?: true;
  readonly choices?: readonly string[];
  set(raw: Raw, value: string): void;
}

const field = (name: string) => (raw: Raw, value: string) => {
  raw[name] = value;
};
const numberField = (name: string) => (raw: Raw, value: string) => {
  raw[name] = numberOf(value);
};
const inside =
  (outer: string, name: string, read: (value: string) => unknown) => (raw: Raw, value: string) => {
    raw[outer] = { ...(raw[outer] as Raw | undefined), [name]: read(value) };
  };
const listField = (name: string) => (raw: Raw, value: string) => {
  raw[name] = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
};
const DELIMITERS: Readonly<Record<string, string>> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' };

const FLAGS: readonly Flag[] = [
  { flags: '--name <text>', about: 'what people read', set: field('name') },
  { flags: '--description <text>', about: 'more about it', set: field('description') },
  { flags: '--connection <name>', about: 'a name in REPORT_CONNECTIONS', set: field('connection') },
  {
    flags: '--query <sql>',
    about: 'the query; @file reads it from a file',
    set: (raw, value) => {
      raw.query = value.startsWith('@') ? readText(value.slice(1)) : value;
    },
  },
  {
    flags: '--parameter <name:type=value>',
    about: 'from:date=startOfLastMonth, ids:integer[]=1,2; several times',
    isMany: true,
    set: (raw, value) => {
      const parameter = parameterOf(value);
      const others = Array.isArray(raw.parameters) ? (raw.parameters as Raw[]) : [];
      raw.parameters = [...others.filter(({ name }) => name !== parameter.name), parameter];
    },
  },
  { flags: '--cron <line>', about: "when: '0 9 * * 1'", set: whenField('cron') },
  { flags: '--every <span>', about: 'when: 15m, 6h, 1d', set: whenField('every') },
  { flags: '--rrule <rule>', about: 'when: RFC 5545', set: whenField('rrule') },
  { flags: '--once <time>', about: 'when: 2026-12-01T09:00', set: whenField('once') },
  {
    flags: '--timezone <zone>',
    about: 'IANA zone of its times (default: REPORT_TIMEZONE)',
    set: field('timezone'),
  },
  {
    flags: '--catch-up <policy>',
    about: 'missed times (default: latest)',
    choices: ['skip', 'latest', 'all'],
    set: field('catchUp'),
  },
  {
    flags: '--catch-up-within <span>',
    about: 'older ones are left (default: 1d)',
    set: field('catchUpWithin'),
  },
  { flags: '--to <emails>', about: 'recipients, separated by commas', set: listField('recipients') },
  { flags: '--cc <emails>', about: 'who gets a copy', set: listField('cc') },
  { flags: '--subject <template>', about: "like '{name} {date:dd.MM.yyyy}'", set: field('subject') },
  { flags: '--format <formats>', about: 'xlsx, csv, pdf, html (default: xlsx)', set: listField('formats') },
  {
    flags: '--csv-delimiter <delimiter>',
    about: 'default: comma',
    choices: Object.keys(DELIMITERS),
    set: inside('csv', 'delimiter', (value) => DELIMITERS[value]),
  },
  { flags: '--csv-bom <boolean>', about: 'true or false', set: inside('csv', 'bom', booleanOf) },
  {
    flags: '--formula-safe <boolean>',
    about: 'true or false (default: true)',
    set: (raw, value) => {
      raw.formulaSafe = booleanOf(value);
    },
  },
  {
    flags: '--on-empty <policy>',
    about: 'of a result without rows (default: send)',
    choices: ['send', 'skip', 'notice'],
    set: field('onEmpty'),
  },
  {
    flags: '--alert-if <condition>',
    about: "only then: 'rows > 0', 'total > 100', 'any stock < 5', changed; none: always",
    set: (raw, value) => {
      if (value === 'none') delete raw.condition;
      else
        raw.condition = {
          alert: 'once',
          recovered: false,
          ...(raw.condition as Raw | undefined),
          test: testOf(value),
        };
    },
  },
  {
    flags: '--alert <how>',
    about: 'default: once',
    choices: ['once', 'every'],
    set: inside('condition', 'alert', String),
  },
  {
    flags: '--rearm-after <span>',
    about: 'alert again after so long',
    set: inside('condition', 'rearmAfter', String),
  },
  {
    flags: '--alert-until <number>',
    about: 'it ceases only on the other side of this',
    set: inside('condition', 'until', numberOf),
  },
  {
    flags: '--recovered <boolean>',
    about: 'tell when it ceases',
    set: inside('condition', 'recovered', booleanOf),
  },
  { flags: '--max-rows <number>', about: 'rows in a file at most', set: inside('caps', 'rows', numberOf) },
  { flags: '--max-bytes <number>', about: 'bytes of a file at most', set: inside('caps', 'bytes', numberOf) },
  { flags: '--timeout <seconds>', about: 'for the query (default: 300)', set: numberField('timeoutSeconds') },
  {
    flags: '--owner <email>',
    about: 'who is told of failures (default: the first recipient)',
    set: field('owner'),
  },
  {
    flags: '--pause-after <number>',
    about: 'pause after so many failed runs in a row; 0: never (default: 5)',
    set: numberField('pauseAfterFailures'),
  },
  { flags: '--keep-days <number>', about: 'files and history (default: 90)', set: numberField('keepDays') },
];

/** Flags of which only one may be given. */
const WHEN_FLAGS = ['cron', 'every', 'rrule', 'once'];

/** Adds the flags of a report's fields to a command. */
export function withFieldFlags(command: Command): Command {
  for (const { flags, about, isMany, choices } of FLAGS) {
    const option = new Option(flags, about);
    if (choices !== undefined) option.choices(choices);
    if (isMany === true)
      option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  return command;
}

export type FieldOptions = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** Whether any field was given by a flag. */
export function hasFields(options: FieldOptions): boolean {
  return FLAGS.some((flag) => options[keyOf(flag)] !== undefined);
}

/**
 * A report with what the flags say.
 * @throws UsageError naming the flag
 */
export function applyFlags(raw: Raw, options: FieldOptions): Raw {
  const times = WHEN_FLAGS.filter((name) => options[name] !== undefined);
  if (times.length > 1) {
    throw new UsageError(
      `--${times.join(' and --')} exclude each other`,
      'A report has one rule; an RRULE may say more.',
    );
  }
  const changed: Raw = { ...raw };
  for (const flag of FLAGS) {
    const given = options[keyOf(flag)];
    if (given === undefined) continue;
    for (const value of typeof given === 'object' ? given : [String(given)]) {
      try {
        flag.set(changed, value);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw new UsageError(`${flag.flags.split(' ')[0]}: ${error.message}`, error.hint);
      }
    }
  }
  return changed;
}

function whenField(kind: string) {
  return (raw: Raw, value: string) => {
    raw.when = { [kind]: value };
  };
}

function keyOf({ flags }: Flag): string {
  return new Option(flags).attributeName();
}
