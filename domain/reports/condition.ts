import { createHash } from 'node:crypto';
import { SluiceError } from '../errors.ts';
import type { Comparison, ReportCondition, ReportTest } from './definition.ts';
import type { Cell, Column, Row } from './table.ts';

/** What one run saw of the things that a condition asks for. */
export interface Observed {
  readonly rowCount: number;
  /** SHA-256 of all rows, hex; blank where no condition asks whether they have changed. */
  readonly digest: string;
  /** Whether the test holds. For `changed` that is known only beside the run before. */
  readonly holds: boolean;
  /** Whether it holds with `until` in place of its own number: false ends an alert. */
  readonly holdsStill: boolean;
}

/** Looks at rows as they pass, so that all of them count, also those beyond a cap. */
export interface Observer {
  see(rows: readonly Row[]): void;
  result(): Observed;
}

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

/** @throws SluiceError `condition_column_missing`, sort `item` */
export function createObserver({
  columns,
  condition,
}: {
  readonly columns: readonly Column[];
  readonly condition: ReportCondition | undefined;
}): Observer {
  const hash = condition?.test.kind === 'changed' ? createHash('sha256') : undefined;
  hash?.update(JSON.stringify(columns.map(({ name }) => name)));
  const value = condition?.test.kind === 'value' ? condition.test : undefined;
  const column = value === undefined ? -1 : columnOf(columns, value.column);
  const found = { holds: false, holdsStill: false };
  let rowCount = 0;

  return {
    see(rows) {
      for (const row of rows) {
        hash?.update(`\n${JSON.stringify(row, exact)}`);
        rowCount += 1;
        if (value === undefined || (value.rows === 'first' && rowCount > 1)) continue;
        const cell = row[column] ?? null;
        found.holds ||= compares(cell, value.is, value.to);
        found.holdsStill ||= compares(cell, value.is, condition?.until ?? value.to);
      }
    },
    result() {
      const base = { rowCount, digest: hash?.copy().digest('hex') ?? '' };
      const test = condition?.test;
      if (test?.kind !== 'rowCount') return { ...base, ...found };
      return {
        ...base,
        holds: compares(rowCount, test.is, test.to),
        holdsStill: compares(rowCount, test.is, condition?.until ?? test.to),
      };
    },
  };
}

function columnOf(columns: readonly Column[], name: string): number {
  const index = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
  if (index >= 0) return index;
  throw new SluiceError(
    `the condition asks for column "${name}", and the query gives ${columns.map((one) => one.name).join(', ')}`,
    { code: 'condition_column_missing', sort: 'item', hint: 'Name a column of the query in the condition.' },
  );
}

/** JSON has neither of these. */
function exact(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** NULL fulfils nothing but `!=`. Beside a number, text counts as the number that it says, or as none. */
function compares(cell: Cell, is: Comparison, to: number | string): boolean {
  if (cell === null) return is === '!=';
  if (typeof to === 'number') {
    const number = numberOf(cell);
    return Number.isNaN(number) ? is === '!=' : ordered(Math.sign(number - to), is);
  }
  const text = cell instanceof Date ? cell.toISOString() : String(cell);
  return ordered(text === to ? 0 : text < to ? -1 : 1, is);
}

/** NaN for what is none: a blank text, a time, bytes. */
function numberOf(cell: Exclude<Cell, null>): number {
  if (typeof cell === 'number' || typeof cell === 'bigint') return Number(cell);
  return typeof cell === 'string' && NUMBER.test(cell) ? Number(cell) : Number.NaN;
}

function ordered(sign: number, is: Comparison): boolean {
  return FULFILLED[is].includes(sign);
}

/** Signs of the difference that fulfil a comparison. */
const FULFILLED: Readonly<Record<Comparison, readonly number[]>> = {
  '>': [1],
  '>=': [0, 1],
  '<': [-1],
  '<=': [-1, 0],
  '=': [0],
  '!=': [-1, 1],
};

/** Whether a condition's test is of the kind that compares with the run before. */
export function isOnChange(test: ReportTest): boolean {
  return test.kind === 'changed';
}
