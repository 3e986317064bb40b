import PdfDocument from 'pdfkit';
import type { FileContext } from '../table.ts';
import type { PdfFonts } from './fonts.ts';
import type { Line } from './wrap.ts';

export const MARGIN = 36;
/** A4 in points. */
const SHORT = 595.28;
const LONG = 841.89;
export const FOOTER_HEIGHT = 20;
export const PAGE_WIDTH = { portrait: SHORT - 2 * MARGIN, landscape: LONG - 2 * MARGIN } as const;
/** Where rows must end. */
export const PAGE_BOTTOM = {
  portrait: LONG - MARGIN - FOOTER_HEIGHT,
  landscape: SHORT - MARGIN - FOOTER_HEIGHT,
} as const;

export const COLOURS = {
  ink: '#1c2430',
  muted: '#5b6675',
  line: '#d5dce4',
  header: '#e8edf3',
} as const;

/** A document that is drawn page by page. Positions are points from the upper left corner. */
export interface Canvas {
  readonly width: number;
  /** Where rows must end. */
  readonly bottom: number;
  addPage(): void;
  line(
    line: Line,
    at: { readonly x: number; readonly y: number; readonly size: number; readonly colour: string },
  ): void;
  rule(at: { readonly x: number; readonly y: number; readonly width: number }): void;
  box(at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): void;
  image(
    png: Buffer,
    at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  ): void;
  /** The bytes of all pages before the one that is drawn now, once. */
  ready(): Iterable<Buffer>;
  /** The rest. */
  finish(): AsyncIterable<Buffer>;
}

/**
 * Shaping off: a text is shown letter by letter as it is in the database. Inter else draws an arrow for `->` and a sign of
 * multiplication in `10x20`. It also makes what is drawn exactly as wide as what was measured.
 */
const AS_WRITTEN = Object.fromEntries(
  'calt kern liga clig ccmp locl rlig rclt mark mkmk curs frac numr dnom'
    .split(' ')
    .map((name) => [name, false]),
);
/** Letters with separate marks need them put in place. */
const WITH_MARKS = { ...AS_WRITTEN, ccmp: true, mark: true, mkmk: true };

export function createCanvas({
  context,
  fonts,
  layout,
}: {
  readonly context: Pick<FileContext, 'title' | 'generatedAt'>;
  readonly fonts: PdfFonts;
  readonly layout: 'portrait' | 'landscape';
}): Canvas {
  const doc = new PdfDocument({
    size: 'A4',
    layout,
    margin: 0,
    autoFirstPage: false,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: context.title,
      Creator: 'Sluice',
      Producer: 'Sluice',
      CreationDate: context.generatedAt,
      ModDate: context.generatedAt,
    },
  });
  for (const [name, file] of Object.entries(fonts.files)) doc.registerFont(name, file);

  return {
    width: PAGE_WIDTH[layout],
    bottom: PAGE_BOTTOM[layout],
    addPage() {
      doc.addPage();
    },
    line({ runs }, { x, y, size, colour }) {
      doc.fillColor(colour).fontSize(size);
      let left = x;
      for (const { text, font, width } of runs) {
        doc.font(font).text(text, left, y + size, {
          lineBreak: false,
          baseline: 'alphabetic',
          // pdfkit hands them to fontkit, which also takes an object; the types know only the list of those to turn on.
          ...(font === 'emoji'
            ? {}
            : { features: (/\p{M}/u.test(text) ? WITH_MARKS : AS_WRITTEN) as unknown as [] }),
        });
        left += width;
      }
    },
    rule({ x, y, width }) {
      doc
        .moveTo(x, y)
        .lineTo(x + width, y)
        .lineWidth(0.5)
        .strokeColor(COLOURS.line)
        .stroke();
    },
    box({ x, y, width, height }) {
      doc.rect(x, y, width, height).fillColor(COLOURS.header).fill();
    },
    image(png, { x, y, width, height }) {
      doc.image(png, x, y, { width, height });
    },
    *ready() {
      for (let chunk: unknown = doc.read(); chunk !== null; chunk = doc.read()) yield chunk as Buffer;
    },
    finish() {
      doc.end();
      return doc as AsyncIterable<Buffer>;
    },
  };
}
