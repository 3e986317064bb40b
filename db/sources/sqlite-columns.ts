import type { BoundValue } from '../../domain/reports/placeholders.ts';
import type { Cell, Column, ColumnType, Row } from '../../domain/reports/table.ts';
import { wallClock } from './bound-values.ts';
import type { SqliteColumnInfo, SqliteRow, SqliteValue } from './sqlite-messages.ts';

interface Candidate {
  readonly type: ColumnType;
  /** Whether a value that is not NULL is one of this type. */
  readonly fits: (value: SqliteValue) => boolean;
}

const isWhole = (value: SqliteValue) => typeof value === 'bigint' || Number.isInteger(value);
const isNumber = (value: SqliteValue) => typeof value === 'number' || typeof value === 'bigint';
const isText = (value: SqliteValue) => typeof value === 'string';
const isBytes = (value: SqliteValue) => value instanceof Uint8Array;
const like = (pattern: RegExp) => (value: SqliteValue) => typeof value === 'string' && pattern.test(value);

/** What a declared type promises; the first that matches. SQLite itself holds nobody to it. */
const DECLARED: readonly (readonly [pattern: RegExp, candidate: Candidate])[] = [
  [/BOOL/, { type: 'boolean', fits: (value) => value === 0 || value === 1 }],
  [/DATETIME|TIMESTAMP/, { type: 'datetime', fits: like(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/) }],
  [/DATE/, { type: 'date', fits: like(/^\d{4}-\d\d-\d\d$/) }],
  [/^TIME/, { type: 'time', fits: like(/^\d\d:\d\d(:\d\d(\.\d+)?)?$/) }],
  [/JSON/, { type: 'json', fits: isText }],
  [/INT/, { type: 'integer', fits: isWhole }],
  [/CHAR|CLOB|TEXT|UUID/, { type: 'text', fits: isText }],
  [/BLOB/, { type: 'binary', fits: isBytes }],
  [/REAL|FLOA|DOUB/, { type: 'float', fits: isNumber }],
  [
    /DEC|NUMERIC|MONEY/,
    { type: 'decimal', fits: (value) => isNumber(value) && /^-?\d+(\.\d+)?$/.test(String(value)) },
  ],
];

const BY_VALUES: readonly Candidate[] = [
  { type: 'integer', fits: isWhole },
  { type: 'float', fits: isNumber },
  { type: 'binary', fits: isBytes },
];

/**
 * Columns by what is declared where the first rows agree with it, else by these rows. A later value that does not
 * fit comes as it is: number, text or bytes.
 */
export function sqliteColumns({
  infos,
  firstRows,
}: {
  readonly infos: readonly SqliteColumnInfo[];
  readonly firstRows: readonly SqliteRow[];
}): readonly Column[] {
  return infos.map(({ name, type: declared }, index) => {
    const known = DECLARED.find(([pattern]) => pattern.test(declared?.toUpperCase() ?? ''))?.[1];
    const values = firstRows.map((row) => row[index] ?? null).filter((value) => value !== null);
    const type = typeOf({ known, values });
    const [, scale] = /\(\s*\d+\s*,\s*(\d+)\s*\)/.exec(declared ?? '') ?? [];
    return type === 'decimal' && scale !== undefined ? { name, type, scale: Number(scale) } : { name, type };
  });
}

function typeOf({
  known,
  values,
}: {
  readonly known: Candidate | undefined;
  readonly values: readonly SqliteValue[];
}): ColumnType {
  if (known !== undefined && values.every(known.fits)) return known.type;
  if (values.length === 0) return 'text';
  return BY_VALUES.find(({ fits }) => values.every(fits))?.type ?? 'text';
}

export function sqliteRow({
  columns,
  row,
}: {
  readonly columns: readonly Column[];
  readonly row: SqliteRow;
}): Row {
  return row.map((value, index): Cell => {
    const type = columns[index]?.type;
    if (type === 'boolean' && (value === 0 || value === 1)) return value === 1;
    if ((type === 'decimal' || type === 'text') && isNumber(value)) return String(value);
    if (type === 'datetime' && typeof value === 'string') return value.replace('T', ' ');
    return value;
  });
}

export function sqliteValues({
  values,
  timezone,
}: {
  readonly values: readonly BoundValue[];
  readonly timezone: string;
}): readonly SqliteValue[] {
  return values.map(({ type, value }) => {
    if (value === null) return null;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (type === 'integer') return BigInt(value);
    if (type === 'decimal') return Number(value);
    return type === 'datetime' ? wallClock({ instant: value, timezone }) : value;
  });
}
