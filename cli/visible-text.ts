/** Control and format characters, private and lone code units, and every white space but the plain one. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * A text from outside as a terminal may safely show it: what cannot be seen, or would steer the terminal or turn the
 * line around, stands as its code point. Longer texts are cut.
 */
export function visibleText(text: string, { most = 60 }: { readonly most?: number } = {}): string {
  const characters = Array.from(text);
  const shown = characters.length > most ? [...characters.slice(0, most - 1), '…'] : characters;
  return shown.join('').replace(UNSEEN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** UTC, to the second. */
export function visibleTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
