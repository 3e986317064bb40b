import type { SiteMapping } from './mapping.ts';

/** SQL that holds for real dates only: zero and partly zero ones never qualify. @param column quoted, with its alias */
export function isRealDate(column: string): string {
  return `MONTH(${column}) > 0 AND DAYOFMONTH(${column}) > 0`;
}

/** SQL that holds for completed sittings. Status is named only when asked for: some sites lack it. */
export function isCompleted(mapping: SiteMapping, completedStatuses: readonly number[]): string {
  const real = isRealDate(mapping.column('simpletest_users', 'Datep'));
  const status = mapping.column('simpletest_users', 'Status');
  return completedStatuses.length === 0 ? real : `${real} AND ${status} IN (${completedStatuses.join(', ')})`;
}
