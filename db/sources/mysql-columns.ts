import mysql, { type FieldPacket } from 'mysql2';
import type { BoundValue } from '../../domain/reports/placeholders.ts';
import type { Cell, Column, ColumnType } from '../../domain/reports/table.ts';
import { createSiteClock } from '../../domain/site-clock.ts';
import { wallClock } from './bound-values.ts';

// MySQL's protocol, "Column Type" (field_types.h).
const TYPES: Readonly<Record<number, ColumnType>> = {
  0: 'decimal',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'float',
  5: 'float',
  7: 'instant',
  8: 'integer',
  9: 'integer',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'integer',
  14: 'date',
  16: 'integer',
  242: 'binary',
  245: 'json',
  246: 'decimal',
  255: 'binary',
};
const BIT = 16;
const GEOMETRY = 255;
const BINARY_CHARSET = 63;
/** Types that hold text or bytes, by their character set. */
const FIRST_TEXT_TYPE = 249;

export function mysqlColumn(field: FieldPacket): Column {
  const { name } = field;
  const type = typeOf(field);
  return type === 'decimal' ? { name, type, scale: field.decimals } : { name, type };
}

function typeOf({ columnType = 0, characterSet, extendedFormat }: FieldPacket): ColumnType {
  if (extendedFormat === 'json') return 'json';
  const known = TYPES[columnType];
  if (known !== undefined) return known;
  return columnType >= FIRST_TEXT_TYPE && characterSet === BINARY_CHARSET ? 'binary' : 'text';
}

/**
 * Turns what mysql2 gives for a column (binary protocol, dates and JSON as text) into a value.
 * @param timezone of the session, in which the server writes TIMESTAMP values
 */
export function mysqlReader({
  field,
  timezone,
}: {
  readonly field: FieldPacket;
  readonly timezone: string;
}): (value: unknown) => Cell {
  const { columnType } = field;
  if (columnType === BIT) return (value) => (Buffer.isBuffer(value) ? wholeNumber(bitsOf(value)) : null);
  if (columnType === GEOMETRY) return (value) => (value === null ? null : JSON.stringify(value));
  const type = typeOf(field);
  if (type === 'integer') return integerOf;
  if (type !== 'instant') return plain;
  const clock = createSiteClock(timezone);
  return (value) => {
    if (typeof value !== 'string') return null;
    const at = clock.toUtc(value);
    // 0000-00-00 is no moment; it stays the text that is stored.
    return at === undefined ? value : new Date(at);
  };
}

function integerOf(value: unknown): Cell {
  // mysql2 gives digits where a number would not be exact.
  if (typeof value === 'string') return wholeNumber(BigInt(value));
  return typeof value === 'number' || typeof value === 'bigint' ? value : null;
}

function plain(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || Buffer.isBuffer(value)) return value;
  return JSON.stringify(value);
}

function bitsOf(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
}

function wholeNumber(value: bigint): Cell {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Values with their own types in the protocol, so that LIMIT takes a number and a decimal stays exact. */
export function mysqlValues({
  values,
  timezone,
}: {
  readonly values: readonly BoundValue[];
  readonly timezone: string;
}): unknown[] {
  const { TypedParameter: as } = mysql;
  return values.map(({ type, value }) => {
    if (value === null) return null;
    if (type === 'integer') {
      return fitsLongLong(String(value)) ? as.LONGLONG(String(value)) : as.NEWDECIMAL(String(value));
    }
    if (type === 'decimal') return as.NEWDECIMAL(String(value));
    if (type === 'boolean') return as.LONGLONG(value === true ? 1 : 0);
    return type === 'datetime' ? wallClock({ instant: String(value), timezone }) : String(value);
  });
}

function fitsLongLong(digits: string): boolean {
  return BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
}
