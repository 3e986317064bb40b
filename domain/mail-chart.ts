import { SluiceError } from './errors.ts';

/** A small chart in a mail. All of it travels in the address of its image, so it is small and holds no personal data. */
export interface MailChart {
  readonly kind: 'bars' | 'lines';
  readonly title: string;
  /** What the values count, like `€` or `%`; shown at the axis. */
  readonly unit?: string;
  /** One a value, in order: days, months, names. */
  readonly labels: readonly string[];
  readonly series: readonly MailChartSeries[];
}

export interface MailChartSeries {
  readonly name: string;
  /** As many as there are labels; null is a gap. */
  readonly values: readonly (number | null)[];
}

export const MOST_LABELS = 31;
export const MOST_SERIES = 4;
/** In characters. */
const MOST_TITLE = 120;
const MOST_NAME = 60;
const MOST_UNIT = 20;
/** Beyond it numbers are no longer exact. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * @returns the same chart, with nothing else in it.
 * @throws SluiceError `mail_chart_invalid` of sort `item`, with the first thing that is wrong.
 */
export function checkMailChart(chart: MailChart): MailChart {
  const { kind, title, unit, labels, series } = chart;
  if (kind !== 'bars' && kind !== 'lines') throw invalid('its kind is bars or lines');
  checkText(title, { what: 'the title', most: MOST_TITLE });
  if (unit !== undefined) checkText(unit, { what: 'the unit', most: MOST_UNIT });
  checkCount(labels, { what: 'labels', most: MOST_LABELS });
  for (const label of labels) checkText(label, { what: 'a label', most: MOST_NAME });
  checkCount(series, { what: 'series', most: MOST_SERIES });
  return {
    kind,
    title,
    ...(unit === undefined ? {} : { unit }),
    labels: [...labels],
    series: series.map((one) => checkSeries(one, labels.length)),
  };
}

function checkSeries({ name, values }: MailChartSeries, labels: number): MailChartSeries {
  checkText(name, { what: 'the name of a series', most: MOST_NAME });
  if (!Array.isArray(values) || values.length !== labels) {
    throw invalid(`each series has as many values as there are labels (${labels})`);
  }
  if (!values.every(isValue)) throw invalid('each value is a number or null');
  return { name, values: [...values] };
}

function isValue(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && Math.abs(value) <= LARGEST);
}

function checkCount(
  items: readonly unknown[],
  { what, most }: { readonly what: string; readonly most: number },
): void {
  if (!Array.isArray(items) || items.length === 0 || items.length > most) {
    throw invalid(`it has 1 to ${most} ${what}`);
  }
}

function checkText(text: unknown, { what, most }: { readonly what: string; readonly most: number }): void {
  if (typeof text !== 'string' || text.trim() === '' || Array.from(text).length > most) {
    throw invalid(`${what} is a text of 1 to ${most} characters`);
  }
  // What no SVG can hold: control characters, halves of characters.
  if (/[\p{Cc}\uFFFE\uFFFF]/u.test(text) || !text.isWellFormed()) {
    throw invalid(`${what} has characters that cannot be drawn`);
  }
}

function invalid(problem: string): SluiceError {
  return new SluiceError(`the chart cannot be drawn: ${problem}`, {
    code: 'mail_chart_invalid',
    sort: 'item',
  });
}
