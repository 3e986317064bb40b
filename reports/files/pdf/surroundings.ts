import { aboutPairs } from '../about.ts';
import type { FileContext } from '../table.ts';
import { type Canvas, COLOURS, FOOTER_HEIGHT, MARGIN } from './canvas.ts';
import type { PdfFonts } from './fonts.ts';
import { type Line, wrapText } from './wrap.ts';

const TITLE_SIZE = 15;
const SMALL_SIZE = 8;
const FOOTER_SIZE = 7;
const LINE_SHARE = 1.32;
const MOST_TITLE_LINES = 3;
const MOST_NOTE_LINES = 6;
const MOST_CHART_HEIGHT = 240;
const GAP = 10;

const SMALL = { size: SMALL_SIZE, colour: COLOURS.muted };

export interface TitleLayout {
  /** Where the table may begin. */
  readonly below: number;
  draw(canvas: Canvas, rows: string): void;
}

/** The top of the first page: title, number of rows, what they are as of, parameters, and a chart. */
export function layOutTitle({
  fonts,
  width,
  context,
  chart,
}: {
  readonly fonts: PdfFonts;
  readonly width: number;
  readonly context: FileContext;
  readonly chart: Buffer | undefined;
}): TitleLayout {
  const title = wrapText(context.title, {
    fonts,
    width,
    size: TITLE_SIZE,
    weight: 'bold',
    mostLines: MOST_TITLE_LINES,
  }).lines;
  const about = aboutPairs(context)
    .slice(1)
    .map(([name, value]) => `${name}: ${value}`);
  const aboutLines = noteLines({ fonts, width }, about.join('  ·  '));
  const image = chart === undefined ? undefined : { chart, ...fitted(chart, width) };
  const rowsAt = MARGIN + linesHeight(title, TITLE_SIZE) + 4;
  const aboutAt = rowsAt + SMALL_SIZE * LINE_SHARE;
  const aboutEnd = aboutAt + linesHeight(aboutLines, SMALL_SIZE);
  return {
    below: aboutEnd + GAP + (image === undefined ? 0 : image.height + GAP),
    draw(canvas, rows) {
      drawLines(canvas, { lines: title, y: MARGIN, size: TITLE_SIZE, colour: COLOURS.ink });
      drawLines(canvas, { lines: noteLines({ fonts, width }, rows).slice(0, 1), y: rowsAt, ...SMALL });
      drawLines(canvas, { lines: aboutLines, y: aboutAt, ...SMALL });
      if (image === undefined) return;
      canvas.image(image.chart, { x: MARGIN, y: aboutEnd + GAP, width: image.width, height: image.height });
    },
  };
}

/** What is said below the table. */
export function layOutNotes({
  fonts,
  width,
  notes,
}: {
  readonly fonts: PdfFonts;
  readonly width: number;
  readonly notes: readonly string[];
}): { readonly height: number; draw(canvas: Canvas, below: number): void } {
  const lines = notes.flatMap((text) => noteLines({ fonts, width }, text));
  return {
    height: notes.length === 0 ? 0 : linesHeight(lines, SMALL_SIZE) + GAP,
    draw: (canvas, below) => drawLines(canvas, { lines, y: below + GAP / 2, ...SMALL }),
  };
}

function noteLines(
  { fonts, width }: { readonly fonts: PdfFonts; readonly width: number },
  text: string,
): readonly Line[] {
  return wrapText(text, { fonts, width, size: SMALL_SIZE, weight: 'text', mostLines: MOST_NOTE_LINES }).lines;
}

/** Left: what the page is part of. Right: `page 2 of 12`. */
export function drawFooter(
  { canvas, fonts }: { readonly canvas: Canvas; readonly fonts: PdfFonts },
  { page, pages, left }: { readonly page: number; readonly pages: number; readonly left: string },
): void {
  const y = canvas.bottom + FOOTER_HEIGHT - FOOTER_SIZE;
  const line = (text: string, width: number) =>
    wrapText(text, { fonts, width, size: FOOTER_SIZE, weight: 'text', mostLines: 1 }).lines[0];
  const number = line(`page ${page} of ${pages}`, canvas.width);
  const about = line(left, canvas.width - 100);
  const look = { y, size: FOOTER_SIZE, colour: COLOURS.muted };
  if (about !== undefined) canvas.line(about, { x: MARGIN, ...look });
  if (number !== undefined) canvas.line(number, { x: MARGIN + canvas.width - number.width, ...look });
}

/** The header chunk of a PNG has width and height, four bytes each. */
function fitted(png: Buffer, width: number): { readonly width: number; readonly height: number } {
  const own = { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
  const scale = Math.min(width / own.width, MOST_CHART_HEIGHT / own.height);
  return { width: own.width * scale, height: own.height * scale };
}

function linesHeight(lines: readonly Line[], size: number): number {
  return lines.length * size * LINE_SHARE;
}

function drawLines(
  canvas: Canvas,
  {
    lines,
    y,
    size,
    colour,
  }: { readonly lines: readonly Line[]; readonly y: number; readonly size: number; readonly colour: string },
): void {
  for (const [index, line] of lines.entries()) {
    canvas.line(line, { x: MARGIN, y: y + index * size * LINE_SHARE, size, colour });
  }
}
