import { convert } from 'html-to-text';

const LINE = 78;

/** Control characters but tab and line break; explicit turns of writing direction, which could reverse what follows. */
const UNWANTED = /[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu;

/** A value as it may stand in a mail: whole characters, plain line breaks, nothing invisible that steers. */
export function cleanText(value: string): string {
  return value
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(UNWANTED, '')
    .trim();
}

/**
 * Keeps a value from being read as a placeholder by whoever handles the mail after us: Brevo evaluates `{{ … }}` in the
 * subject and bodies that it is given.
 */
export function breakBraces(text: string): string {
  return text.replace(/\{(?=[{%#])/g, '{ ');
}

/** A subject or preheader: one line, so that no value can begin another header. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The text part of a mail that has none of its own: wrapped at 78 characters, links as `text <https://…>`. */
export function plainText(html: string): string {
  const text = convert(html, {
    wordwrap: LINE,
    selectors: [
      { selector: 'a', options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'skip' },
      { selector: '.preheader', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4'].map((selector) => ({ selector, options: { uppercase: false } })),
      { selector: 'ul', options: { itemPrefix: '- ' } },
    ],
  });
  return tidyLines(breakBraces(text));
}

/** No spaces at the ends of lines, at most one empty line at a time. */
export function tidyLines(text: string): string {
  return `${text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
