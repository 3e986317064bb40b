import { rowsWords } from './about.ts';
import { exactText } from './cell-text.ts';
import { headings } from './headings.ts';
import { createRowCursor } from './row-cursor.ts';
import type { FileContext, OnEnd, Table } from './table.ts';
import { createWallClock } from './wall-clock.ts';

export interface CsvOptions {
  /** A byte order mark at the beginning, by which Excel knows that the file is UTF-8. Default: true. */
  readonly bom?: boolean;
  /** Default: comma. Excel takes a semicolon where the comma is the decimal sign. */
  readonly delimiter?: ',' | ';' | '\t' | '|';
}

const ROWS_AT_ONCE = 1_000;
const CHUNK_LENGTH = 65_536;

/**
 * Rows as CSV (RFC 4180: CRLF, quotes where needed, UTF-8), streamed. NULL is an empty field, an empty text is `""`.
 * Where a cap ended the file, its last record says so in its first field, like `first 1,000 of 52,341 rows`.
 * The cap of bytes counts whole records and is kept but for that record.
 */
export async function* writeCsv(
  table: Table,
  context: FileContext,
  end: OnEnd,
  { bom = true, delimiter = ',' }: CsvOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const { columns } = table;
  const cursor = createRowCursor({ rows: table.rows, cap: context.cap.rows });
  const clock = createWallClock(context.timezone);
  const places = columns.map((column) => ({ column, clock }));
  const textFor = fieldWriter({ delimiter, formulaSafe: context.formulaSafe });
  const line = (fields: readonly (string | null)[]) => {
    const record = fields.map((field) => (field === null ? '' : textFor(field))).join(delimiter);
    // A record of one empty field would be an empty line, which readers skip.
    return record === '' && fields.length === 1 ? '""\r\n' : `${record}\r\n`;
  };
  const most = context.cap.bytes ?? Number.POSITIVE_INFINITY;
  let chunk = `${bom ? '\uFEFF' : ''}${columns.length === 0 ? '' : line(headings(columns))}`;
  let bytes = Buffer.byteLength(chunk);
  try {
    for (;;) {
      const rows = await cursor.take(ROWS_AT_ONCE);
      if (rows.length === 0) break;
      for (const [index, row] of rows.entries()) {
        if (columns.length === 0) break;
        const record = line(places.map((place, column) => exactText(row[column] ?? null, place)));
        bytes += Buffer.byteLength(record);
        if (bytes > most) {
          cursor.putBack(rows.length - index);
          await cursor.stop();
          break;
        }
        chunk += record;
        if (chunk.length >= CHUNK_LENGTH) {
          yield Buffer.from(chunk);
          chunk = '';
        }
      }
    }
    const summary = cursor.summary();
    if (summary.truncated && columns.length > 0) {
      const note = rowsWords(summary, context.totalRows);
      chunk += line([note, ...columns.slice(1).map(() => null)]);
    }
    end(summary);
    if (chunk !== '') yield Buffer.from(chunk);
  } finally {
    await cursor.close();
  }
}

/** What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection"), also in full width. */
const FORMULA_START = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
/** `-5` is a number and stays one; `+49…` is more likely a telephone and would lose its plus. */
const NEGATIVE_NUMBER = /^-\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function fieldWriter({
  delimiter,
  formulaSafe,
}: {
  readonly delimiter: string;
  readonly formulaSafe: boolean;
}): (text: string) => string {
  const special = new RegExp(
    `["\\r\\n${delimiter === '\t' ? '\\t' : `\\${delimiter}`}]|^$|^\\s|\\s$|^\\uFEFF`,
  );
  return (text) => {
    const safe = formulaSafe && FORMULA_START.test(text) && !NEGATIVE_NUMBER.test(text) ? `'${text}` : text;
    return special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
}
