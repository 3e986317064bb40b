import { civilDate, DAY, dayOf, modulo } from './civil.ts';
import { quote, RecurrenceError } from './error.ts';
import { type Moment, parseMoment } from './moment.ts';
import { parseRule, type WrittenRule } from './parse-rule.ts';
import { type DstPolicy, type RecurrenceRule, type RecurrenceSet, RFC_DST } from './rule.ts';
import { findZone, instantsOf, type Zone } from './zone.ts';

/** A rule text of a size that a person or a calendar program writes; 7,000 RDATEs fit. */
const LONGEST = 128 * 1024;
const MOST_RULES = 20;

const PROPERTIES = ['DTSTART', 'RRULE', 'EXRULE', 'RDATE', 'EXDATE'] as const;
type Property = (typeof PROPERTIES)[number];

interface Line {
  readonly property: Property;
  readonly parameters: ReadonlyMap<string, string>;
  readonly value: string;
  readonly text: string;
}

interface Start extends Moment {
  /** The zone in which the rule's days and hours are meant. */
  readonly zone: Zone;
  readonly written: boolean;
}

/**
 * Reads DTSTART, RRULE, RDATE, EXDATE (and the old EXRULE) lines, or a bare `FREQ=…` line, strictly (RFC 5545, 3.3.10 and
 * 3.8.5). Without DTSTART it is midnight of 2020-01-01 in `zone`; `zone` is also that of times without one.
 * @throws RecurrenceError one, naming the part and the offending text.
 */
export function parseRecurrence(
  text: string,
  { zone: zoneName, dst = RFC_DST }: { readonly zone: string; readonly dst?: DstPolicy },
): RecurrenceSet {
  if (text.length > LONGEST) {
    throw new RecurrenceError(`the rule is ${text.length} characters long; at most ${LONGEST} are read`);
  }
  const outer = zoneNamed(zoneName, 'timezone');
  const lines = unfold(text)
    .map(parseLine)
    .filter((line) => line !== undefined);
  const start = startOf(lines, outer);
  const written = rulesOf(lines, 'RRULE');
  const exwritten = rulesOf(lines, 'EXRULE');
  if (written.length + exwritten.length > MOST_RULES) {
    throw new RecurrenceError(
      `RRULE: there are ${written.length + exwritten.length} of them; at most ${MOST_RULES} are read`,
    );
  }
  const rdates = instants(lines, 'RDATE', start);
  if (written.length === 0 && rdates.length === 0) {
    throw new RecurrenceError(
      'RRULE: there is none, and no RDATE, so nothing recurs',
      'Add a line like RRULE:FREQ=DAILY;BYHOUR=9.',
    );
  }
  return {
    zone: start.zone.name,
    dtstart: start.wall,
    rules: written.map((rule) => finish(rule, start)),
    exrules: exwritten.map((rule) => finish(rule, start)),
    rdates,
    exdates: instants(lines, 'EXDATE', start),
    dst,
  };
}

/** @throws RecurrenceError for anything but an IANA name in its exact spelling. */
export function zoneNamed(name: string, part: string): Zone {
  const zone = findZone(name);
  if (zone === undefined) {
    throw new RecurrenceError(
      `${part}: ${quote(name)} is not an IANA time zone`,
      'Write it exactly so, capitals included: Europe/Berlin, America/New_York, UTC.',
    );
  }
  return zone;
}

/** Lines of RFC 5545, 3.1: a line break with a space or tab after it is none. */
function unfold(text: string): readonly string[] {
  const lines = text
    .replace(/\r\n/g, '\n')
    .replace(/\n$/, '')
    .replace(/\n[ \t]/g, '')
    .split('\n');
  const empty = lines.indexOf('');
  if (text === '' || empty !== -1) {
    throw new RecurrenceError(
      text.trim() === '' ? 'the rule is empty' : `line ${empty + 1} of the rule is empty`,
      'Write one property a line, like RRULE:FREQ=DAILY;BYHOUR=9.',
    );
  }
  return lines;
}

/** @returns undefined for a private line (X-…), which means nothing here. */
function parseLine(text: string): Line | undefined {
  const space = /\s/.exec(text);
  if (space !== null) {
    throw new RecurrenceError(
      `${quote(text)} has white space at character ${space.index + 1}; none is allowed`,
    );
  }
  // A bare rule: parts and no property name.
  const isBare = /^[a-z]+=/i.test(text);
  const parsed =
    /^(?<name>[A-Za-z0-9-]+)(?<parameters>(?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(?<value>.*)$/.exec(text);
  const { name, parameters = '', value } = isBare ? { name: 'RRULE', value: text } : (parsed?.groups ?? {});
  if (name === undefined || value === undefined) {
    throw new RecurrenceError(`${quote(text)} is not a line like NAME:value or NAME;TZID=zone:value`);
  }
  const property = PROPERTIES.find((known) => known === name.toUpperCase());
  if (property === undefined) {
    if (/^x-/i.test(name)) return undefined;
    throw new RecurrenceError(
      `${name}: unknown property in ${quote(text)}`,
      `Known are ${PROPERTIES.join(', ')}.`,
    );
  }
  // Names and numbers are ASCII; a letter that only looks so is not.
  const foreign = /[^!-~]/u.exec(text);
  if (foreign !== null) {
    throw new RecurrenceError(
      `${property}: ${quote(foreign[0])} in ${quote(text)} is not an ASCII character`,
    );
  }
  return { property, parameters: parametersOf(property, parameters), value, text };
}

const PARAMETERS: Readonly<Record<Property, readonly string[]>> = {
  DTSTART: ['TZID', 'VALUE'],
  RRULE: [],
  EXRULE: [],
  RDATE: ['TZID', 'VALUE'],
  EXDATE: ['TZID', 'VALUE'],
};

function parametersOf(property: Property, text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/;([A-Za-z0-9-]+)=("[^"]*"|[^";:,]*)/g)) {
    const key = name.toUpperCase();
    if (key.startsWith('X-')) continue;
    if (!PARAMETERS[property].includes(key)) {
      throw new RecurrenceError(`${property}: unknown parameter ${quote(name)}`);
    }
    if (found.has(key)) throw new RecurrenceError(`${property}: ${key} is given twice`);
    found.set(key, value.replace(/^"|"$/g, ''));
  }
  return found;
}

function startOf(lines: readonly Line[], outer: Zone): Start {
  const [line, second] = lines.filter(({ property }) => property === 'DTSTART');
  if (line === undefined) {
    return { kind: 'local', wall: Date.UTC(2020, 0, 1) / 1000, zone: outer, written: false };
  }
  if (second !== undefined) throw new RecurrenceError(`DTSTART is given twice: ${quote(second.text)}`);
  const moment = parseMoment(line.value, { part: 'DTSTART', kind: valueKind(line) });
  const tzid = tzidOf(line, moment);
  const zone = moment.kind === 'utc' ? zoneNamed('UTC', 'DTSTART') : (tzid ?? outer);
  return { ...moment, kind: tzid === undefined ? moment.kind : 'zoned', zone, written: true };
}

function valueKind({ property, parameters }: Line): 'date' | 'time' | 'period' {
  const value = parameters.get('VALUE')?.toUpperCase();
  if (value === undefined || value === 'DATE-TIME') return 'time';
  if (value === 'DATE') return 'date';
  if (value === 'PERIOD' && property === 'RDATE') return 'period';
  throw new RecurrenceError(`${property}: VALUE=${quote(value)} is not one of DATE, DATE-TIME`);
}

function tzidOf({ property, parameters }: Line, moment: Moment): Zone | undefined {
  const name = parameters.get('TZID');
  if (name === undefined) return undefined;
  if (moment.kind !== 'local') {
    throw new RecurrenceError(
      `${property}: TZID=${name} cannot go with ${moment.kind === 'utc' ? 'a time in UTC (Z)' : 'a date'}`,
    );
  }
  return zoneNamed(name, `${property};TZID`);
}

/** RDATEs or EXDATEs. A date is its midnight; a period its start. */
function instants(lines: readonly Line[], property: 'RDATE' | 'EXDATE', start: Start): readonly number[] {
  const found = new Set<number>();
  for (const line of lines.filter((one) => one.property === property)) {
    const kind = valueKind(line);
    for (const text of line.value.split(',')) {
      const moment = parseMoment(text, { part: property, kind });
      const named = tzidOf(line, moment);
      const zone = moment.kind === 'utc' ? undefined : (named ?? start.zone);
      for (const instant of zone === undefined
        ? [moment.wall]
        : instantsOf(zone.read(moment.wall), RFC_DST)) {
        found.add(instant);
      }
    }
  }
  return [...found].sort((a, b) => a - b);
}

function rulesOf(lines: readonly Line[], property: 'RRULE' | 'EXRULE'): readonly WrittenRule[] {
  return lines.filter((line) => line.property === property).map(({ value }) => parseRule(value, property));
}

/** What only DTSTART decides: UNTIL's kind and instant, and that a date has no hours. */
function finish({ rule, until }: WrittenRule, start: Start): RecurrenceRule {
  if (start.kind === 'date') {
    const timed = (['byhour', 'byminute', 'bysecond'] as const).find((part) => rule[part] !== undefined);
    const part = timed?.toUpperCase() ?? (isSubDaily(rule) ? `FREQ=${rule.freq}` : undefined);
    if (part !== undefined) {
      throw new RecurrenceError(
        `${part} cannot go with a DTSTART that is a date`,
        `Give DTSTART a time: DTSTART:${dateText(start.wall)}T000000.`,
      );
    }
  }
  if (until === undefined) return rule;
  const { moment, text } = until;
  const fits = !start.written
    ? moment.kind !== 'date'
    : start.kind === 'date'
      ? moment.kind === 'date'
      : moment.kind === (start.kind === 'local' ? 'local' : 'utc');
  if (!fits) {
    throw new RecurrenceError(
      `UNTIL=${text} does not fit DTSTART`,
      start.kind === 'date'
        ? 'DTSTART is a date, so UNTIL must be one, too.'
        : start.kind === 'local' && start.written
          ? 'DTSTART has no zone, so UNTIL must be a date and time without Z.'
          : 'UNTIL must be a date and time in UTC, like 20261231T225959Z.',
    );
  }
  const last = moment.kind === 'utc' ? moment.wall : start.zone.read(moment.wall).first;
  return { ...rule, until: last };
}

function isSubDaily({ freq }: RecurrenceRule): boolean {
  return freq === 'HOURLY' || freq === 'MINUTELY' || freq === 'SECONDLY';
}

function dateText(wall: number): string {
  const { year, month, day } = civilDate(dayOf(wall - modulo(wall, DAY)));
  return `${year}`.padStart(4, '0') + `${month}`.padStart(2, '0') + `${day}`.padStart(2, '0');
}
