import type { Connection } from 'mysql2/promise';
import {
  type CertificateResultRow,
  type CertificateTestRow,
  type CertificateUserRow,
  type LanguageRow,
  naiveUtc,
  type PaymentRow,
  type SiteRows,
  type SittingRow,
  type TestRow,
} from './rows.ts';
import {
  type SiteSchemaOptions,
  type SiteTableNames,
  siteSchemaStatements,
  siteTableNames,
} from './schema.ts';

/** Writes rows into the tables of one site, in the order given. An id that is left out is the database's to choose. */
export interface SiteBuilder {
  readonly tables: SiteTableNames;
  readonly insertLanguages: (rows: readonly LanguageRow[]) => Promise<void>;
  readonly insertTests: (rows: readonly TestRow[]) => Promise<void>;
  readonly insertSittings: (rows: readonly SittingRow[]) => Promise<void>;
  readonly insertCertificateTests: (rows: readonly CertificateTestRow[]) => Promise<void>;
  readonly insertCertificateUsers: (rows: readonly CertificateUserRow[]) => Promise<void>;
  readonly insertCertificateResults: (rows: readonly CertificateResultRow[]) => Promise<void>;
  readonly insertPayments: (rows: readonly PaymentRow[]) => Promise<void>;
  /** Any of the tables at once, for example `edgeCaseSite(now)`. */
  readonly insert: (rows: Partial<SiteRows>) => Promise<void>;
}

/**
 * Creates the site's tables where they are missing and returns the builder for them.
 *
 * The connection keeps the SQL mode of such sites from here on: strict about lengths, yet zero dates are taken.
 */
export async function createSiteSchema(
  connection: Connection,
  options: SiteSchemaOptions = {},
): Promise<SiteBuilder> {
  await useSiteSqlMode(connection);
  for (const statement of siteSchemaStatements(options)) await connection.query(statement);
  return siteBuilder(connection, options);
}

/** MySQL 8 refuses zero dates by default, of which old sites are full. */
async function useSiteSqlMode(connection: Connection): Promise<void> {
  await connection.query("SET SESSION sql_mode = 'STRICT_TRANS_TABLES'");
}

/** The builder for tables that exist already. `onRows` hears of every batch that is in. */
export function siteBuilder(
  connection: Connection,
  { prefix, onRows }: { prefix?: string | undefined; onRows?: ((count: number) => void) | undefined } = {},
): SiteBuilder {
  const tables = siteTableNames({ prefix });
  const into = (
    table: string,
    columns: readonly string[],
    fallback: Readonly<Record<string, unknown>> = {},
  ) => {
    const statement = `INSERT INTO \`${table}\` (${columns.join(', ')}) VALUES ?`;
    return async (rows: readonly object[]): Promise<void> => {
      for (const batch of batchesOf(rows)) {
        await connection.query(statement, [batch.map((row) => valuesOf({ ...fallback, ...row }, columns))]);
        onRows?.(batch.length);
      }
    };
  };
  const builder: Omit<SiteBuilder, 'insert'> = {
    tables,
    insertLanguages: into(tables.languages, ['Id', 'Name', 'Code'], { Name: '', Code: '' }),
    insertTests: into(tables.tests, ['newid', 'Id', 'LangId', 'Name', 'Questions'], { Name: '' }),
    insertSittings: into(
      tables.sittings,
      ['Id', 'Email', 'Name', 'Country', 'TestId', 'Score', 'Datep', 'Status'],
      { Status: 1 },
    ),
    insertCertificateTests: into(tables.certificateTests, ['id', 'type', 'name', 'price'], { name: '' }),
    insertCertificateUsers: into(tables.certificateUsers, ['id', 'email', 'fullname']),
    insertCertificateResults: into(tables.certificateResults, ['id', 'id_user', 'id_test', 'score']),
    insertPayments: into(tables.payments, ['id', 'id_result', 'id_status', 'datetime_payment', 'amount']),
  };
  return {
    ...builder,
    async insert(rows) {
      await builder.insertLanguages(rows.languages ?? []);
      await builder.insertTests(rows.tests ?? []);
      await builder.insertSittings(rows.sittings ?? []);
      await builder.insertCertificateTests(rows.certificateTests ?? []);
      await builder.insertCertificateUsers(rows.certificateUsers ?? []);
      await builder.insertCertificateResults(rows.certificateResults ?? []);
      await builder.insertPayments(rows.payments ?? []);
    },
  };
}

/** Well below the packet size that servers accept by default. */
const ROWS_PER_STATEMENT = 1000;

function* batchesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}

function valuesOf(row: Readonly<Record<string, unknown>>, columns: readonly string[]): readonly unknown[] {
  return columns.map((column) => {
    const value = row[column];
    return value instanceof Date ? naiveUtc(value) : (value ?? null);
  });
}
