import { type MailChart, MOST_LABELS, MOST_SERIES } from '../../domain/mail-chart.ts';
import { isNumeric, shownText } from './cell-text.ts';
import type { Sample } from './sample.ts';
import type { Cell, Column, FileContext, Row } from './table.ts';
import { createWallClock } from './wall-clock.ts';

const LONGEST_TITLE = 120;
const LONGEST_NAME = 60;
/** Numbers that name things rather than count them. */
const NAMES_A_THING = /(?:^|[_\s])(?:id|no|nr|number|zip|year)$/i;

interface Found {
  readonly column: Column;
  readonly index: number;
}

/**
 * A chart of all rows, where they are one number or up to four for each day or category: one column of dates or texts that
 * do not repeat, all others numbers of one kind, 2 to 31 rows. Days become lines, in order; categories become bars.
 * Its words end up in the address of an image, so texts that hold an e-mail address make no chart.
 */
export function chartOfRows(sample: Sample, context: FileContext): MailChart | undefined {
  const { columns, rows, total, truncated } = sample;
  if (truncated || rows.length < total || rows.length < 2 || rows.length > MOST_LABELS) return undefined;
  const all = columns.map((column, index) => ({ column, index }));
  const labels = all.filter(({ column }) => !isNumeric(column));
  const numbers = all.filter(({ column }) => isNumeric(column) && !NAMES_A_THING.test(column.name));
  const [label] = labels;
  const isShare = numbers[0]?.column.type === 'percent';
  const ofOneKind = numbers.every(({ column }) => (column.type === 'percent') === isShare);
  if (label === undefined || labels.length > 1 || numbers.length === 0 || !ofOneKind) return undefined;
  if (numbers.length > MOST_SERIES) return undefined;
  if (!['date', 'datetime', 'instant', 'text'].includes(label.column.type)) return undefined;

  const isTime = label.column.type !== 'text';
  const inOrder = isTime ? [...rows].sort((a, b) => compare(a[label.index], b[label.index])) : rows;
  const names = labelsOf({ rows: inOrder, label, context });
  const series = numbers.map(({ column, index }) => ({
    name: line(column.name, LONGEST_NAME),
    values: inOrder.map((row) => valueOf(row[index] ?? null, isShare ? 100 : 1)),
  }));
  const title = line(context.title, LONGEST_TITLE);
  if (names === undefined || title === '' || series.some(({ name }) => name === '')) return undefined;
  if (series.some(({ values }) => values.includes(undefined) || values.every((value) => value === null))) {
    return undefined;
  }
  return {
    kind: isTime ? 'lines' : 'bars',
    title,
    ...(isShare ? { unit: '%' } : {}),
    labels: names,
    series: series.map(({ name, values }) => ({ name, values: values.map((value) => value ?? null) })),
  };
}

function labelsOf({
  rows,
  label,
  context,
}: {
  readonly rows: readonly Row[];
  readonly label: Found;
  readonly context: FileContext;
}): readonly string[] | undefined {
  const clock = createWallClock(context.timezone);
  const names = rows.map((row) => {
    const text = shownText(row[label.index] ?? null, { column: label.column, clock });
    // Midnight says nothing where all times are days.
    return line((text ?? '').replace(/ 00:00:00$/, ''), LONGEST_NAME);
  });
  const usable =
    names.every((name) => name !== '' && !name.includes('@')) && new Set(names).size === names.length;
  return usable ? names : undefined;
}

/** @returns undefined for what no chart can show */
function valueOf(cell: Cell, factor: number): number | null | undefined {
  if (cell === null) return null;
  const value =
    typeof cell === 'object' || typeof cell === 'boolean' || cell === '' ? Number.NaN : Number(cell);
  // What a share is as a percentage is no exact binary number: 0.07 × 100.
  const shown = Number((value * factor).toPrecision(12));
  return Math.abs(shown) <= Number.MAX_SAFE_INTEGER ? shown : undefined;
}

function compare(a: Cell | undefined, b: Cell | undefined): number {
  const [first, second] = [a, b].map((cell) => (cell instanceof Date ? cell.toISOString() : String(cell)));
  return (first ?? '') < (second ?? '') ? -1 : 1;
}

/** One line of whole characters that can be drawn. */
function line(text: string, most: number): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF\s]+/gu, ' ')
    .trim();
  const characters = Array.from(clean);
  return characters.length <= most ? clean : `${characters.slice(0, most - 1).join('')}…`;
}
