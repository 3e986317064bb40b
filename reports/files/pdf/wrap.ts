import type { FontName, Glyph, PdfFonts } from './fonts.ts';

/** Characters of one line in one font. */
interface Run {
  readonly text: string;
  readonly font: FontName;
  readonly width: number;
}

export interface Line {
  readonly runs: readonly Run[];
  readonly width: number;
}

export interface Wrapped {
  readonly lines: readonly Line[];
  /** Whether text had to be left out. */
  readonly cut: boolean;
}

/** In the unit of the font size. */
export interface TextBox {
  readonly width: number;
  readonly size: number;
  readonly weight: 'text' | 'bold';
  readonly mostLines: number;
}

/** More is not read from a printed page, and costs time to measure. */
const MOST_CHARACTERS = 3_000;
const BREAK_AFTER = /[\s\-/,;@_.&?=+|]/;
const ELLIPSIS = '…';

/** Breaks text into lines after spaces and the like, and within a word that is longer than a line. */
export function wrapText(
  text: string,
  { fonts, width, size, weight, mostLines }: TextBox & { readonly fonts: PdfFonts },
): Wrapped {
  const room = width / size;
  const lines: Glyph[][] = [];
  let cut = text.length > MOST_CHARACTERS;
  for (const paragraph of text.slice(0, MOST_CHARACTERS).split(/\r\n?|\n/)) {
    if (lines.length > mostLines) break;
    breakGlyphs(fonts.glyphs(paragraph, weight), { room, into: lines, most: mostLines + 1 });
  }
  if (lines.length > mostLines) {
    cut = true;
    lines.length = mostLines;
  }
  const last = lines.at(-1);
  if (cut && last !== undefined) addEllipsis(last, { room, glyph: fonts.glyphs(ELLIPSIS, weight) });
  return { lines: lines.map((glyphs) => toLine(glyphs, size)), cut };
}

/** Width of the longest word and of the longest line, in points. */
export function measureText(
  text: string,
  {
    fonts,
    size,
    weight,
  }: { readonly fonts: PdfFonts; readonly size: number; readonly weight: 'text' | 'bold' },
): { readonly word: number; readonly line: number } {
  let word = 0;
  let line = 0;
  let atWord = 0;
  let atLine = 0;
  for (const paragraph of text.slice(0, MOST_CHARACTERS).split(/\r\n?|\n/)) {
    for (const glyph of fonts.glyphs(paragraph, weight)) {
      atLine += glyph.width;
      atWord += glyph.width;
      word = Math.max(word, atWord);
      if (BREAK_AFTER.test(glyph.text)) atWord = 0;
    }
    line = Math.max(line, atLine);
    atLine = 0;
    atWord = 0;
  }
  return { word: word * size, line: line * size };
}

function breakGlyphs(
  glyphs: readonly Glyph[],
  { room, into, most }: { readonly room: number; readonly into: Glyph[][]; readonly most: number },
): void {
  let line: Glyph[] = [];
  let width = 0;
  /** Glyphs of the line up to which it may be broken. */
  let breakAt = 0;
  for (const glyph of glyphs) {
    if (width + glyph.width > room && line.length > 0 && glyph.text !== ' ') {
      if (into.length >= most) return;
      const end = breakAt > 0 ? breakAt : line.length;
      into.push(line.slice(0, end));
      line = line.slice(end);
      width = widthOf(line);
      breakAt = 0;
    }
    line.push(glyph);
    width += glyph.width;
    if (BREAK_AFTER.test(glyph.text)) breakAt = line.length;
  }
  into.push(line);
}

function addEllipsis(
  line: Glyph[],
  { room, glyph }: { readonly room: number; readonly glyph: readonly Glyph[] },
): void {
  const needed = widthOf(glyph);
  let width = widthOf(line);
  while (line.length > 0 && width + needed > room) width -= line.pop()?.width ?? 0;
  line.push(...glyph);
}

function toLine(glyphs: readonly Glyph[], size: number): Line {
  const runs: Run[] = [];
  let from = 0;
  for (const [index, glyph] of glyphs.entries()) {
    if (glyphs[index + 1]?.font === glyph.font) continue;
    const own = glyphs.slice(from, index + 1);
    runs.push({ text: own.map(({ text }) => text).join(''), font: glyph.font, width: widthOf(own) * size });
    from = index + 1;
  }
  return { runs, width: runs.reduce((sum, run) => sum + run.width, 0) };
}

function widthOf(glyphs: readonly Glyph[]): number {
  let width = 0;
  for (const glyph of glyphs) width += glyph.width;
  return width;
}
