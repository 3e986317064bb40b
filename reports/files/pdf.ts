import { setImmediate as nextTurn } from 'node:timers/promises';
import { count, rowsWords } from './about.ts';
import { headings } from './headings.ts';
import type { Arrangement } from './pdf/bands.ts';
import { createCanvas, MARGIN, PAGE_BOTTOM, PAGE_WIDTH } from './pdf/canvas.ts';
import { loadPdfFonts } from './pdf/fonts.ts';
import { createPagePlanner, type PagePlan, pagesOf } from './pdf/page-plan.ts';
import { drawFooter, layOutNotes, layOutTitle, type TitleLayout } from './pdf/surroundings.ts';
import {
  arrangeTable,
  bandWords,
  createTablePages,
  type TableLook,
  type TablePages,
} from './pdf/table-pages.ts';
import { createRowCursor, type RowCursor } from './row-cursor.ts';
import type { FileContext, FileSummary, OnEnd, Row, Table } from './table.ts';
import { createWallClock } from './wall-clock.ts';

export interface PdfOptions {
  /** An image above the table, PNG. */
  readonly chart?: Buffer;
  /** Default: 250, and one for notes. The rows of all pages are in memory until they are drawn, so this is what bounds it. */
  readonly mostPages?: number;
}

const ROWS_MEASURED = 200;
/** Rows between two moments at which the process may do something else. */
const ROWS_AT_ONCE = 100;
const MOST_PAGES = 250;

/**
 * Rows as a PDF for reading: A4, upright or across as the columns need it, header on each page, page numbers, embedded
 * fonts. It ends at the cap of rows or when its pages are full, and says so on its first page and below the last row.
 * The cap of bytes has no part in it. All rows are taken before the first byte is given out, because the number of all
 * pages stands on each; then pages are drawn as they are taken.
 */
export async function* writePdf(
  table: Table,
  context: FileContext,
  end: OnEnd,
  { chart, mostPages = MOST_PAGES }: PdfOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const { columns } = table;
  const cursor = createRowCursor({ rows: table.rows, cap: context.cap.rows });
  try {
    const fonts = await loadPdfFonts();
    const look = { columns, names: headings(columns), fonts, clock: createWallClock(context.timezone) };
    const { layout, bands } = arrangeTable(look, await cursor.peek(ROWS_MEASURED));
    const width = PAGE_WIDTH[layout];
    const pages = createTablePages(look, bands);
    const title = layOutTitle({ fonts, width, context, chart });
    const roomFrom = (top: number) => PAGE_BOTTOM[layout] - top - pages.headerHeight;
    const planner = createPagePlanner({
      belowTitle: roomFrom(title.below),
      wholePage: roomFrom(MARGIN),
      bands: bands.length,
      mostPages,
    });
    const prepare = (row: Row, number: number) =>
      columns.length === 0 || planner.add(pages.prepare(row, number));
    const summary = await takeRows({ cursor, prepare });
    end(summary);

    yield* draw({ context, summary, look, layout, bands, pages, title, plan: planner.plan() });
  } finally {
    await cursor.close();
  }
}

/** @param prepare says whether the row has a place */
async function takeRows({
  cursor,
  prepare,
}: {
  readonly cursor: RowCursor;
  readonly prepare: (row: Row, number: number) => boolean;
}): Promise<FileSummary> {
  let number = 0;
  for (;;) {
    const rows = await cursor.take(ROWS_AT_ONCE);
    if (rows.length === 0) return cursor.summary();
    for (const [index, row] of rows.entries()) {
      number += 1;
      if (prepare(row, number)) continue;
      cursor.putBack(rows.length - index);
      await cursor.stop();
      break;
    }
    await nextTurn();
  }
}

async function* draw({
  context,
  summary,
  look,
  layout,
  bands,
  pages,
  title,
  plan,
}: {
  readonly context: FileContext;
  readonly summary: FileSummary;
  readonly look: TableLook;
  readonly layout: Arrangement['layout'];
  readonly bands: Arrangement['bands'];
  readonly pages: TablePages;
  readonly title: TitleLayout;
  readonly plan: PagePlan;
}): AsyncGenerator<Buffer, void, undefined> {
  const { fonts, columns } = look;
  const { blocks, startsOnTitlePage } = plan;
  const words = rowsWords(summary, context.totalRows);
  const notes = layOutNotes({
    fonts,
    width: PAGE_WIDTH[layout],
    notes: notesOf({ summary, words, plan, columns: columns.length, missing: fonts.missing() }),
  });
  const needsPage = notes.height > plan.room;
  const all =
    pagesOf({ blocks: blocks.length, bands: bands.length, startsOnTitlePage }) + (needsPage ? 1 : 0);
  const canvas = createCanvas({ context, fonts, layout });
  let page = 0;
  const turn = (onPage?: string) => {
    page += 1;
    canvas.addPage();
    const left = onPage === undefined ? context.title : `${context.title}  ·  ${onPage}`;
    drawFooter({ canvas, fonts }, { page, pages: all, left });
  };

  turn(startsOnTitlePage ? bandWords(bands, 0) : undefined);
  title.draw(canvas, words);
  let below = title.below;
  for (const [number, rows] of blocks.entries()) {
    for (const band of bands.keys()) {
      const belowTitle = startsOnTitlePage && number === 0 && band === 0;
      if (!belowTitle) turn(bandWords(bands, band));
      const top = belowTitle ? title.below : MARGIN;
      below = columns.length === 0 ? top : pages.draw(canvas, { band, top, rows });
      yield* canvas.ready();
    }
    await nextTurn();
  }
  if (needsPage) turn();
  notes.draw(canvas, needsPage ? MARGIN : below);
  yield* canvas.finish();
}

function notesOf({
  summary,
  words,
  plan,
  columns,
  missing,
}: {
  readonly summary: FileSummary;
  readonly words: string;
  readonly plan: PagePlan;
  readonly columns: number;
  readonly missing: number;
}): readonly string[] {
  const cut = plan.blocks.flat().reduce((sum, { cutCells }) => sum + cutCells, 0);
  return [
    ...(columns === 0 ? ['The query gives no columns.'] : []),
    ...(columns > 0 && summary.rows === 0 ? ['No rows.'] : []),
    ...(summary.truncated ? [`This file ends here: ${words}.`] : []),
    ...(cut > 0 ? [`Cells shortened: ${count(cut)}; they end with “…”.`] : []),
    ...(missing > 0 ? [`Characters that no font of this file has: ${count(missing)}; they stand as □.`] : []),
  ];
}
