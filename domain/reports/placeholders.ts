import { SluiceError } from '../errors.ts';
import type { ParameterScalar, ParameterType, ResolvedParameter } from './parameters.ts';
import { lexSql, placeOf, type SqlDialect, type SqlToken } from './sql-lexer.ts';

export interface BoundValue {
  readonly type: ParameterType;
  readonly value: ParameterScalar;
}

/** A query as its driver takes it: no value stands in the text. */
export interface BoundSql {
  /** With `$1` (PostgreSQL) or `?` in place of each `:name`. */
  readonly sql: string;
  readonly values: readonly BoundValue[];
  /** The place in the query as it was written, of an index in `sql`. */
  readonly placeAt: (index: number) => { readonly line: number; readonly column: number };
}

/** Names of the `:name` placeholders of a query, each once, in their order. */
export function placeholdersOf(query: {
  readonly sql: string;
  readonly dialect: SqlDialect;
}): readonly string[] {
  return [...new Set(placeholderTokens(lexSql(query)).map(nameOf))];
}

/**
 * Puts the driver's placeholders in place of `:name`. A list becomes as many as it has values.
 * In PostgreSQL one name is one number wherever it stands, so that the server sees that they are equal.
 * @throws SluiceError `sql_unreadable`; `placeholders_invalid` that names every parameter that the query uses and the
 *   report does not define, that is defined and not used, and placeholders of the database's own kind
 */
export function bindPlaceholders({
  sql,
  dialect,
  parameters,
}: {
  readonly sql: string;
  readonly dialect: SqlDialect;
  readonly parameters: readonly ResolvedParameter[];
}): BoundSql {
  const tokens = lexSql({ sql, dialect });
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const problems = problemsOf({ sql, tokens, byName });
  if (problems.length > 0) {
    throw new SluiceError(problems.join('; '), {
      code: 'placeholders_invalid',
      sort: 'item',
      hint: 'A query names its values as :name; each needs a parameter of that name, and each parameter a place.',
    });
  }

  const values: BoundValue[] = [];
  const numbers = new Map<string, string>();
  const pieces: { readonly text: string; readonly from: number }[] = [];
  let written = 0;
  for (const token of placeholderTokens(tokens)) {
    const parameter = byName.get(nameOf(token));
    if (parameter === undefined) continue;
    let marks = numbers.get(parameter.name);
    if (marks === undefined || dialect !== 'postgres') {
      const items = valuesOf(parameter);
      marks = items
        .map((_, index) => (dialect === 'postgres' ? `$${values.length + index + 1}` : '?'))
        .join(', ');
      values.push(...items.map((value) => ({ type: parameter.type, value })));
      numbers.set(parameter.name, marks);
    }
    pieces.push({ text: sql.slice(written, token.start), from: written }, { text: marks, from: token.start });
    written = token.end;
  }
  pieces.push({ text: sql.slice(written), from: written });
  return {
    sql: pieces.map(({ text }) => text).join(''),
    values,
    placeAt: (index) => placeOf({ sql, at: originalIndex({ pieces, index }) }),
  };
}

function problemsOf({
  sql,
  tokens,
  byName,
}: {
  readonly sql: string;
  readonly tokens: readonly SqlToken[];
  readonly byName: ReadonlyMap<string, ResolvedParameter>;
}): readonly string[] {
  const used = new Map(placeholderTokens(tokens).map((token) => [nameOf(token), token]));
  const unknown = [...used].filter(([name]) => !byName.has(name));
  const unused = [...byName.keys()].filter((name) => !used.has(name));
  const own = tokens.filter(({ kind }) => kind === 'positional');
  const at = ({ start }: SqlToken) => {
    const { line, column } = placeOf({ sql, at: start });
    return `line ${line}, column ${column}`;
  };
  return [
    ...unknown.map(
      ([name, token]) => `the query uses :${name} (${at(token)}), and no parameter has this name`,
    ),
    ...unused.map((name) => `the parameter "${name}" is not used in the query`),
    ...own.map(
      (token) => `the query has the placeholder ${token.text} (${at(token)}); write values as :name`,
    ),
  ];
}

function placeholderTokens(tokens: readonly SqlToken[]): readonly SqlToken[] {
  return tokens.filter(({ kind }) => kind === 'parameter');
}

function nameOf({ text }: SqlToken): string {
  return text.slice(1);
}

function valuesOf({ value }: ResolvedParameter): readonly ParameterScalar[] {
  return Array.isArray(value) ? (value as readonly ParameterScalar[]) : [value as ParameterScalar];
}

function originalIndex({
  pieces,
  index,
}: {
  readonly pieces: readonly { readonly text: string; readonly from: number }[];
  readonly index: number;
}): number {
  let passed = 0;
  for (const [number, { text, from }] of pieces.entries()) {
    // Every other piece is a placeholder, whose inside has no counterpart in the text as written.
    if (index < passed + text.length) return number % 2 === 0 ? from + index - passed : from;
    passed += text.length;
  }
  const last = pieces.at(-1);
  return last === undefined ? 0 : last.from + last.text.length;
}
