import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, SluiceError } from '../../domain/errors.ts';

/** The site's tables and the columns of them that are read, under the names that a MODX test site gives them. */
export const SITE_TABLES = {
  simpletest_users: ['Id', 'Email', 'TestId', 'Datep', 'Status'],
  simpletest_test: ['newid', 'Id', 'LangId'],
  simpletest_lang: ['Id'],
  modx_cert_payment: ['id', 'id_result', 'id_status', 'datetime_payment'],
  modx_cert_result: ['id', 'id_user', 'id_test'],
  modx_cert_users: ['id', 'email'],
  modx_cert_test: ['id', 'type'],
} as const;

export type SiteTable = keyof typeof SITE_TABLES;
export type SiteColumn<T extends SiteTable> = (typeof SITE_TABLES)[T][number];

/** Where the site keeps each table and column. Names come back quoted for SQL. */
export interface SiteMapping {
  table(name: SiteTable): string;
  column<T extends SiteTable>(table: T, name: SiteColumn<T>): string;
  /** Unquoted, for looking into information_schema: `[schema or undefined, table]`. */
  location(name: SiteTable): readonly [string | undefined, string];
  columnName<T extends SiteTable>(table: T, name: SiteColumn<T>): string;
}

const tableName = z
  .string()
  .regex(/^[^`\0.]{1,64}(\.[^`\0.]{1,64})?$/, 'must be a table name, or database.table');
const columnName = z.string().regex(/^[^`\0.]{1,64}$/, 'must be a column name');

const tableNames = Object.keys(SITE_TABLES) as [SiteTable, ...SiteTable[]];

const schema = z.strictObject({
  /** Replaces the leading `simpletest_` and `modx_` of every table that `tables` does not name. */
  prefixes: z
    .strictObject({ simpletest_: z.string().max(40).optional(), modx_: z.string().max(40).optional() })
    .optional(),
  tables: z.partialRecord(z.enum(tableNames), tableName).optional(),
  columns: z
    .strictObject(
      Object.fromEntries(
        tableNames.map((table) => [
          table,
          z.partialRecord(z.enum(SITE_TABLES[table]), columnName).optional(),
        ]),
      ),
    )
    .optional(),
});

type MappingFile = {
  prefixes?: { simpletest_?: string | undefined; modx_?: string | undefined } | undefined;
  tables?: Partial<Record<SiteTable, string>> | undefined;
  columns?: Partial<Record<SiteTable, Record<string, string> | undefined>> | undefined;
};

/**
 * Reads the mapping file (JSON; docs/site.md). Without a file every name is the usual one.
 * @throws SluiceError `site_mapping_invalid` naming each faulty entry.
 */
export function loadSiteMapping(file: string | undefined): SiteMapping {
  return createSiteMapping(file === undefined ? {} : parse(file));
}

function parse(file: string): MappingFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw invalid(file, [messageOf(cause)], cause);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    throw invalid(
      file,
      parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`),
    );
  }
  return parsed.data;
}

function invalid(file: string, problems: readonly string[], cause?: unknown): SluiceError {
  return new SluiceError(
    `site mapping ${file} is not usable:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    {
      code: 'site_mapping_invalid',
      hint: 'docs/site.md shows the form of the file and all names.',
      cause,
    },
  );
}

export function createSiteMapping(file: MappingFile): SiteMapping {
  function location(name: SiteTable): readonly [string | undefined, string] {
    const named = file.tables?.[name] ?? withPrefix(name);
    const [first = '', second] = named.split('.');
    return second === undefined ? [undefined, first] : [first, second];
  }
  function withPrefix(name: SiteTable): string {
    const usual = name.startsWith('modx_') ? 'modx_' : 'simpletest_';
    return `${file.prefixes?.[usual] ?? usual}${name.slice(usual.length)}`;
  }
  const columnOf = (table: SiteTable, name: string) => file.columns?.[table]?.[name] ?? name;
  return {
    location,
    table: (name) =>
      location(name)
        .filter((part) => part !== undefined)
        .map((part) => `\`${part}\``)
        .join('.'),
    columnName: columnOf,
    column: (table, name) => `\`${columnOf(table, name)}\``,
  };
}
