/**
 * What a column holds, whatever database it came from.
 *
 * - `decimal`: exact, as text; `float`: binary, as number; `percent`: a share, 0.5 is 50 %.
 * - `date`, `time`, `datetime`: wall-clock text without a zone; `instant`: a point in time.
 * - `json`: the database's own JSON text; `binary`: bytes.
 */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'percent'
  | 'date'
  | 'time'
  | 'datetime'
  | 'instant'
  | 'boolean'
  | 'json'
  | 'binary';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Digits behind the decimal point, where the database says so. */
  readonly scale?: number;
}

/**
 * One value, exact.
 *
 * - integers: number while safe, else bigint; decimals: text such as `-12.50`
 * - date `2025-02-28`, time `18:05:00.25`, datetime `2025-02-28 18:05:00`: text, as stored
 * - instant: Date
 *
 * A text may stand in a column of any type, where the database holds what the type cannot say: `0000-00-00`, `infinity`,
 * a decimal `NaN`, and in SQLite whatever somebody has stored.
 */
export type Cell = string | number | bigint | boolean | Date | Uint8Array | null;

export type Row = readonly Cell[];
