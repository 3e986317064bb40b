import { hasSqlDetails, parse } from 'libpg-query';
import type { Refusal } from '../../domain/reports/refusal.ts';
import { effectOf } from './postgres-functions.ts';

/** A function that a query names. `schema` is undefined where it does not say. */
export interface NamedFunction {
  readonly schema: string | undefined;
  readonly name: string;
  readonly at: number | undefined;
}

export type PostgresReading =
  | { readonly refusals: readonly Refusal[]; readonly functions: readonly NamedFunction[] }
  /** It is no SQL that PostgreSQL knows. */
  | { readonly message: string; readonly at: number };

/** The part of the tree that we walk: objects by node kind, as libpg_query writes them. */
type Node = { readonly [key: string]: unknown };

/**
 * Reads a query with PostgreSQL's own parser (libpg_query, grammar of version 18) and finds what could do more than
 * read: anything but one SELECT or VALUES, at any depth; INTO; row locks; functions with an effect.
 * @param input.sql as the server gets it, with `$1`
 */
export async function readPostgres(sql: string): Promise<PostgresReading> {
  const statements = await statementsOf(sql);
  if ('message' in statements) return statements;
  const at = characterIndexes(sql);
  const refusals: Refusal[] = [];
  const functions: NamedFunction[] = [];
  if (statements.length === 0)
    refusals.push({ part: 'an empty text', reason: 'there is no statement in it' });
  const second = statements[1];
  if (second !== undefined) {
    const start = at(numberIn(second, 'stmt_location'));
    refusals.push({
      part: firstWord(sql.slice(start)),
      reason: 'a second statement; a report is one',
      at: start + (/\S/.exec(sql.slice(start))?.index ?? 0),
    });
  }
  walk(statements, ({ kind, node }) => {
    if (kind.endsWith('Stmt') && kind !== 'SelectStmt') {
      refusals.push({
        part: statementName(kind),
        reason: 'only SELECT and VALUES read',
        ...placeIn(node, at),
      });
    }
    if (kind === 'intoClause')
      refusals.push({ part: 'INTO', reason: 'makes a table of the result', ...placeIn(node, at) });
    if (kind === 'LockingClause')
      refusals.push({ part: 'FOR UPDATE / SHARE', reason: 'locks rows', ...placeIn(node, at) });
    if (kind === 'FuncCall') functions.push(functionIn(node, at));
  });
  for (const { name, at: where } of functions) {
    const reason = effectOf(name);
    if (reason !== undefined) {
      refusals.push({ part: `${name}()`, reason, ...(where === undefined ? {} : { at: where }) });
    }
  }
  return { refusals, functions };
}

async function statementsOf(
  sql: string,
): Promise<readonly Node[] | { readonly message: string; readonly at: number }> {
  try {
    const tree = await parse(sql);
    return (tree.stmts ?? []).map((statement): Node => ({ ...statement }));
  } catch (error) {
    if (!hasSqlDetails(error) || error.sqlDetails === undefined) throw error;
    const { message, cursorPosition } = error.sqlDetails;
    return { message, at: Math.max(0, characterIndexes(sql)(cursorPosition)) };
  }
}

function walk(value: unknown, visit: (found: { readonly kind: string; readonly node: Node }) => void): void {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (Array.isArray(next)) open.push(...(next as unknown[]));
    else if (isNode(next)) {
      for (const [kind, child] of Object.entries(next)) {
        if (isNode(child)) visit({ kind, node: child });
        if (typeof child === 'object' && child !== null) open.push(child);
      }
    }
  }
}

function functionIn(node: Node, at: (offset: number) => number): NamedFunction {
  const names = (Array.isArray(node.funcname) ? (node.funcname as unknown[]) : []).map((part) =>
    isNode(part) && isNode(part.String) ? textIn(part.String, 'sval') : '',
  );
  const where = placeIn(node, at);
  return { schema: names.length > 1 ? names.at(-2) : undefined, name: names.at(-1) ?? '', at: where.at };
}

function placeIn(node: Node, at: (offset: number) => number): { readonly at?: number } {
  const relation = isNode(node.relation) ? node.relation : undefined;
  const { location = relation?.location } = node;
  return typeof location === 'number' && location >= 0 ? { at: at(location) } : {};
}

function textIn(node: Node, key: string): string {
  const value = node[key];
  return typeof value === 'string' ? value : '';
}

function numberIn(node: Node, key: string): number {
  const value = node[key];
  return typeof value === 'number' ? value : 0;
}

/** The parser counts bytes of UTF-8, we count characters of JavaScript. */
function characterIndexes(sql: string): (offset: number) => number {
  const bytes = Buffer.from(sql, 'utf8');
  return (offset) => bytes.subarray(0, offset).toString('utf8').length;
}

function statementName(kind: string): string {
  const name = kind.replace(/Stmt$/, '').replace(/([a-z])([A-Z])/g, '$1 $2');
  return name.toUpperCase();
}

function firstWord(text: string): string {
  return /\S+/.exec(text)?.[0].slice(0, 40) ?? '';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
