import type { ReportDefinition } from '../../domain/reports/definition.ts';
import { visibleText } from '../visible-text.ts';

/** One field in which two versions differ. */
export interface Difference {
  readonly field: string;
  readonly old: unknown;
  readonly new: unknown;
}

/** In the order of the fields. */
export function differencesOf(old: ReportDefinition, wanted: ReportDefinition): readonly Difference[] {
  const [before, after] = [fieldsOf(old), fieldsOf(wanted)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, old: before[field], new: after[field] }));
}

/** `field: old → new`; of a query the lines that went and those that came. */
export function describeDifferences(differences: readonly Difference[]): string {
  return differences
    .flatMap(({ field, old, new: wanted }) =>
      field === 'query'
        ? ['query:', ...linesThatDiffer(String(old), String(wanted))]
        : [`${field}: ${shown(old)} → ${shown(wanted)}`],
    )
    .map((line) => `  ${line}`)
    .join('\n');
}

function fieldsOf(definition: ReportDefinition): Readonly<Record<string, unknown>> {
  return { ...definition };
}

/** Without what both begin and end with. */
function linesThatDiffer(old: string, wanted: string): readonly string[] {
  const [before, after] = [old.split('\n'), wanted.split('\n')];
  const least = Math.min(before.length, after.length);
  let first = 0;
  while (first < least && before[first] === after[first]) first += 1;
  let last = 0;
  while (last < least - first && before.at(-1 - last) === after.at(-1 - last)) last += 1;
  const part = (lines: readonly string[], sign: string) =>
    lines.slice(first, lines.length - last).map((line) => `${sign} ${visibleText(line, { most: 200 })}`);
  return [...part(before, '-'), ...part(after, '+')];
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return visibleText(typeof value === 'string' ? value : JSON.stringify(value), { most: 200 });
}
