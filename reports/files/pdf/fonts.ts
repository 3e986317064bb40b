import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';

/** Names under which the document knows its fonts. */
export type FontName = 'text' | 'bold' | 'emoji';

/** What is drawn for one character as a reader sees it. */
export interface Glyph {
  readonly text: string;
  readonly font: FontName;
  /** In units of the font size. */
  readonly width: number;
}

export interface PdfFonts {
  readonly files: Readonly<Record<FontName, Buffer>>;
  glyphs(text: string, weight: 'text' | 'bold'): readonly Glyph[];
  /** How many different characters none of the fonts can show; they stand as □. */
  missing(): number;
}

const FILES: Readonly<Record<FontName, string>> = {
  text: '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf',
  bold: '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf',
  emoji: '@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf',
};

const PLACEHOLDER = '□';
/** Each of these is one character to the reader. */
const ONE_UNIT_EACH = /^[\u0020-\u007E\u00A0-\u02FF\u0370-\u0482\u048A-\u052F\u2010-\u2027\u20A0-\u20BF]*$/;
const INVISIBLE = /[\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD]/g;
/** They say how the character before them looks; a font need not know them. */
const SELECTORS = /[\uFE0E\uFE0F]/g;
const MOST_KNOWN = 20_000;

/**
 * The fonts that come with Sluice: Inter for Latin, Greek and Cyrillic letters, Noto Emoji for emoji, each under the SIL
 * Open Font License. A PDF without its fonts shows boxes where the reader's machine has none.
 */
export async function loadPdfFonts(): Promise<PdfFonts> {
  const require = createRequire(import.meta.url);
  const [text, bold, emoji] = await Promise.all(
    [FILES.text, FILES.bold, FILES.emoji].map((file) => readFile(require.resolve(file))),
  );
  if (text === undefined || bold === undefined || emoji === undefined) throw new Error('a font is missing');
  const files = { text, bold, emoji };
  const fonts = { text: openFont(text), bold: openFont(bold), emoji: openFont(emoji) };
  const known = { text: new Map<string, Glyph>(), bold: new Map<string, Glyph>() };
  const missing = new Set<string>();
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

  function glyphOf(character: string, weight: 'text' | 'bold'): Glyph {
    const found = known[weight].get(character);
    if (found !== undefined) return found;
    if (known[weight].size >= MOST_KNOWN) known[weight].clear();
    const made = make(character, weight);
    known[weight].set(character, made);
    return made;
  }

  function make(character: string, weight: 'text' | 'bold'): Glyph {
    if (character !== ' ' && /^\p{Cc}|^\s/u.test(character)) return { ...glyphOf(' ', weight), text: ' ' };
    const plain = character.replace(SELECTORS, '');
    if (has(fonts[weight], plain))
      return { text: plain, font: weight, width: advances(fonts[weight], plain) };
    const first = plain.codePointAt(0);
    if (first !== undefined && fonts.emoji.hasGlyphForCodePoint(first)) {
      return {
        text: character,
        font: 'emoji',
        width: fonts.emoji.layout(character).advanceWidth / fonts.emoji.unitsPerEm,
      };
    }
    missing.add(character);
    return { ...glyphOf(PLACEHOLDER, weight), text: PLACEHOLDER };
  }

  return {
    files,
    glyphs(text, weight) {
      if (ONE_UNIT_EACH.test(text)) return Array.from(text, (one) => glyphOf(one, weight));
      const visible = text.toWellFormed().replace(INVISIBLE, '');
      return Array.from(segmenter.segment(visible), ({ segment }) => glyphOf(segment, weight));
    },
    missing: () => missing.size,
  };
}

function openFont(file: Buffer): Font {
  const font = create(file);
  if (!('layout' in font)) throw new Error('the font file is a collection');
  return font;
}

function has(font: Font, text: string): boolean {
  return text !== '' && Array.from(text).every((one) => font.hasGlyphForCodePoint(one.codePointAt(0) ?? 0));
}

/** A mark over a letter has no width of its own. */
function advances(font: Font, text: string): number {
  const base = Array.from(text).filter((one) => !/\p{M}/u.test(one));
  const units = base.reduce(
    (sum, one) => sum + font.glyphForCodePoint(one.codePointAt(0) ?? 0).advanceWidth,
    0,
  );
  return units / font.unitsPerEm;
}
