/** Text that is markup already. Everything else is escaped. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Piece = Html | string | number | null | undefined | readonly Piece[];

/** Builds markup; every value that is not markup itself is escaped, so no sent data can become part of the page. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(parts.reduce((text, part, index) => text + markupOf(values[index - 1]) + part));
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function markupOf(value: Piece): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (value instanceof Html) {
    return value.markup;
  }
  return isList(value) ? value.map(markupOf).join('') : escapeHtml(String(value));
}

function isList(value: Piece): value is readonly Piece[] {
  return Array.isArray(value);
}
