import { isNumeric, shownText } from '../cell-text.ts';
import type { Column, Row } from '../table.ts';
import type { WallClock } from '../wall-clock.ts';
import { type Arrangement, arrangeColumns, type PlacedColumn } from './bands.ts';
import { type Canvas, COLOURS, MARGIN, PAGE_WIDTH } from './canvas.ts';
import type { PdfFonts } from './fonts.ts';
import { measureText, type Wrapped, wrapText } from './wrap.ts';

const SIZE = 8;
const LINE_HEIGHT = 10.5;
const PADDING_X = 4;
const PADDING_Y = 3;
const MOST_LINES = 12;
const MOST_HEADER_LINES = 4;
const WIDEST = 220;
const NARROWEST = 30;
/** The longest word that keeps a column from being narrower. */
const WIDEST_WORD = 84;
const NULL_SIGN = '–';

/** What the pages of a table need to know. */
export interface TableLook {
  readonly columns: readonly Column[];
  readonly names: readonly string[];
  readonly fonts: PdfFonts;
  readonly clock: WallClock;
}

/** A row whose texts are broken into lines. */
export interface PreparedRow {
  readonly number: number;
  /** Band by band. */
  readonly bands: readonly (readonly Wrapped[])[];
  readonly isNull: readonly boolean[];
  readonly height: number;
  readonly cutCells: number;
}

/** Chooses the page and the widths by the names and the first rows. */
export function arrangeTable(
  { columns, names, fonts, clock }: TableLook,
  firstRows: readonly Row[],
): Arrangement {
  const sizes = columns.map((column, index) => {
    const texts = firstRows.map((row) => shownText(row[index] ?? null, { column, clock }) ?? NULL_SIGN);
    const measured = [
      measureText(names[index] ?? '', { fonts, size: SIZE, weight: 'bold' }),
      ...texts.map((text) => measureText(text, { fonts, size: SIZE, weight: 'text' })),
    ];
    const longest = (key: 'word' | 'line') => Math.max(...measured.map((one) => one[key]));
    const extra = 2 * PADDING_X + 1;
    // Numbers and times are not broken.
    const unbroken =
      column.type === 'text' || column.type === 'json' || column.type === 'binary'
        ? longest('word')
        : longest('line');
    const wanted = Math.min(WIDEST, Math.max(NARROWEST, longest('line') + extra));
    return { wanted, least: Math.min(wanted, Math.max(NARROWEST, Math.min(unbroken, WIDEST_WORD) + extra)) };
  });
  return arrangeColumns({ columns: sizes, portrait: PAGE_WIDTH.portrait, landscape: PAGE_WIDTH.landscape });
}

export type TablePages = ReturnType<typeof createTablePages>;

/** Draws rows and the header that stands above them on each page. */
export function createTablePages(look: TableLook, bands: Arrangement['bands']) {
  const { columns, names, fonts, clock } = look;
  const header = bands.map((band) =>
    band.map(({ index, width }) =>
      wrapText(index === undefined ? '#' : (names[index] ?? ''), {
        fonts,
        width: width - 2 * PADDING_X,
        size: SIZE,
        weight: 'bold',
        mostLines: MOST_HEADER_LINES,
      }),
    ),
  );
  const headerHeight = heightOf(header.flat());

  function prepare(row: Row, number: number): PreparedRow {
    const texts = columns.map((column, index) => shownText(row[index] ?? null, { column, clock }));
    const wrapped = bands.map((band) =>
      band.map(({ index, width }) =>
        wrapText(index === undefined ? String(number) : (texts[index] ?? NULL_SIGN), {
          fonts,
          width: width - 2 * PADDING_X,
          size: SIZE,
          weight: 'text',
          mostLines: MOST_LINES,
        }),
      ),
    );
    return {
      number,
      bands: wrapped,
      isNull: texts.map((text) => text === null),
      height: heightOf(wrapped.flat()),
      cutCells: wrapped.flat().filter(({ cut }) => cut).length,
    };
  }

  /** @returns where the rows end */
  function draw(
    canvas: Canvas,
    {
      band: number,
      top,
      rows,
    }: { readonly band: number; readonly top: number; readonly rows: readonly PreparedRow[] },
  ): number {
    const band = bands[number] ?? [];
    const width = band.reduce((sum, column) => sum + column.width, 0);
    canvas.box({ x: MARGIN, y: top, width, height: headerHeight });
    drawCells(canvas, { band, cells: header[number] ?? [], y: top, colourOf: () => COLOURS.ink });
    let y = top + headerHeight;
    for (const row of rows) {
      const colourOf = ({ index }: PlacedColumn) =>
        index === undefined || row.isNull[index] === true ? COLOURS.muted : COLOURS.ink;
      drawCells(canvas, { band, cells: row.bands[number] ?? [], y, colourOf });
      y += row.height;
      canvas.rule({ x: MARGIN, y, width });
    }
    return y;
  }

  function drawCells(
    canvas: Canvas,
    {
      band,
      cells,
      y,
      colourOf,
    }: {
      readonly band: readonly PlacedColumn[];
      readonly cells: readonly Wrapped[];
      readonly y: number;
      readonly colourOf: (column: PlacedColumn) => string;
    },
  ): void {
    let x = MARGIN;
    for (const [position, column] of band.entries()) {
      const about = column.index === undefined ? undefined : columns[column.index];
      const toRight = about === undefined || isNumeric(about);
      for (const [number, line] of (cells[position]?.lines ?? []).entries()) {
        const left = toRight ? x + column.width - PADDING_X - line.width : x + PADDING_X;
        canvas.line(line, {
          x: left,
          y: y + PADDING_Y + number * LINE_HEIGHT,
          size: SIZE,
          colour: colourOf(column),
        });
      }
      x += column.width;
    }
  }

  return { prepare, draw, headerHeight };
}

function heightOf(cells: readonly Wrapped[]): number {
  return Math.max(1, ...cells.map(({ lines }) => lines.length)) * LINE_HEIGHT + 2 * PADDING_Y;
}

/** `columns 1–9 of 60`, where they do not stand on one page. */
export function bandWords(bands: Arrangement['bands'], number: number): string | undefined {
  if (bands.length < 2) return undefined;
  const own = (bands[number] ?? []).flatMap(({ index }) => (index === undefined ? [] : [index]));
  const all = bands.flat().reduce((most, { index }) => Math.max(most, index ?? 0), 0) + 1;
  const first = number === 0 ? own[0] : own[1];
  return `columns ${(first ?? 0) + 1}–${(own.at(-1) ?? 0) + 1} of ${all}`;
}
