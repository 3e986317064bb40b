import { SluiceError } from '../errors.ts';

/** Why a query is not run: the part of it that could do more than read. */
export interface Refusal {
  /** As it stands in the query, like `FOR UPDATE` or `pg_sleep()`. */
  readonly part: string;
  readonly reason: string;
  /** Index in the SQL text that was looked at, where the part has one. */
  readonly at?: number;
}

export type PlaceAt = (index: number) => { readonly line: number; readonly column: number };

/** @throws SluiceError `query_not_read_only` that names every part, its place and why, if there is any */
export function refuseIfAny({
  refusals,
  placeAt,
  hint,
}: {
  readonly refusals: readonly Refusal[];
  readonly placeAt: PlaceAt;
  readonly hint?: string;
}): void {
  if (refusals.length === 0) return;
  const lines = refusals.map(({ part, reason, at }) => {
    if (at === undefined) return `${part}: ${reason}`;
    const { line, column } = placeAt(at);
    return `${part} (line ${line}, column ${column}): ${reason}`;
  });
  throw new SluiceError(`the query is refused: ${[...new Set(lines)].join('; ')}`, {
    code: 'query_not_read_only',
    sort: 'item',
    hint:
      hint ??
      'A report is one SELECT, WITH … SELECT or VALUES that only reads; docs/report-guard.md has the rules.',
  });
}
