import { readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';
import { messageOf, UsageError } from '../../domain/errors.ts';
import { REPORT_DEFAULTS, type ReportDefinition } from '../../domain/reports/definition.ts';

/** A report as it was written, not looked at yet. */
export type RawReport = Readonly<Record<string, unknown>>;

/** @throws UsageError for a file that cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/**
 * The reports in a YAML text: one document each, or a list of them.
 * @throws UsageError naming line and column of what is no YAML
 */
export function parseReports(text: string, { path }: { readonly path: string }): readonly RawReport[] {
  const documents = parseAllDocuments(text, { stringKeys: true });
  if (!Array.isArray(documents)) throw new UsageError(`${path} is empty`);
  const errors = documents.flatMap((document) => document.errors);
  const [error] = errors;
  if (error !== undefined) throw new UsageError(`${path} is no YAML: ${messageOf(error)}`);
  const values = documents.flatMap((document) => {
    // A report has no use for aliases, and a few of them can name millions of values.
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return Array.isArray(value) ? (value as unknown[]) : [value];
  });
  return values.map((value, at) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RawReport;
    throw new UsageError(
      `${path}: report ${at + 1} is no mapping of fields`,
      'docs/reports.md has an example.',
    );
  });
}

/** A report as YAML, without what is as it is by default. */
export function reportYaml(
  definition: ReportDefinition,
  { isActive }: { readonly isActive: boolean },
): string {
  const { pauseAfterFailures = 0 } = definition;
  const kept = Object.entries({ ...definition, pauseAfterFailures }).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(REPORT_DEFAULTS[name as keyof typeof REPORT_DEFAULTS]),
  );
  return stringify({ ...Object.fromEntries(kept), ...(isActive ? {} : { isActive }) }, { lineWidth: 0 });
}
