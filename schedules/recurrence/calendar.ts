import { RecurrenceError } from './error.ts';
import type { DstPolicy, RecurrenceSet } from './rule.ts';

export const MONTH_NAMES = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
/** As in cron and Temporal: 0 Sunday. */
export const DAY_NAMES = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;

/** A number, a range with both ends included, a list of them, or `*` for all. */
type CalendarField<T> = '*' | CalendarItem<T> | readonly CalendarItem<T>[];
type CalendarItem<T> = T | { readonly start: T; readonly end?: T; readonly step?: number };

/** A calendar as an author writes it, Temporal's words: all fields must fit. */
export interface CalendarFields {
  /** Default 0. */
  readonly second?: CalendarField<number>;
  /** Default 0. */
  readonly minute?: CalendarField<number>;
  /** Default 0. */
  readonly hour?: CalendarField<number>;
  readonly dayOfMonth?: CalendarField<number>;
  readonly month?: CalendarField<number | (typeof MONTH_NAMES)[number]>;
  readonly year?: CalendarField<number>;
  /** 0 or 7 is Sunday. */
  readonly dayOfWeek?: CalendarField<number | (typeof DAY_NAMES)[number]>;
}

/** What each field allows. */
export const FIELDS = {
  second: { least: 0, most: 59 },
  minute: { least: 0, most: 59 },
  hour: { least: 0, most: 23 },
  dayOfMonth: { least: 1, most: 31 },
  month: { least: 1, most: 12, names: MONTH_NAMES, firstName: 1 },
  dayOfWeek: { least: 0, most: 7, names: DAY_NAMES, firstName: 0 },
  // What Temporal knows.
  year: { least: 2000, most: 2100 },
} as const;
export type FieldName = keyof typeof FIELDS;

/** The numbers of each field; an absent one is any. */
export type FieldNumbers = Partial<Readonly<Record<FieldName, readonly number[]>>>;

/** @throws RecurrenceError naming field and value. */
export function readCalendar(fields: CalendarFields): FieldNumbers {
  const unknown = Object.keys(fields).find((name) => !(name in FIELDS));
  if (unknown !== undefined) {
    throw new RecurrenceError(
      `calendar: unknown field ${unknown}`,
      `Known are ${Object.keys(FIELDS).join(', ')}.`,
    );
  }
  const found: Partial<Record<FieldName, readonly number[]>> = {};
  for (const name of Object.keys(FIELDS) as FieldName[]) {
    const value = fields[name] ?? (name === 'second' || name === 'minute' || name === 'hour' ? 0 : '*');
    if (value === '*') continue;
    const items: readonly CalendarItem<number | string>[] = Array.isArray(value) ? value : [value];
    if (items.length === 0) throw new RecurrenceError(`calendar: ${name} is an empty list, so it never fits`);
    found[name] = items.flatMap((item) => numbersOf(name, item));
  }
  return found;
}

function numbersOf(name: FieldName, item: CalendarItem<number | string>): readonly number[] {
  if (typeof item !== 'object') return [fieldNumber(name, item, 'calendar')];
  const start = fieldNumber(name, item.start, 'calendar');
  const end = item.end === undefined ? start : fieldNumber(name, item.end, 'calendar');
  return stepping({ name, start, end, step: item.step ?? 1, text: JSON.stringify(item) });
}

/** @throws RecurrenceError for a range that runs backwards or a step that is no whole number from 1. */
export function stepping({
  name,
  start,
  end,
  step,
  text,
}: {
  readonly name: FieldName;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly text: string;
}): readonly number[] {
  if (end < start) throw new RecurrenceError(`${name}: ${text} ends before it starts`);
  if (!Number.isInteger(step) || step < 1)
    throw new RecurrenceError(`${name}: the step of ${text} is not a whole number from 1`);
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
}

/** A number in range, or a name of which three letters are enough. */
export function fieldNumber(name: FieldName, value: number | string, where: string): number {
  const field = FIELDS[name];
  const { least, most } = field;
  const number = typeof value === 'number' || /^\d{1,4}$/.test(value) ? Number(value) : named(field, value);
  if (number === undefined || !Number.isInteger(number) || number < least || number > most) {
    throw new RecurrenceError(
      `${where}: ${JSON.stringify(value)} is no ${name}, which goes from ${least} to ${most}${'names' in field ? ' or by name, like ' + field.names[1] : ''}`,
    );
  }
  return number;
}

function named(field: (typeof FIELDS)[FieldName], value: string): number | undefined {
  if (!('names' in field) || value.length < 3) return undefined;
  const index = field.names.findIndex((known) => known.startsWith(value.toUpperCase()));
  return index === -1 ? undefined : index + field.firstName;
}

/** The recurrence of fields that must all fit, from 2000 on, where Temporal's calendars begin. */
export function calendarSet(
  numbers: FieldNumbers,
  { zone, dst }: { readonly zone: string; readonly dst: DstPolicy },
): RecurrenceSet {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek, year } = numbers;
  const rule = {
    freq: 'DAILY' as const,
    interval: 1,
    wkst: 0,
    bysecond: sorted(second ?? all('second')),
    byminute: sorted(minute ?? all('minute')),
    byhour: sorted(hour ?? all('hour')),
    ...(dayOfMonth === undefined ? {} : { bymonthday: sorted(dayOfMonth) }),
    ...(month === undefined ? {} : { bymonth: sorted(month) }),
    ...(year === undefined ? {} : { byyear: sorted(year) }),
    ...(dayOfWeek === undefined
      ? {}
      : { byday: sorted(dayOfWeek.map((day) => (day + 6) % 7)).map((weekday) => ({ weekday })) }),
  };
  return {
    zone,
    dtstart: Date.UTC(2000, 0, 1) / 1000,
    rules: [rule],
    exrules: [],
    rdates: [],
    exdates: [],
    dst,
  };
}

function all(name: FieldName): readonly number[] {
  const { least, most } = FIELDS[name];
  return Array.from({ length: most - least + 1 }, (_, index) => least + index);
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
