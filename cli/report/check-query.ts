import type { Settings } from '../../config.ts';
import { openSource } from '../../db/sources/open.ts';
import type { SourceTest } from '../../db/sources/source.ts';
import type { ReportDefinition } from '../../domain/reports/definition.ts';
import { resolveParameters } from '../../domain/reports/parameters.ts';
import type { Column, Row } from '../../domain/reports/table.ts';
import { connectionNamed } from './context.ts';

export interface CheckedQuery {
  readonly test: SourceTest;
  readonly columns: readonly Column[];
  /** The first five. */
  readonly rows: readonly Row[];
}

/**
 * Asks the database of a report whether it is there, whether the query can be read and only reads, and for its first rows.
 * @throws SluiceError in the words of `Source`
 */
export async function checkQuery(
  {
    connection,
    query: sql,
    parameters: definitions,
    timezone,
  }: Pick<ReportDefinition, 'connection' | 'query' | 'parameters' | 'timezone'>,
  { settings, now: asOf }: { readonly settings: Settings; readonly now: Date },
): Promise<CheckedQuery> {
  const source = openSource(connectionNamed(settings, connection));
  const parameters = resolveParameters({ definitions, asOf, timezone });
  const test = await source.test();
  const query = { sql, parameters };
  await source.check(query);
  const { columns, rows } = await source.sample(query);
  return { test, columns, rows };
}
