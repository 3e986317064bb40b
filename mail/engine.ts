import { Liquid } from 'liquidjs';
import { SluiceError } from '../domain/errors.ts';
import { breakBraces } from './plain.ts';
import type { LiquidParsed } from './template.ts';

/**
 * The tags and filters of templates. Left out is whatever reads files, prints unescaped (`raw`, `echo`, `cycle`), leaves
 * placeholders in the mail (`raw`) or depends on the moment.
 */
export const TAGS = ['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment', '#'] as const;
export const FILTERS = [
  'abs',
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'ceil',
  'date',
  'default',
  'divided_by',
  'downcase',
  'first',
  'floor',
  'join',
  'last',
  'minus',
  'modulo',
  'plus',
  'prepend',
  'replace',
  'round',
  'size',
  'split',
  'strip',
  'times',
  'truncate',
  'truncatewords',
  'upcase',
  'url_encode',
] as const;

/** HTML that was rendered before and is not escaped again: the body within its layout. */
export class RenderedHtml {
  readonly html: string;
  constructor(html: string) {
    this.html = html;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  // So that a value cannot be a placeholder for the next one who reads the mail.
  '{': '&#123;',
};

function printHtml(value: unknown): string {
  if (value instanceof RenderedHtml) return value.html;
  return printable(value).replace(/[&<>"'{]/g, (one) => ENTITIES[one] ?? one);
}

function printText(value: unknown): string {
  return breakBraces(printable(value));
}

function printable(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new SluiceError('there is nothing to print here', { code: 'render_nothing', sort: 'item' });
}

function createEngine(print: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    // Nothing is ever read from a disk by a template.
    templates: {},
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    outputEscape: print,
    timezoneOffset: 0,
    locale: 'en',
  });
  removeAllBut(engine.tags, TAGS);
  removeAllBut(engine.filters, FILTERS);
  return engine;
}

function removeAllBut(named: Record<string, unknown>, kept: readonly string[]): void {
  for (const name of Object.keys(named)) if (!kept.includes(name)) delete named[name];
}

export type Medium = 'html' | 'text';

const PRINT = { html: printHtml, text: printText } as const;
const engines = { html: createEngine(printHtml), text: createEngine(printText) } as const;

/** @throws ParseError or TokenizationError of liquidjs at the first thing it cannot read. */
export function parse(source: string, medium: Medium): LiquidParsed {
  return engines[medium].parse(source);
}

/** As `parse`, with filters of these names that do nothing: to read on behind an unknown one. */
export function parseDespite(source: string, medium: Medium, filters: readonly string[]): LiquidParsed {
  const engine = createEngine(PRINT[medium]);
  for (const name of filters) engine.registerFilter(name, (value: unknown) => value);
  return engine.parse(source);
}

/** Names that a part takes from outside, with the place of each use: line and column, from 1. */
export function variablesOf(
  parsed: LiquidParsed,
): readonly { readonly name: string; readonly line: number; readonly column: number }[] {
  const { globals } = engines.text.analyzeSync([...parsed]);
  return Object.entries(globals).flatMap(([name, uses]) =>
    uses.map(({ location }) => ({ name, line: location.row, column: location.col })),
  );
}

/** @throws RenderError of liquidjs, with the place. */
export function renderParsed(parsed: LiquidParsed, medium: Medium, values: object): string {
  const engine = engines[medium];
  return String(engine.renderSync([...parsed], values));
}
