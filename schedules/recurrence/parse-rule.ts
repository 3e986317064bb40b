import { quote, RecurrenceError } from './error.ts';
import { type Moment, parseMoment } from './moment.ts';
import { type ByDay, FREQUENCIES, type Frequency, type RecurrenceRule, WEEKDAYS } from './rule.ts';

/** A rule whose UNTIL still waits for DTSTART. */
export interface WrittenRule {
  readonly rule: RecurrenceRule;
  readonly until?: { readonly moment: Moment; readonly text: string };
}

/** Numbers of a BYxxx part; `signed` ones also count from the end, and are never 0. */
const NUMBERS = {
  BYSECOND: { least: 0, most: 60, signed: false },
  BYMINUTE: { least: 0, most: 59, signed: false },
  BYHOUR: { least: 0, most: 23, signed: false },
  BYMONTHDAY: { least: 1, most: 31, signed: true },
  BYYEARDAY: { least: 1, most: 366, signed: true },
  BYWEEKNO: { least: 1, most: 53, signed: true },
  BYMONTH: { least: 1, most: 12, signed: false },
  BYSETPOS: { least: 1, most: 366, signed: true },
} as const;
type NumberPart = keyof typeof NUMBERS;

const PARTS = [
  'FREQ',
  'INTERVAL',
  'COUNT',
  'UNTIL',
  'WKST',
  'BYDAY',
  ...(Object.keys(NUMBERS) as NumberPart[]),
] as const;
type Part = (typeof PARTS)[number];

/** "N/A" in the table of RFC 5545, 3.3.10. */
const FORBIDDEN: Partial<Record<Part, readonly Frequency[]>> = {
  BYWEEKNO: ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY'],
  BYYEARDAY: ['DAILY', 'WEEKLY', 'MONTHLY'],
  BYMONTHDAY: ['WEEKLY'],
};

/** Above that, an interval of seconds is longer than the calendar. */
const LONGEST_INTERVAL = 1e12;

/** @param property RRULE or EXRULE, for messages. @throws RecurrenceError naming part and text. */
export function parseRule(text: string, property: string): WrittenRule {
  const given = split(text, property);
  const freqText = given.get('FREQ');
  if (freqText === undefined) {
    throw new RecurrenceError(
      `FREQ is missing in ${quote(text)}`,
      `Write FREQ= and one of ${FREQUENCIES.join(', ')}.`,
    );
  }
  const freq = FREQUENCIES.find((known) => known === freqText.toUpperCase());
  if (freq === undefined) {
    throw new RecurrenceError(`FREQ: ${quote(freqText)} is not one of ${FREQUENCIES.join(', ')}`);
  }
  const numbers = (part: NumberPart) => {
    const value = given.get(part);
    return value === undefined ? undefined : numberList(part, value);
  };
  const count = optional(given.get('COUNT'), (value) => wholeNumber('COUNT', value));
  const until = given.get('UNTIL');
  if (count !== undefined && until !== undefined) {
    throw new RecurrenceError(`COUNT=${count} and UNTIL=${until} cannot go together`, 'Keep one of the two.');
  }
  const byday = optional(given.get('BYDAY'), dayList);
  checkPairs(freq, given, byday);
  const leap = numbers('BYSECOND');
  const rule: RecurrenceRule = {
    freq,
    interval: Math.min(
      LONGEST_INTERVAL,
      optional(given.get('INTERVAL'), (value) => wholeNumber('INTERVAL', value)) ?? 1,
    ),
    wkst: optional(given.get('WKST'), weekStart) ?? 0,
    ...present('count', count),
    // Without leap seconds, second 60 reads as 59 (RFC 5545, 3.3.12).
    ...present('bysecond', leap && [...new Set(leap.map((second) => Math.min(second, 59)))]),
    ...present('byminute', numbers('BYMINUTE')),
    ...present('byhour', numbers('BYHOUR')),
    ...present('byday', byday),
    ...present('bymonthday', numbers('BYMONTHDAY')),
    ...present('byyearday', numbers('BYYEARDAY')),
    ...present('byweekno', numbers('BYWEEKNO')),
    ...present('bymonth', numbers('BYMONTH')),
    ...present('bysetpos', numbers('BYSETPOS')),
  };
  if (until === undefined) return { rule };
  return { rule, until: { moment: parseMoment(until, { part: 'UNTIL', kind: 'either' }), text: until } };
}

function split(text: string, property: string): ReadonlyMap<Part, string> {
  const given = new Map<Part, string>();
  for (const piece of text.split(';')) {
    const [, name = '', value = ''] = /^([A-Za-z-]+)=(.+)$/.exec(piece) ?? [];
    if (name === '') {
      throw new RecurrenceError(`${property}: ${quote(piece)} is not a part like NAME=value`);
    }
    const part = PARTS.find((known) => known === name.toUpperCase());
    if (part === undefined) {
      throw new RecurrenceError(
        `${property}: unknown part ${quote(piece)}`,
        `Known are ${PARTS.join(', ')}.`,
      );
    }
    if (given.has(part)) throw new RecurrenceError(`${part} is given twice: ${quote(piece)}`);
    given.set(part, value);
  }
  return given;
}

function checkPairs(
  freq: Frequency,
  given: ReadonlyMap<Part, string>,
  byday: readonly ByDay[] | undefined,
): void {
  for (const [part, frequencies] of Object.entries(FORBIDDEN) as [Part, readonly Frequency[]][]) {
    const value = given.get(part);
    if (value !== undefined && frequencies.includes(freq)) {
      throw new RecurrenceError(`${part}=${value.slice(0, 60)} cannot go with FREQ=${freq}`);
    }
  }
  const numbered = byday?.find(({ nth }) => nth !== undefined);
  if (numbered !== undefined) {
    const text = `BYDAY=${numbered.nth}${WEEKDAYS[numbered.weekday]}`;
    if (freq !== 'MONTHLY' && freq !== 'YEARLY') {
      throw new RecurrenceError(
        `${text} cannot go with FREQ=${freq}`,
        'A number before a weekday needs MONTHLY or YEARLY.',
      );
    }
    if (given.has('BYWEEKNO')) throw new RecurrenceError(`${text} cannot go with BYWEEKNO`);
  }
  const setpos = given.get('BYSETPOS');
  const others = [...given.keys()].some((part) => part.startsWith('BY') && part !== 'BYSETPOS');
  if (setpos !== undefined && !others) {
    throw new RecurrenceError(
      `BYSETPOS=${setpos.slice(0, 60)} needs another BY part to choose from`,
      'Like FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1, the last business day.',
    );
  }
}

function numberList(part: NumberPart, value: string): readonly number[] {
  const { least, most, signed } = NUMBERS[part];
  const numbers = value.split(',').map((text) => {
    const digits = /^([+-]?)(\d+)$/.exec(text);
    const size = Number(digits?.[2]);
    const isLong = (digits?.[2]?.length ?? 0) > `${most}`.length;
    if (digits === null || isLong || (digits[1] !== '' && !signed) || size < least || size > most) {
      throw new RecurrenceError(
        `${part}: ${quote(text)} is not a whole number from ${least} to ${most}${signed ? `, or -${most} to -${least}` : ''}`,
      );
    }
    return digits[1] === '-' ? -size : size;
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function dayList(value: string): readonly ByDay[] {
  const days = new Map<string, ByDay>();
  for (const text of value.split(',')) {
    const [, sign = '', digits = '', code = ''] =
      /^([+-]?)(\d{0,2})([A-Z]{2})$/.exec(text.toUpperCase()) ?? [];
    const weekday = WEEKDAYS.findIndex((known) => known === code);
    const size = Number(digits);
    if (weekday === -1 || (digits === '' ? sign !== '' : size < 1 || size > 53)) {
      throw new RecurrenceError(
        `BYDAY: ${quote(text)} is not a weekday (${WEEKDAYS.join(', ')}), with 1 to 53 or -53 to -1 before it at most`,
      );
    }
    const nth = sign === '-' ? -size : size;
    days.set(`${nth}${code}`, digits === '' ? { weekday } : { weekday, nth });
  }
  return [...days.values()].sort((a, b) => (a.nth ?? 0) - (b.nth ?? 0) || a.weekday - b.weekday);
}

function weekStart(value: string): number {
  const weekday = WEEKDAYS.findIndex((known) => known === value.toUpperCase());
  if (weekday === -1) throw new RecurrenceError(`WKST: ${quote(value)} is not one of ${WEEKDAYS.join(', ')}`);
  return weekday;
}

function wholeNumber(part: 'COUNT' | 'INTERVAL', value: string): number {
  if (!/^\d+$/.test(value) || Number(value) < 1) {
    throw new RecurrenceError(`${part}: ${quote(value)} is not a whole number from 1`);
  }
  return Number(value);
}

function optional<T>(value: string | undefined, read: (value: string) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

/** `exactOptionalPropertyTypes`: an absent part is no key at all. */
function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}
