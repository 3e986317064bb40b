import type { FileContext, FileSummary } from './table.ts';
import { createWallClock } from './wall-clock.ts';

/** `1,234 rows`, `no rows`, `first 1,000 of 52,341 rows`; every format says it with these words. */
export function rowsWords({ rows, truncated }: FileSummary, totalRows?: number): string {
  if (!truncated) return rows === 0 ? 'no rows' : rows === 1 ? '1 row' : `${count(rows)} rows`;
  return totalRows !== undefined && totalRows > rows
    ? `first ${count(rows)} of ${count(totalRows)} rows`
    : `first ${count(rows)} rows, there are more`;
}

/** What a reader must know of a file besides its rows, as pairs of a name and its value. */
export function aboutPairs(context: FileContext): readonly (readonly [name: string, value: string])[] {
  const clock = createWallClock(context.timezone);
  const at = (instant: Date) => `${clock.wordsWithOffset(instant)} ${context.timezone}`;
  return [
    ['Report', context.title],
    ['As of', at(context.asOf)],
    ['Written', at(context.generatedAt)],
    ...context.parameters.map(({ name, value }) => [`Parameter ${name}`, value] as const),
  ];
}

export function count(value: number): string {
  return value.toLocaleString('en');
}
