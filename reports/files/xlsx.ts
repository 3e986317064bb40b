import { SluiceError } from '../../domain/errors.ts';
import { aboutPairs, count, rowsWords } from './about.ts';
import { headings } from './headings.ts';
import { createRowCursor, type RowCursor } from './row-cursor.ts';
import type { FileContext, FileSummary, OnEnd, Table } from './table.ts';
import { createWallClock } from './wall-clock.ts';
import { aboutSheetXml } from './xlsx/about-sheet.ts';
import { EXCEL_LIMITS, type SheetLimits } from './xlsx/limits.ts';
import {
  contentTypes,
  coreXml,
  ROOT_RELATIONS,
  type SheetPart,
  workbookRelations,
  workbookXml,
} from './xlsx/parts.ts';
import { createRowsSheets } from './xlsx/rows-sheet.ts';
import { ABOUT_SHEET, sheetNames } from './xlsx/sheet-names.ts';
import { createStyles } from './xlsx/styles.ts';
import { type ZipEntry, zipFile } from './zip.ts';

/** Rows that the widths of columns are taken from. */
const ROWS_MEASURED = 200;

/**
 * Rows as an Excel workbook, streamed: a sheet of rows (further ones where one is full), and a sheet that says what it is.
 * @param limits of a sheet; only tests have reason for others than Excel's
 * @throws SluiceError `too_many_columns`
 */
export async function* writeXlsx(
  table: Table,
  context: FileContext,
  end: OnEnd,
  limits: SheetLimits = EXCEL_LIMITS,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  const cursor = createRowCursor({ rows: table.rows, cap: context.cap.rows });
  const isFull = () => bytes >= (context.cap.bytes ?? Number.POSITIVE_INFINITY);
  try {
    checkColumns({ columns: table.columns.length, limits });
    const entries = workbook({ table, context, end, limits, cursor, isFull });
    for await (const chunk of zipFile(entries, { modified: context.generatedAt, level: LEVEL })) {
      bytes += chunk.length;
      yield chunk;
    }
  } finally {
    await cursor.close();
  }
}

/** Half of the time of zlib's default, for a file that is a tenth larger. */
const LEVEL = 4;

async function* workbook({
  table,
  context,
  end,
  limits,
  cursor,
  isFull,
}: {
  readonly table: Table;
  readonly context: FileContext;
  readonly end: OnEnd;
  readonly limits: SheetLimits;
  readonly cursor: RowCursor;
  readonly isFull: () => boolean;
}): AsyncGenerator<ZipEntry> {
  const styles = createStyles();
  let cut = 0;
  const summary = (): FileSummary => cursor.summary();
  const rowsSheets = createRowsSheets({
    columns: table.columns,
    names: headings(table.columns),
    cursor,
    firstRows: await cursor.peek(ROWS_MEASURED),
    styles,
    clock: createWallClock(context.timezone),
    limits,
    onCut: () => {
      cut += 1;
    },
    isFull,
    noteAtEnd: () => (summary().truncated ? rowsWords(summary(), context.totalRows) : undefined),
  });

  yield part('_rels/.rels', ROOT_RELATIONS);
  yield part('docProps/core.xml', coreXml({ title: context.title, created: context.generatedAt }));
  // Before the sheets, for `file` and mail gateways that look at names of the first few parts. All looks are known by now.
  yield part('xl/styles.xml', styles.xml());

  const nameOf = sheetNames(context.title);
  const sheets: SheetPart[] = [];
  do {
    const state = { lastRow: 1 };
    const number = sheets.length + 1;
    yield {
      name: sheetPath(number),
      content: rowsSheets.sheet(state, number === 1 ? 'first' : 'further'),
    };
    const range = rowsSheets.lastColumn && { range: `$A$1:$${rowsSheets.lastColumn}$${state.lastRow}` };
    sheets.push({ part: number, name: nameOf(number - 1), ...range });
  } while (await cursor.hasMore());
  end(summary());

  const about: SheetPart = { part: sheets.length + 1, name: ABOUT_SHEET };
  const pairs = aboutWorkbook({ context, summary: summary(), columns: table.columns, cut, sheets, limits });
  yield part(sheetPath(about.part), aboutSheetXml({ pairs, styles, characters: limits.characters }));
  const [first, ...further] = sheets;
  const inOrder = [...(first === undefined ? [] : [first]), about, ...further];
  yield part('xl/workbook.xml', workbookXml(inOrder));
  yield part('xl/_rels/workbook.xml.rels', workbookRelations(inOrder));
  yield part('[Content_Types].xml', contentTypes(inOrder));
}

function part(name: string, xml: string): ZipEntry {
  return { name, content: Buffer.from(xml) };
}

function sheetPath(number: number): string {
  return `xl/worksheets/sheet${number}.xml`;
}

function aboutWorkbook({
  context,
  summary,
  columns,
  cut,
  sheets,
  limits,
}: {
  readonly context: FileContext;
  readonly summary: FileSummary;
  readonly columns: Table['columns'];
  readonly cut: number;
  readonly sheets: readonly SheetPart[];
  readonly limits: SheetLimits;
}): readonly (readonly [string, string])[] {
  const inZone = columns.some(({ type }) => type === 'instant');
  return [
    ...aboutPairs(context),
    ['Time zone', context.timezone],
    ['Rows', rowsWords(summary, context.totalRows)],
    ...(columns.length === 0 ? [['Columns', 'the query gives none'] as const] : []),
    ...(inZone
      ? [
          [
            'Times',
            `by the clock of ${context.timezone}; times that the database keeps without a zone are shown as they are`,
          ] as const,
        ]
      : []),
    ...(sheets.length > 1
      ? [['Sheets', `${sheets.length} sheets of rows, as one holds at most ${count(limits.rows)}`] as const]
      : []),
    ...(cut > 0
      ? [
          [
            'Cut cells',
            `${count(cut)}, longer than the ${count(limits.characters)} characters that a cell holds; they end with “… [cut]”`,
          ] as const,
        ]
      : []),
  ];
}

function checkColumns({ columns, limits }: { readonly columns: number; readonly limits: SheetLimits }): void {
  if (columns <= limits.columns) return;
  throw new SluiceError(
    `an Excel sheet holds ${count(limits.columns)} columns, the query gives ${count(columns)}`,
    {
      code: 'too_many_columns',
      sort: 'item',
      hint: 'Name fewer columns in the query, or deliver it as CSV.',
    },
  );
}
