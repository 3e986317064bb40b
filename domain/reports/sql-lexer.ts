import { SluiceError } from '../errors.ts';

/** Whose rules a SQL text follows; MariaDB follows MySQL's. */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';

/**
 * - `quoted`: a quoted identifier; `variable`: MySQL's `@x`, `@@x`.
 * - `parameter`: our own `:name`; `positional`: the database's own `?`, `$1`, `@x` (SQLite).
 * - `version`: a MySQL comment with `!`, whose content the server runs; `hint`: one with `+`, for the optimizer.
 */
type SqlTokenKind =
  | 'word'
  | 'quoted'
  | 'string'
  | 'number'
  | 'parameter'
  | 'positional'
  | 'variable'
  | 'comment'
  | 'hint'
  | 'version'
  | 'symbol';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly text: string;
  /** Index of its first character in the SQL text. */
  readonly start: number;
  readonly end: number;
}

/** Above it nobody wrote the query by hand, and the regular expressions below have been shown no such text. */
const LONGEST_SQL = 200_000;

type Rule = readonly [kind: SqlTokenKind, pattern: RegExp];

const PARAMETER: Rule = ['parameter', /:[A-Za-z_][A-Za-z0-9_]*/y];

const RULES: Readonly<Record<SqlDialect, readonly Rule[]>> = {
  postgres: [
    ['comment', /--[^\r\n]*/y],
    ['string', /[eE]'(?:[^'\\]|''|\\[\s\S])*'/y],
    ['string', /(?:[uU]&|[bBxXnN])?'(?:[^']|'')*'/y],
    ['string', /\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?\$\1\$/y],
    ['quoted', /(?:[uU]&)?"(?:[^"]|"")*"/y],
    ['positional', /\$\d+/y],
    ['symbol', /::|:=/y],
    PARAMETER,
    ['number', /0[xXoObB][0-9A-Fa-f_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
    ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ],
  mysql: [
    ['version', /\/\*M?![\s\S]*?\*\//y],
    ['hint', /\/\*\+[\s\S]*?\*\//y],
    ['comment', /\/\*[\s\S]*?\*\//y],
    // Two dashes begin a comment only before white space: 5--1 is 6.
    ['comment', /--(?=[\s\p{Cc}]|$)[^\n]*/uy],
    ['comment', /#[^\n]*/y],
    ['string', /(?:[nNxXbB]|_[A-Za-z0-9]+)?'(?:[^'\\]|''|\\[\s\S])*'/y],
    ['string', /(?:[nN]|_[A-Za-z0-9]+)?"(?:[^"\\]|""|\\[\s\S])*"/y],
    ['quoted', /`(?:[^`]|``)*`/y],
    ['variable', /@@?(?:[\w.$]+|`(?:[^`]|``)*`|'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*")?/y],
    ['positional', /\?/y],
    ['symbol', /:=/y],
    PARAMETER,
    ['number', /\d+(?![\w$\u0080-\uffff])/y],
    ['word', /[\w$\u0080-\uffff]+/y],
  ],
  sqlite: [
    ['comment', /--[^\n]*/y],
    ['comment', /\/\*[\s\S]*?(?:\*\/|$)/y],
    ['string', /[xX]?'(?:[^']|'')*'/y],
    ['quoted', /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
    ['positional', /\?\d*|[@$#][A-Za-z0-9_\u0080-\uffff]+/y],
    PARAMETER,
    ['number', /0[xX][0-9A-Fa-f_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
    ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ],
};

const SPACE = /\s+/y;
const OPENERS = /['"`]|\/\*/y;

/**
 * A SQL text as tokens, white space left out. Strings, comments and quoted names are one token each, read as the
 * database reads them with the session settings that we give it (docs/report-guard.md).
 * @throws SluiceError `sql_unreadable` with the place: a quote or comment without end, a NUL character, too long
 */
export function lexSql({ sql, dialect }: { readonly sql: string; readonly dialect: SqlDialect }): SqlToken[] {
  if (sql.length > LONGEST_SQL) {
    throw unreadable(`the query has more than ${LONGEST_SQL} characters`);
  }
  if (sql.includes('\0')) throw unreadable('the query has a NUL character');
  const tokens: SqlToken[] = [];
  let brackets = 0;
  let at = 0;
  while (at < sql.length) {
    const space = matchAt(SPACE, { sql, at });
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = tokenAt({
      sql,
      dialect,
      at,
      sliced: brackets > 0 && dialect === 'postgres',
      before: tokens.at(-1),
    });
    if (token.text === '[') brackets += 1;
    if (token.text === ']') brackets = Math.max(0, brackets - 1);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** Line and column, from 1, of an index in a text. */
export function placeOf({ sql, at }: { readonly sql: string; readonly at: number }): {
  readonly line: number;
  readonly column: number;
} {
  const lines = sql.slice(0, at).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

interface Position {
  readonly sql: string;
  readonly dialect: SqlDialect;
  readonly at: number;
  /** Inside the brackets of PostgreSQL, where `a[1:n]` is a slice. */
  readonly sliced: boolean;
  readonly before: SqlToken | undefined;
}

function tokenAt({ sql, dialect, at, sliced, before }: Position): SqlToken {
  const token = (kind: SqlTokenKind, text: string): SqlToken => ({
    kind,
    text,
    start: at,
    end: at + text.length,
  });
  if (dialect === 'postgres' && sql.startsWith('/*', at)) return token('comment', nestedComment({ sql, at }));
  for (const [kind, pattern] of RULES[dialect]) {
    if (kind === 'parameter' && sliced && before?.end === at && before.text !== '[') continue;
    const text = matchAt(pattern, { sql, at });
    if (text !== undefined) return token(kind, text);
  }
  if (matchAt(OPENERS, { sql, at }) !== undefined) throw withoutEnd({ sql, at });
  return token('symbol', sql[at] ?? '');
}

/** PostgreSQL's comments nest. */
function nestedComment({ sql, at }: { readonly sql: string; readonly at: number }): string {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = at;
  let depth = 0;
  for (let edge = edges.exec(sql); edge !== null; edge = edges.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return sql.slice(at, edges.lastIndex);
  }
  throw withoutEnd({ sql, at });
}

function matchAt(
  pattern: RegExp,
  { sql, at }: { readonly sql: string; readonly at: number },
): string | undefined {
  pattern.lastIndex = at;
  const text = pattern.exec(sql)?.[0];
  return text === '' ? undefined : text;
}

function withoutEnd({ sql, at }: { readonly sql: string; readonly at: number }): SluiceError {
  const { line, column } = placeOf({ sql, at });
  return unreadable(`a quote or comment that begins at line ${line}, column ${column} has no end`);
}

function unreadable(message: string): SluiceError {
  return new SluiceError(message, { code: 'sql_unreadable', sort: 'item' });
}
