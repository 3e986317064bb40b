/**
 * About how wide text is in Inter, without a font engine: good enough to decide what fits, on the safe side. Widths are in
 * parts of the font size.
 */
const WIDTHS: readonly (readonly [pattern: RegExp, width: number])[] = [
  [/[.,:;|!'il\u0406\u0456\u00b7]/u, 0.3],
  [/[\sfjrt()[\]\-/]/u, 0.38],
  [/[mwMW@%—–…ЖШЩЮЫФжшщюыфм]/u, 0.9],
  [/[\p{Lu}]/u, 0.72],
  [/[\p{Ll}\p{N}]/u, 0.62],
];
const OTHER_WIDTH = 1;
const ELLIPSIS = '…';

/** In pixels, at a font size in pixels. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const one of text) width += WIDTHS.find(([pattern]) => pattern.test(one))?.[1] ?? OTHER_WIDTH;
  return width * fontSize;
}

/** The text, or as much of its beginning as there is room for, with an ellipsis. */
export function fitText(
  text: string,
  { width, fontSize }: { readonly width: number; readonly fontSize: number },
): string {
  if (textWidth(text, fontSize) <= width) return text;
  const room = width - textWidth(ELLIPSIS, fontSize);
  let kept = '';
  for (const one of text) {
    if (textWidth(kept + one, fontSize) > room) break;
    kept += one;
  }
  return `${kept.trimEnd()}${ELLIPSIS}`;
}

/** The text on one or two lines, each no wider than the room; what does not fit ends in an ellipsis. */
export function fitLines(
  text: string,
  { width, fontSize }: { readonly width: number; readonly fontSize: number },
): readonly string[] {
  if (textWidth(text, fontSize) <= width) return [text];
  const words = text.split(' ');
  let first = words[0] ?? '';
  let next = 1;
  for (; next < words.length; next += 1) {
    const longer = `${first} ${words[next] ?? ''}`;
    if (textWidth(longer, fontSize) > width) break;
    first = longer;
  }
  const rest = words.slice(next).join(' ');
  return [first, rest].filter((line) => line !== '').map((line) => fitText(line, { width, fontSize }));
}
