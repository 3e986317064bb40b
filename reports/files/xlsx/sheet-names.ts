const LONGEST = 31;
/** The name of the sheet that says what the workbook is. */
export const ABOUT_SHEET = 'About';

/**
 * Names of the sheets of rows: the report's title as far as Excel takes it (at most 31 characters, none of `[]:*?/\`, no
 * apostrophe at either end, not `History`), then the same with ` (2)`, ` (3)`.
 */
export function sheetNames(title: string): (index: number) => string {
  const allowed = clean(title).toWellFormed();
  const base = /^(?:history|about|)$/i.test(allowed) ? 'Rows' : allowed;
  return (index) => {
    const ending = index === 0 ? '' : ` (${index + 1})`;
    return cut(base, LONGEST - ending.length) + ending;
  };
}

function clean(title: string): string {
  return cut(
    title
      .replace(/[[\]:*?/\\\p{Cc}\uFFFE\uFFFF]/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
    LONGEST,
  );
}

/** Never half of a character, and no apostrophe or space at the ends. */
function cut(text: string, most: number): string {
  const half = text.length > most && /[\uD800-\uDBFF]/.test(text.charAt(most - 1));
  return text.slice(0, half ? most - 1 : most).replace(/^['\s]+|['\s]+$/g, '');
}
