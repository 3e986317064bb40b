import Table from 'cli-table3';
import type { SourceTest } from '../../db/sources/source.ts';
import type { Cell, Column, Row } from '../../domain/reports/table.ts';
import { visibleText } from '../visible-text.ts';

const SHOWN_COLUMNS = 8;
const SHOWN_LETTERS = 24;

/** `MariaDB 10.11, as reader, 12 ms`, and what this role could change. */
export function describeTest({ server, user, milliseconds, canWrite }: SourceTest): string {
  const line = [server, ...(user === undefined ? [] : [`as ${user}`]), `${milliseconds} ms`].join(', ');
  return canWrite === undefined ? line : `${line}\n  careful: ${canWrite}`;
}

/** The first rows of a query, as far as a terminal is wide. */
export function sampleTable(columns: readonly Column[], rows: readonly Row[]): string {
  if (rows.length === 0) {
    return `no rows; columns: ${columns.map(({ name }) => visibleText(name)).join(', ')}`;
  }
  const shown = columns.slice(0, SHOWN_COLUMNS);
  const table = new Table({
    head: shown.map(({ name }) => visibleText(name, { most: SHOWN_LETTERS })),
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(shown.map((_, at) => cellText(row[at] ?? null)));
  const more = columns.length - shown.length;
  return `${table.toString()}${more > 0 ? `\nand ${more} more columns` : ''}`;
}

function cellText(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (cell instanceof Date) return cell.toISOString();
  if (cell instanceof Uint8Array) return `${cell.length} bytes`;
  return visibleText(String(cell), { most: SHOWN_LETTERS });
}
