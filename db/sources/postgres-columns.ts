import type { FieldDef } from 'pg';
import type { Cell, Column, ColumnType } from '../../domain/reports/table.ts';

// Object ids of built-in types, fixed for all versions (pg_type.dat).
const TYPES: Readonly<Record<number, ColumnType>> = {
  16: 'boolean',
  17: 'binary',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  26: 'integer',
  700: 'float',
  701: 'float',
  790: 'decimal',
  1082: 'date',
  1083: 'time',
  1114: 'datetime',
  1184: 'instant',
  1700: 'decimal',
  114: 'json',
  3802: 'json',
};
const MONEY = 790;
const NUMERIC = 1700;
/** A column without further modifier, like numeric without precision. */
const NO_MODIFIER = -1;

/** Everything else (uuid, arrays, enums, intervals, network addresses, ranges, …) is the text that PostgreSQL prints. */
export function postgresColumn({ name, dataTypeID, dataTypeModifier }: FieldDef): Column {
  const type = TYPES[dataTypeID] ?? 'text';
  if (dataTypeID === MONEY) return { name, type, scale: 2 };
  if (dataTypeID !== NUMERIC || dataTypeModifier === NO_MODIFIER) return { name, type };
  // The modifier is 4 more than precision << 16 | scale; the scale has 11 bits and a sign.
  const scale = (((dataTypeModifier - 4) & 0x7ff) ^ 0x400) - 0x400;
  return { name, type, scale: Math.max(0, scale) };
}

/** Turns the text that PostgreSQL sends for a column into a value. */
export function postgresReader({ dataTypeID }: FieldDef): (text: string | null) => Cell {
  const read = dataTypeID === MONEY ? moneyOf : READERS[TYPES[dataTypeID] ?? 'text'];
  return (text) => (text === null ? null : read(text));
}

const asText = (text: string): Cell => text;

const READERS: Readonly<Record<ColumnType, (text: string) => Cell>> = {
  boolean: (text) => text === 't',
  integer: integerOf,
  float: Number,
  percent: Number,
  binary: (text) => Buffer.from(text.slice(2), 'hex'),
  instant: instantOf,
  text: asText,
  decimal: asText,
  date: asText,
  time: asText,
  datetime: asText,
  json: asText,
};

function integerOf(text: string): Cell {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** `2025-02-28 18:00:00.123456+05:30`; stays text where no Date can hold it (infinity, BC, beyond year 9999). */
function instantOf(text: string): Cell {
  const [, day, time, offset] =
    /^(\d{4}-\d\d-\d\d) ([\d:.]+)([+-]\d\d(?::?\d\d)?)(?::\d\d)?$/.exec(text) ?? [];
  if (day === undefined || time === undefined || offset === undefined) return text;
  const date = new Date(`${day}T${time.slice(0, 12)}${offset.length === 3 ? `${offset}:00` : offset}`);
  return Number.isNaN(date.getTime()) ? text : date;
}

/** With lc_monetary C: `-$1,234.50`. */
function moneyOf(text: string): Cell {
  return text.replace(/[$,]/g, '');
}
