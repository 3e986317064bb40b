import type { Refusal } from './refusal.ts';
import type { SqlToken } from './sql-lexer.ts';

/** A token that is not inside a qualified name and not quoted: a keyword, if it is one. Lower case. */
export function keywordOf(tokens: readonly SqlToken[], index: number): string | undefined {
  const token = tokens[index];
  if (token?.kind !== 'word' || tokens[index - 1]?.text === '.') return undefined;
  return token.text.toLowerCase();
}

/** Refusals of what is not exactly one statement that begins as a reading one. @param tokens without comments */
export function refuseOtherStatements(tokens: readonly SqlToken[]): readonly Refusal[] {
  const end = tokens.findIndex(({ text }) => text === ';');
  const second = end === -1 ? undefined : tokens.slice(end).find(({ text }) => text !== ';');
  const firstIndex = tokens.findIndex(({ text }) => text !== '(');
  const first = tokens[firstIndex];
  const refusals: Refusal[] = [];
  if (first === undefined || first.text === ';') {
    return [{ part: 'an empty text', reason: 'there is no statement in it' }];
  }
  if (second !== undefined) {
    refusals.push({ part: second.text, reason: 'a second statement; a report is one', at: second.start });
  }
  if (!['select', 'with', 'values'].includes(keywordOf(tokens, firstIndex) ?? '')) {
    refusals.push({
      part: first.text.slice(0, 40),
      reason: 'the statement must begin with SELECT, WITH or VALUES',
      at: first.start,
    });
  }
  return refusals;
}

export interface Call {
  /** Lower case, unquoted; with its schema where it has one. */
  readonly name: string;
  readonly qualified: boolean;
  readonly quoted: boolean;
  readonly at: number;
}

/**
 * What is written like a call: a name, quoted or not, before a parenthesis. Left out are the two places where a
 * list of column names follows a name: `WITH name (a, b) AS (` and `(…) AS name (a, b)`; no call can stand there.
 */
export function callsOf(tokens: readonly SqlToken[]): readonly Call[] {
  const closings = closingsOf(tokens);
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' && token.kind !== 'quoted') return [];
    if (tokens[index + 1]?.text !== '(' || listsColumns({ tokens, index, closings })) return [];
    const qualified = tokens[index - 1]?.text === '.';
    const own = plain(token);
    const schema = tokens[index - 2];
    const name = qualified && schema !== undefined ? `${plain(schema)}.${own}` : own;
    return [{ name, qualified, quoted: token.kind === 'quoted', at: token.start }];
  });
}

function listsColumns({
  tokens,
  index,
  closings,
}: {
  readonly tokens: readonly SqlToken[];
  readonly index: number;
  readonly closings: ReadonlyMap<number, number>;
}): boolean {
  const before = tokens[index - 1]?.text.toLowerCase() ?? '';
  if (before === ')') return true;
  if (before === 'as') return tokens[index - 2]?.text === ')';
  if (!['with', 'recursive', ','].includes(before)) return false;
  const close = closings.get(index + 1) ?? tokens.length;
  const body = tokens[close + 2]?.text.toLowerCase() ?? '';
  return tokens[close + 1]?.text.toLowerCase() === 'as' && ['(', 'not', 'materialized'].includes(body);
}

/** For each opening parenthesis the index of the one that closes it, in one pass. */
function closingsOf(tokens: readonly SqlToken[]): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { text }] of tokens.entries()) {
    if (text === '(') open.push(index);
    const start = text === ')' ? open.pop() : undefined;
    if (start !== undefined) closings.set(start, index);
  }
  return closings;
}

function plain({ kind, text }: SqlToken): string {
  return (kind === 'quoted' ? text.slice(1, -1) : text).toLowerCase();
}
