import { SluiceError } from '../../domain/errors.ts';
import type { QuizConnection } from './connection.ts';
import { QUIZ_TABLES, type QuizColumn, type QuizTable } from './mapping.ts';

/** What of the mapping a database has. */
export interface QuizShape {
  has<T extends QuizTable>(table: T, column: QuizColumn<T>): boolean;
  /** `alias.`column``, or `fallback` where the column is not there. */
  column<T extends QuizTable>(table: T, column: QuizColumn<T>, written: ColumnPlace): string;
  /** What is optional and not there, as the site would name it: `user_preferences`, `users.timezone`. */
  readonly lacks: readonly string[];
}

interface ColumnPlace {
  readonly alias: string;
  /** SQL; NULL unless told otherwise. */
  readonly fallback?: string;
}

/**
 * Looks which of the tables and columns are there.
 * @throws SluiceError `quiz_schema`, one for everything that is needed and missing, by table and column.
 */
export async function readQuizShape(quiz: Pick<QuizConnection, 'read'>): Promise<QuizShape> {
  const rows = await quiz.read<{ tableName: string; columnName: string }>(
    `SELECT TABLE_NAME AS tableName, COLUMN_NAME AS columnName FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?)`,
    [Object.values(QUIZ_TABLES).map(({ table }) => table)],
  );
  const found = new Set(rows.map(({ tableName, columnName }) => nameOf(tableName, columnName)));
  const tables = new Set(rows.map(({ tableName }) => tableName.toLowerCase()));
  const { missing, lacks } = compare({ found, tables });
  if (missing.length > 0) {
    throw new SluiceError(
      `the quiz database has no ${missing.join(', ')}, or its user may not read ${missing.length === 1 ? 'it' : 'them'}`,
      {
        code: 'quiz_schema',
        hint: 'Look at QUIZ_DATABASE_URL and the rights of its user; db/quiz/mapping.ts names tables and columns.',
      },
    );
  }
  const has: QuizShape['has'] = (table, column) => {
    const { table: name, columns } = QUIZ_TABLES[table];
    return found.has(nameOf(name, (columns as Readonly<Record<PropertyKey, string>>)[column] ?? ''));
  };
  return {
    has,
    column: (table, column, { alias, fallback = 'NULL' }) => {
      const { columns } = QUIZ_TABLES[table];
      const name = (columns as Readonly<Record<PropertyKey, string>>)[column] ?? '';
      return has(table, column) ? `${alias}.\`${name}\`` : fallback;
    },
    lacks,
  };
}

function compare({
  found,
  tables,
}: {
  readonly found: ReadonlySet<string>;
  readonly tables: ReadonlySet<string>;
}): { readonly missing: readonly string[]; readonly lacks: readonly string[] } {
  const missing: string[] = [];
  const lacks: string[] = [];
  for (const { table, columns, optional } of Object.values(QUIZ_TABLES)) {
    if (!tables.has(table.toLowerCase())) {
      (optional === 'table' ? lacks : missing).push(`table ${table}`);
      continue;
    }
    for (const [name, column] of Object.entries(columns)) {
      if (found.has(nameOf(table, column))) continue;
      const isOptional =
        optional === 'table' ? name !== 'userId' : (optional as readonly string[]).includes(name);
      (isOptional ? lacks : missing).push(`column ${table}.${column}`);
    }
  }
  return { missing, lacks };
}

/** Names of columns, and on some systems of tables, differ in case only for the eye. */
function nameOf(table: string, column: string): string {
  return `${table}.${column}`.toLowerCase();
}

/** The quoted name of a table. */
export function tableOf(table: QuizTable): string {
  return `\`${QUIZ_TABLES[table].table}\``;
}
