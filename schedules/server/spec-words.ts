import type { CalendarRanges, Range, TemporalSpec } from '../recurrence/spec.ts';
import { spanText } from '../span.ts';
import { calendarKeys, numbersOf } from './same-spec.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SHOWN_ENTRIES = 3;
const SHOWN_NUMBERS = 8;

/** A spec in a few words, for people who compare two: `hour 9 · Mon–Fri · Europe/Berlin`. Jitter apart. */
function specWords(spec: TemporalSpec): string {
  const entries = [
    ...spec.intervals.map(({ every, offset }) => intervalWords(every * 1000, offset * 1000)),
    ...spec.calendars.map(calendarWords),
  ];
  return [
    listed(entries) || 'never',
    ...(spec.skip.length === 0 ? [] : [`without ${listed(spec.skip.map(calendarWords))}`]),
    ...(spec.startAt === undefined ? [] : [`from ${dateWords(spec.startAt)}`]),
    ...(spec.endAt === undefined ? [] : [`until ${dateWords(spec.endAt)}`]),
    spec.timezone,
  ].join(' · ');
}

/** Words of two different specs, which tell them apart. */
export function differingSpecWords(old: TemporalSpec, wanted: TemporalSpec): { old: string; new: string } {
  const words = { old: specWords(old), new: specWords(wanted) };
  if (words.old !== words.new) return words;
  return {
    old: `… ${entryWords(missingFrom(wanted, old))}`,
    new: `… ${entryWords(missingFrom(old, wanted))}`,
  };
}

/** What `other` has and `spec` has not. */
function missingFrom(spec: TemporalSpec, other: TemporalSpec): readonly CalendarRanges[] {
  const known = calendarKeys(entriesOf(spec));
  return entriesOf(other).filter((entry) => !calendarKeys([entry]).isSubsetOf(known));
}

function entriesOf({ calendars, skip }: TemporalSpec): readonly CalendarRanges[] {
  return [...calendars, ...skip];
}

function entryWords(entries: readonly CalendarRanges[]): string {
  return listed(entries.map(calendarWords)) || 'no other';
}

function listed(entries: readonly string[]): string {
  const more = entries.length - SHOWN_ENTRIES;
  const shown = more > 0 ? [...entries.slice(0, SHOWN_ENTRIES - 1), `${more + 1} more`] : entries;
  return shown.join(' + ');
}

function intervalWords(every: number, offset: number): string {
  return `every ${spanText(every)}${offset === 0 ? '' : ` offset ${spanText(offset)}`}`;
}

function calendarWords(calendar: CalendarRanges): string {
  const { second, minute, hour, dayOfMonth, month, year, dayOfWeek } = calendar;
  const parts = [
    numberWords({ name: 'year', ranges: year, any: 0 }),
    numberWords({ name: '', ranges: month, any: 12, nameOf: (number) => MONTHS[number - 1] }),
    numberWords({ name: 'day', ranges: dayOfMonth, any: 31 }),
    numberWords({ name: 'hour', ranges: hour, any: 24 }),
    isZero(minute) ? '' : numberWords({ name: 'minute', ranges: minute, any: 60 }) || 'each minute',
    isZero(second) ? '' : numberWords({ name: 'second', ranges: second, any: 60 }) || 'each second',
    numberWords({ name: '', ranges: dayOfWeek, any: 7, nameOf: (number) => DAYS[number] }),
  ];
  const words = parts.filter((part) => part !== '').join(' · ');
  return words === '' ? 'each hour' : words;
}

/** Empty where the field is any. */
function numberWords({
  name,
  ranges,
  any,
  nameOf = String,
}: {
  readonly name: string;
  readonly ranges: readonly Range[];
  readonly any: number;
  readonly nameOf?: (number: number) => string | undefined;
}): string {
  const numbers = numbersOf(ranges);
  if (numbers.length === any) return '';
  const label = (number: number | undefined) => (number === undefined ? '' : (nameOf(number) ?? ''));
  const runs: string[] = [];
  for (let at = 0; at < numbers.length; ) {
    let end = at;
    while (numbers[end + 1] === (numbers[end] ?? 0) + 1) end += 1;
    if (end - at > 1) runs.push(`${label(numbers[at])}–${label(numbers[end])}`);
    else runs.push(...numbers.slice(at, end + 1).map(label));
    at = end + 1;
  }
  const shown = runs.length > SHOWN_NUMBERS ? [...runs.slice(0, SHOWN_NUMBERS - 1), '…'] : runs;
  return `${name} ${shown.join(',')}`.trim();
}

function isZero(ranges: readonly Range[]): boolean {
  return ranges.length === 1 && ranges[0]?.start === 0 && ranges[0].end === 0;
}

function dateWords(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 10);
}
