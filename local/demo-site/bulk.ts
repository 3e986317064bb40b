import type { Connection, RowDataPacket } from 'mysql2/promise';
import { siteBuilder } from './builders.ts';
import { CERTIFICATE_TESTS, LANGUAGES, POPULARITY, TESTS } from './catalogue.ts';
import { naiveUtc } from './rows.ts';

/** Rows of one INSERT … SELECT: big enough to be quick, small enough for a small server's undo log. */
const STEP = 100_000;

export interface BulkSite {
  readonly people: number;
  /** Spread evenly over the people; at least as many for each to have one. */
  readonly sittings: number;
  /** UTC; sittings and payments lie in [from, to). */
  readonly from: Date;
  readonly to: Date;
  /** Paid language certificates, one each for the first so many people. */
  readonly payments: number;
}

/**
 * Fills a site just created by `createSiteSchema` with as many people as a benchmark wants, `person1@example.com` onwards,
 * made by the database itself; every run makes the same rows. About 15 % of the sittings are of non-language tests.
 */
export async function bulkSite(
  connection: Connection,
  { people, sittings, from, to, payments, prefix }: BulkSite & { prefix?: string },
): Promise<void> {
  const site = siteBuilder(connection, { prefix });
  const { tables } = site;
  await addCatalogue({ connection, site });
  const seconds = Math.floor((to.getTime() - from.getTime()) / 1000);
  const start = naiveUtc(from);
  const tests = `ELT(1 + CRC32(CONCAT('test', n)) % 20, ${twentyTests().join(', ')})`;

  for (const step of steps(sittings)) {
    await connection.query(
      `INSERT INTO \`${tables.sittings}\` (Email, Name, TestId, Datep, Status)
       SELECT CONCAT('person', 1 + n % ?, '@example.com'), CONCAT('Person ', 1 + n % ?), ${tests}, ${moment('sat')}, 1
       FROM (${numbers()}) AS numbers WHERE n < ? ORDER BY n`,
      [people, people, start, seconds, step.offset, step.offset + step.count],
    );
  }
  const base = await highestIds(connection, site.tables);
  for (const step of steps(Math.min(payments, people))) {
    const range = [step.offset, step.offset + step.count];
    await connection.query(
      `INSERT INTO \`${tables.certificateUsers}\` (id, email)
       SELECT ? + n + 1, CONCAT('person', 1 + n, '@example.com') FROM (${numbers()}) AS numbers WHERE n < ? ORDER BY n`,
      [base.user, ...range],
    );
    await connection.query(
      `INSERT INTO \`${tables.certificateResults}\` (id, id_user, id_test)
       SELECT ? + n + 1, ? + n + 1, 1 FROM (${numbers()}) AS numbers WHERE n < ? ORDER BY n`,
      [base.result, base.user, ...range],
    );
    await connection.query(
      `INSERT INTO \`${tables.payments}\` (id_result, id_status, datetime_payment, amount)
       SELECT ? + n + 1, 2, ${moment('paid')}, 19 FROM (${numbers()}) AS numbers WHERE n < ? ORDER BY n`,
      [base.result, start, seconds, ...range],
    );
  }
}

/** CRC32 of a counter: spread well enough, and the same on MariaDB and MySQL. */
function moment(salt: string): string {
  return `DATE_ADD(?, INTERVAL CRC32(CONCAT('${salt}', n)) % ? SECOND)`;
}

/** A table of the numbers from `?` to `?` + 99,999. MariaDB's sequence engine would be shorter, but MySQL has none. */
function numbers(): string {
  const digits = Array.from(
    { length: 10 },
    (_, digit) => `SELECT ${digit}${digit === 0 ? ' AS d' : ''}`,
  ).join(' UNION ALL ');
  return `SELECT ? + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
          FROM (${digits}) a, (${digits}) b, (${digits}) c, (${digits}) e, (${digits}) f`;
}

function* steps(total: number): Generator<{ offset: number; count: number }> {
  for (let offset = 0; offset < total; offset += STEP)
    yield { offset, count: Math.min(STEP, total - offset) };
}

function twentyTests(): readonly number[] {
  return [...cycle(POPULARITY.language, 17), ...cycle(POPULARITY.non_language, 3)];
}

function cycle(ids: readonly (readonly [number, number])[], length: number): readonly number[] {
  return Array.from({ length }, (_, index) => ids[index % ids.length]?.[0] ?? 0);
}

async function addCatalogue({
  connection,
  site,
}: {
  connection: Connection;
  site: ReturnType<typeof siteBuilder>;
}): Promise<void> {
  const [present] = await connection.query<RowDataPacket[]>(`SELECT 1 FROM \`${site.tables.tests}\` LIMIT 1`);
  if (present.length > 0) return;
  const levelTests = [
    { Id: 101, LangId: 1, Name: 'English level test' },
    { Id: 102, LangId: 2, Name: 'German level test' },
    { Id: 103, LangId: 3, Name: 'Spanish level test' },
    { Id: 201, LangId: 0, Name: 'IQ test' },
  ];
  await site.insert({
    languages: LANGUAGES,
    tests: [...levelTests, ...TESTS],
    certificateTests: CERTIFICATE_TESTS,
  });
}

async function highestIds(
  connection: Connection,
  tables: ReturnType<typeof siteBuilder>['tables'],
): Promise<{ user: number; result: number }> {
  const [rows] = await connection.query<(RowDataPacket & { user: number; result: number })[]>(
    `SELECT (SELECT COALESCE(MAX(id), 0) FROM \`${tables.certificateUsers}\`) AS user,
            (SELECT COALESCE(MAX(id), 0) FROM \`${tables.certificateResults}\`) AS result`,
  );
  return { user: rows[0]?.user ?? 0, result: rows[0]?.result ?? 0 };
}
