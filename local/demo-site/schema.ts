/** Names of the seven tables. `prefix` is MODX's table prefix; the simpletest tables stand outside MODX and have none. */
export function siteTableNames({ prefix = 'modx_' }: { prefix?: string | undefined } = {}) {
  return {
    languages: 'simpletest_lang',
    tests: 'simpletest_test',
    sittings: 'simpletest_users',
    certificateTests: `${prefix}cert_test`,
    certificateUsers: `${prefix}cert_users`,
    certificateResults: `${prefix}cert_result`,
    payments: `${prefix}cert_payment`,
  } as const;
}

export type SiteTableNames = ReturnType<typeof siteTableNames>;

export interface SiteSchemaOptions {
  /** Character set of the tables; old MODX sites have `utf8mb3`. */
  readonly charset?: string;
  readonly collation?: string;
  readonly prefix?: string;
  /** `usual`: what such sites have (simpletest_test.Id has none there either). `none`: primary keys only. */
  readonly indexes?: 'none' | 'usual';
}

/**
 * CREATE TABLE statements of the site, for MariaDB ≥ 10.6 and MySQL 8. Tables that exist are left as they are.
 * E-mail columns are wider than any valid address, as on the site, so that bad data fits in.
 */
export function siteSchemaStatements({
  charset = 'utf8mb3',
  collation = 'utf8mb3_general_ci',
  prefix,
  indexes = 'usual',
}: SiteSchemaOptions = {}): readonly string[] {
  const names = siteTableNames({ prefix });
  const table = (name: string, columns: readonly string[], keys: readonly string[]) =>
    `CREATE TABLE IF NOT EXISTS \`${name}\` (${[...columns, ...(indexes === 'usual' ? keys : [])].join(', ')})
     ENGINE=InnoDB DEFAULT CHARSET=${charset} COLLATE=${collation}`;
  return [
    table(
      names.languages,
      [
        'Id INT NOT NULL PRIMARY KEY',
        "Name VARCHAR(64) NOT NULL DEFAULT ''",
        "Code VARCHAR(8) NOT NULL DEFAULT ''",
      ],
      [],
    ),
    table(
      names.tests,
      [
        'newid INT NOT NULL AUTO_INCREMENT PRIMARY KEY',
        'Id INT NOT NULL',
        'LangId INT NULL',
        "Name VARCHAR(190) NOT NULL DEFAULT ''",
        'Questions INT NULL',
      ],
      ['KEY idx_lang (LangId)'],
    ),
    table(
      names.sittings,
      [
        'Id INT NOT NULL AUTO_INCREMENT PRIMARY KEY',
        'Email VARCHAR(320) NULL',
        'Name VARCHAR(190) NULL',
        'Country CHAR(2) NULL',
        'TestId INT NULL',
        'Score DECIMAL(5,2) NULL',
        'Datep DATETIME NULL',
        'Status INT NULL',
      ],
      ['KEY idx_test (TestId)', 'KEY idx_datep (Datep)'],
    ),
    table(
      names.certificateTests,
      [
        'id INT NOT NULL AUTO_INCREMENT PRIMARY KEY',
        'type TINYINT NULL',
        "name VARCHAR(190) NOT NULL DEFAULT ''",
        'price DECIMAL(8,2) NULL',
      ],
      [],
    ),
    table(
      names.certificateUsers,
      ['id INT NOT NULL AUTO_INCREMENT PRIMARY KEY', 'email VARCHAR(320) NULL', 'fullname VARCHAR(190) NULL'],
      ['KEY idx_email (email(190))'],
    ),
    table(
      names.certificateResults,
      [
        'id INT NOT NULL AUTO_INCREMENT PRIMARY KEY',
        'id_user INT NOT NULL',
        'id_test INT NOT NULL',
        'score DECIMAL(5,2) NULL',
      ],
      ['KEY idx_user (id_user)'],
    ),
    table(
      names.payments,
      [
        'id INT NOT NULL AUTO_INCREMENT PRIMARY KEY',
        'id_result INT NOT NULL',
        'id_status TINYINT NULL',
        'datetime_payment DATETIME NULL',
        'amount DECIMAL(8,2) NULL',
        "currency CHAR(3) NOT NULL DEFAULT 'USD'",
      ],
      ['KEY idx_result (id_result)'],
    ),
  ];
}
