import {
  MYSQL_EFFECTS,
  MYSQL_FUNCTIONS,
  MYSQL_SPATIAL,
  MYSQL_WORDS_BEFORE_PARENTHESIS,
} from './mysql-functions.ts';
import type { Refusal } from './refusal.ts';
import { lexSql, type SqlToken } from './sql-lexer.ts';
import { callsOf, keywordOf, refuseOtherStatements } from './statement-shape.ts';

/** Reserved words of both servers, so unquoted they are nothing else; those with `call` are functions before "(". */
const REFUSED_WORDS: Readonly<Record<string, { readonly reason: string; readonly call?: true }>> = {
  into: { reason: 'writes the result into a file, a variable or a table' },
  update: { reason: 'changes rows, or locks them (FOR UPDATE)' },
  delete: { reason: 'deletes rows' },
  insert: { reason: 'inserts rows', call: true },
  replace: { reason: 'replaces rows', call: true },
  lock: { reason: 'locks rows' },
  procedure: { reason: 'runs a procedure over the result' },
  call: { reason: 'runs a procedure' },
  load: { reason: 'loads a file' },
};

const HINTS_WITH_EFFECT = /\b(set_var|max_execution_time|resource_group)\b/i;

/**
 * What in a query for MySQL or MariaDB could do more than read. The server's own grammar comes after this (the query is
 * prepared there, which takes one statement only); here stands what that grammar allows and a report may not do.
 * @param input.sql as the server gets it, with `?`
 * @param input.functions stored or loadable functions that the operator vouches for, lower case
 */
export function guardMysql({
  sql,
  functions,
}: {
  readonly sql: string;
  readonly functions: readonly string[];
}): readonly Refusal[] {
  const all = lexSql({ sql, dialect: 'mysql' });
  const tokens = all.filter(({ kind }) => !['comment', 'hint', 'version'].includes(kind));
  return [
    ...refuseOtherStatements(tokens),
    ...all.flatMap(refuseComment),
    ...tokens.flatMap((_, index) => refuseWord(tokens, index)),
    ...callsOf(tokens).flatMap(({ name, qualified, quoted, at }): Refusal[] => {
      const part = `${name}()`;
      const effect = MYSQL_EFFECTS[name];
      if (!qualified && effect !== undefined) return [{ part, reason: effect, at }];
      if (functions.includes(name)) return [];
      if (!qualified && (MYSQL_FUNCTIONS.has(name) || MYSQL_SPATIAL.test(name))) return [];
      if (!qualified && !quoted && MYSQL_WORDS_BEFORE_PARENTHESIS.has(name)) return [];
      const reason = `not a built-in function that is known to read only; if it is, add functions=${name} to the connection's URL`;
      return [{ part, reason, at }];
    }),
  ];
}

function refuseComment({ kind, text, start }: SqlToken): readonly Refusal[] {
  if (kind === 'version') {
    return [{ part: '/*! … */', reason: 'the server runs what stands in such a comment', at: start }];
  }
  const [hint] = kind === 'hint' ? (HINTS_WITH_EFFECT.exec(text) ?? []) : [];
  return hint === undefined
    ? []
    : [{ part: `/*+ ${hint} */`, reason: 'changes settings or limits', at: start }];
}

function refuseWord(tokens: readonly SqlToken[], index: number): readonly Refusal[] {
  const { text = '', start: at = 0 } = tokens[index] ?? {};
  if (text === ':=') return [{ part: ':=', reason: 'sets a variable', at }];
  const word = keywordOf(tokens, index);
  if (word === undefined) return [];
  const next = keywordOf(tokens, index + 1);
  if (word === 'for' && next === 'share') return [{ part: 'FOR SHARE', reason: 'locks rows', at }];
  if (word === 'for' && next === 'update') return [{ part: 'FOR UPDATE', reason: 'locks rows', at }];
  if (word === 'update' && keywordOf(tokens, index - 1) === 'for') return [];
  if (word === 'next' && next === 'value') return [{ part: 'NEXT VALUE', reason: 'moves a sequence on', at }];
  const refused = Object.hasOwn(REFUSED_WORDS, word) ? REFUSED_WORDS[word] : undefined;
  if (refused === undefined || (refused.call && tokens[index + 1]?.text === '(')) return [];
  return [{ part: text.toUpperCase(), reason: refused.reason, at }];
}
