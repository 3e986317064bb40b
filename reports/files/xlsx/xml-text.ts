/** What needs more than to be copied: markup, control characters, what XML cannot hold, and what Excel would decode. */
const SPECIAL = /[&<>"\p{Cc}\uFFFE\uFFFF]|_x[0-9A-Fa-f]{4}_/u;
const SPECIALS = /[&<>"\p{Cc}\uFFFE\uFFFF]|_(?=x[0-9A-Fa-f]{4}_)/gu;

/**
 * Text as content of an element or attribute. Line breaks become those of Excel (LF). Characters that XML cannot hold are
 * written as `_x0001_`, the way Excel writes them, and a text that looks like that is written so that it is read as itself
 * (ECMA-376 part 1, 22.9.2.19, ST_Xstring). Halves of characters become U+FFFD when the bytes are made.
 */
function xmlText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(/\r\n?/g, '\n').replace(SPECIALS, escaped);
}

/** For attributes and parts whose text is not of type ST_Xstring, where `_x0001_` would be shown as it stands. */
export function xmlPlain(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD').replace(/[&<>"\t\n\r]/g, escaped);
}

function escaped(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case '_':
      return '_x005F_';
    case '\t':
    case '\n':
      return character;
    default:
      return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
  }
}

const EDGE_SPACE = /^\s|\s$|\n| {2}/;

/** The children of a cell that holds its text itself. */
export function inlineString(text: string): string {
  return EDGE_SPACE.test(text)
    ? `<is><t xml:space="preserve">${xmlText(text)}</t></is>`
    : `<is><t>${xmlText(text)}</t></is>`;
}

/** `A`, `B`, … `XFD`, for a position from 0. */
export function columnLetters(index: number): string {
  let letters = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}
