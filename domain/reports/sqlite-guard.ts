import type { Refusal } from './refusal.ts';
import { lexSql, type SqlToken } from './sql-lexer.ts';
import { callsOf, keywordOf, refuseOtherStatements } from './statement-shape.ts';

const REFUSED_WORDS: Readonly<Record<string, string>> = {
  insert: 'inserts rows',
  update: 'changes rows',
  delete: 'deletes rows',
  replace: 'replaces rows',
  into: 'writes the result somewhere',
};

/** Functions with an effect outside of the result, and what they do. */
export const SQLITE_EFFECTS: Readonly<Record<string, string>> = {
  edit: 'starts a program',
  fts3_tokenizer: 'takes addresses of machine code',
  load_extension: 'loads machine code',
  readfile: 'reads files',
  writefile: 'writes files',
};

/** Pragmas that only describe the schema; as functions they are `pragma_table_info('t')`. */
export const SQLITE_PRAGMAS: readonly string[] = [
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
];

/**
 * What in a query for SQLite could do more than read. SQLite's own parser comes after this and asks about every
 * table, function and pragma that the compiled statement would touch (db/sources/sqlite-process.ts).
 * @param input.sql as SQLite gets it, with `?`
 */
export function guardSqlite({ sql }: { readonly sql: string }): readonly Refusal[] {
  const tokens = lexSql({ sql, dialect: 'sqlite' }).filter(({ kind }) => kind !== 'comment');
  return [
    ...refuseOtherStatements(tokens),
    ...tokens.flatMap((_, index) => refuseWord(tokens, index)),
    ...callsOf(tokens).flatMap(({ name, at }): Refusal[] => {
      const part = `${name}()`;
      const reason = SQLITE_EFFECTS[name];
      if (reason !== undefined) return [{ part, reason, at }];
      const pragma = /^pragma_(.+)$/.exec(name)?.[1];
      if (pragma === undefined || SQLITE_PRAGMAS.includes(pragma)) return [];
      return [{ part, reason: 'reads or sets how the database works', at }];
    }),
  ];
}

function refuseWord(tokens: readonly SqlToken[], index: number): readonly Refusal[] {
  const { text = '', start: at = 0 } = tokens[index] ?? {};
  const word = keywordOf(tokens, index);
  const reason = word !== undefined && Object.hasOwn(REFUSED_WORDS, word) ? REFUSED_WORDS[word] : undefined;
  // REPLACE( is a function.
  if (reason === undefined || (word === 'replace' && tokens[index + 1]?.text === '(')) return [];
  return [{ part: text.toUpperCase(), reason, at }];
}
