import { cutText, isNumeric } from '../cell-text.ts';
import type { RowCursor } from '../row-cursor.ts';
import type { Column, Row } from '../table.ts';
import type { WallClock } from '../wall-clock.ts';
import { type CellWriter, cellWriter } from './cells.ts';
import { columnWidths } from './column-widths.ts';
import type { SheetLimits } from './limits.ts';
import { LOOKS, type Styles } from './styles.ts';
import { columnLetters, inlineString } from './xml-text.ts';

/** What all sheets of rows of one workbook share. */
export interface RowsSheets {
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  readonly cursor: RowCursor;
  readonly firstRows: readonly Row[];
  readonly styles: Styles;
  readonly clock: WallClock;
  readonly limits: SheetLimits;
  readonly onCut: () => void;
  /** Whether the file has reached its cap of bytes. */
  readonly isFull: () => boolean;
  /** Said below the last row, where a cap ended the file. */
  readonly noteAtEnd: () => string | undefined;
}

const CHUNK_LENGTH = 65_536;
const ROWS_AT_ONCE = 500;
const LONGEST_NAME = 255;

/** Writes the sheets of rows one after the other, each up to what Excel can hold. */
export function createRowsSheets(sheets: RowsSheets) {
  const { columns, names, cursor, styles, clock, limits } = sheets;
  const letters = columns.map((_, index) => columnLetters(index));
  const writers = columns.map((column) =>
    cellWriter(column, { styles, clock, characters: limits.characters, onCut: sheets.onCut }),
  );
  const note = styles.of(LOOKS.note);
  const header = rowXml({ number: 1, cells: headerCells({ columns, names, letters, styles }) });
  const before = beforeRows({
    columns,
    widths: columnWidths({ columns, names, firstRows: sheets.firstRows, clock }),
  });
  const headerRows = columns.length === 0 ? 0 : 1;
  const lastColumn = letters.at(-1);

  /** @param state learns the number of the last row, which other parts of the workbook name */
  async function* sheet(state: { lastRow: number }, position: 'first' | 'further'): AsyncGenerator<Buffer> {
    let chunk = before(position) + (headerRows === 0 ? '' : header);
    let bytes = 0;
    let row = headerRows;
    const isFullSheet = () => row >= limits.rows || bytes >= limits.bytes;
    while (!isFullSheet()) {
      const rows = await cursor.take(Math.min(ROWS_AT_ONCE, limits.rows - row));
      if (rows.length === 0) break;
      for (const [index, cells] of rows.entries()) {
        row += 1;
        chunk += rowXml({ number: row, cells: cellsXml({ cells, row, letters, writers }) });
        if (chunk.length >= CHUNK_LENGTH) {
          const made = Buffer.from(chunk);
          bytes += made.length;
          chunk = '';
          yield made;
          if (sheets.isFull() || isFullSheet()) {
            cursor.putBack(rows.length - index - 1);
            break;
          }
        }
      }
      if (sheets.isFull()) await cursor.stop();
    }
    state.lastRow = Math.max(1, row);
    const words = (await cursor.hasMore()) ? undefined : sheets.noteAtEnd();
    // An empty row between, so that neither the filter nor a sum takes the note for one of the rows.
    if (words !== undefined && row + 2 <= limits.rows) {
      const at = `A${row + 2}`;
      chunk += rowXml({
        number: row + 2,
        cells: `<c r="${at}" s="${note}" t="inlineStr">${inlineString(words)}</c>`,
      });
    }
    yield Buffer.from(chunk + afterRows({ lastColumn, lastRow: state.lastRow }));
  }
  return { sheet, lastColumn };
}

function cellsXml({
  cells,
  row,
  letters,
  writers,
}: {
  readonly cells: Row;
  readonly row: number;
  readonly letters: readonly string[];
  readonly writers: readonly CellWriter[];
}): string {
  let xml = '';
  for (const [index, write] of writers.entries()) {
    const cell = cells[index];
    if (cell !== null && cell !== undefined) xml += write(cell, `${letters[index]}${row}`);
  }
  return xml;
}

function rowXml({ number, cells }: { readonly number: number; readonly cells: string }): string {
  return `<row r="${number}">${cells}</row>`;
}

function headerCells({
  columns,
  names,
  letters,
  styles,
}: Pick<RowsSheets, 'columns' | 'names' | 'styles'> & { readonly letters: readonly string[] }): string {
  const left = styles.of(LOOKS.header);
  const right = styles.of(LOOKS.headerRight);
  return columns
    .map((column, index) => {
      const look = standsRight(column) ? right : left;
      const name = cutText(names[index] ?? '', { most: LONGEST_NAME, sign: '…' });
      return `<c r="${letters[index]}1" s="${look}" t="inlineStr">${inlineString(name)}</c>`;
    })
    .join('');
}

/** Excel puts dates to the right as it does numbers. */
function standsRight(column: Column): boolean {
  return isNumeric(column) || ['date', 'time', 'datetime', 'instant'].includes(column.type);
}

/** The order of elements is prescribed (ECMA-376 part 1, 18.3.1.99); Excel "repairs" a sheet that has another. */
function beforeRows({
  columns,
  widths,
}: {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
}): (position: 'first' | 'further') => string {
  const pane =
    columns.length === 0
      ? ''
      : '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/>';
  const cols = widths
    .map((width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`)
    .join('');
  return (position) =>
    [
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
      '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
      '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>',
      `<sheetViews><sheetView${position === 'first' ? ' tabSelected="1"' : ''} workbookViewId="0">${pane}</sheetView></sheetViews>`,
      '<sheetFormatPr defaultRowHeight="15"/>',
      cols === '' ? '' : `<cols>${cols}</cols>`,
      '<sheetData>',
    ].join('');
}

function afterRows({
  lastColumn,
  lastRow,
}: {
  readonly lastColumn: string | undefined;
  readonly lastRow: number;
}): string {
  const range = lastColumn === undefined ? undefined : `A1:${lastColumn}${lastRow}`;
  return [
    '</sheetData>',
    range === undefined ? '' : `<autoFilter ref="${range}"/>`,
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>',
    '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
    '<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>',
    // Long digits are text on purpose; no green corner need say so.
    range === undefined
      ? ''
      : `<ignoredErrors><ignoredError sqref="${range}" numberStoredAsText="1"/></ignoredErrors>`,
    '</worksheet>',
  ].join('');
}
