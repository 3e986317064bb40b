import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSiteSchema, type SiteBuilder } from '../local/demo-site/builders.ts';
import { bulkSite } from '../local/demo-site/bulk.ts';
import { edgeCaseSite } from '../local/demo-site/edge-cases.ts';
import { fillDemoSite } from '../local/demo-site/fill.ts';
import { createDatabase } from './support/servers.ts';

const NOW = new Date('2026-03-10T15:20:30.456Z');

/** One row of numbers and texts. */
async function one<T>(connection: Connection, sql: string): Promise<T> {
  const [rows] = await connection.query<(RowDataPacket & T)[]>(sql);
  const [row] = rows;
  if (row === undefined) throw new Error('no row');
  return row;
}

async function connect(url: string): Promise<Connection> {
  return createConnection({ uri: url, dateStrings: true, supportBigNumbers: true });
}

describe('the demo site', () => {
  let url: string;
  let connection: Connection;
  const progress: [number, number][] = [];

  beforeAll(async () => {
    ({ url } = await createDatabase());
    await fillDemoSite({
      adminUrl: url,
      now: NOW,
      onProgress: (done, total) => progress.push([done, total]),
    });
    connection = await connect(url);
  });
  afterAll(async () => connection.end());

  it('holds 3,000 people with one sitting to four each', async () => {
    const again = await fillDemoSite({ adminUrl: url, now: NOW });
    expect(again.people).toBe(3000);
    const sittings = await one<{ n: number; most: number }>(
      connection,
      `SELECT COUNT(*) n, MAX(each_has) most FROM
         (SELECT COUNT(*) each_has FROM simpletest_users WHERE Id >= 1000 AND Email LIKE '%@%example%' GROUP BY Email) t`,
    );
    expect(sittings.n).toBeGreaterThan(2900);
    expect(sittings.most).toBe(4);
  });

  it('is left alone when it is filled already', async () => {
    const before = await one<{ n: number }>(connection, 'SELECT COUNT(*) n FROM simpletest_users');
    const again = await fillDemoSite({ adminUrl: url, people: 50, now: new Date() });
    expect(again).toMatchObject({ people: 3000, filled: false, sittings: before.n });
  });

  it('is filled once by two starts at the same time', async () => {
    const { url: shared } = await createDatabase();
    const fills = await Promise.all(
      [1, 2].map(async () => fillDemoSite({ adminUrl: shared, people: 100, now: NOW })),
    );
    expect(fills.filter(({ filled }) => filled)).toHaveLength(1);
  });

  it('reports progress up to the last row', () => {
    const [done, total] = progress.at(-1) ?? [0, 1];
    expect(done).toBe(total);
  });

  it('refuses a database with sittings of a real site', async () => {
    const real = await createDatabase();
    const site = await connect(real.url);
    const { insertSittings } = await createSiteSchema(site);
    await insertSittings([{ Email: 'somebody@example.com', TestId: 1, Datep: NOW }]);
    await site.end();
    await expect(fillDemoSite({ adminUrl: real.url, now: NOW })).rejects.toMatchObject({
      code: 'site_not_demo',
    });
  });

  it('writes to nobody: every address ends in a reserved domain or is an edge case', async () => {
    const [rows] = await connection.query<(RowDataPacket & { Email: string })[]>(
      `SELECT DISTINCT Email FROM simpletest_users WHERE Id >= 1000 AND Email LIKE '%@%'
       UNION SELECT DISTINCT email FROM modx_cert_users WHERE id >= 5000`,
    );
    const outside = rows
      .map(({ Email }) => Email.trim().toLowerCase())
      .filter((email) => !/[@.,]example([.,](com|org|net))?$/.test(email));
    expect(outside).toEqual([]);
  });

  it('spreads the sittings over 75 days up to now, most of them in the last 30', async () => {
    const spread = await one<{ recent: string; total: number; late: string; early: string }>(
      connection,
      `SELECT SUM(Datep > '2026-02-08 15:20:30') recent, COUNT(*) total, SUM(Datep > '2026-03-10 15:20:30') late,
              SUM(Datep < '2025-12-25 15:20:30') early FROM simpletest_users WHERE Id >= 1000`,
    );
    expect(Number(spread.recent) / spread.total).toBeGreaterThan(0.55);
    expect([Number(spread.late), Number(spread.early)]).toEqual([0, 0]);
  });

  it('has about 25 tests, eight languages, and tests of no language under 0 and NULL', async () => {
    const tests = await one<object>(
      connection,
      `SELECT COUNT(DISTINCT Id) tests, COUNT(DISTINCT NULLIF(LangId, 99)) - 1 languages, SUM(LangId = 0) > 0 zero,
              SUM(LangId IS NULL) > 0 missing FROM simpletest_test`,
    );
    expect(tests).toEqual({ tests: 23, languages: 8, zero: 1, missing: 1 });
  });

  it('sells certificates to 6 to 9 % of the people, before and after their sittings and after now', async () => {
    const [rows] = await connection.query<(RowDataPacket & { kind: string; n: number })[]>(
      `SELECT CASE WHEN id_status <> 2 THEN 'unpaid' WHEN datetime_payment IS NULL THEN 'null'
                   WHEN datetime_payment = '0000-00-00 00:00:00' THEN 'zero'
                   WHEN datetime_payment > '2026-03-10 15:20:30' THEN 'later' ELSE 'paid' END kind, COUNT(*) n
       FROM modx_cert_payment WHERE id >= 5000 GROUP BY kind`,
    );
    const counts = Object.fromEntries(rows.map(({ kind, n }) => [kind, n]));
    const paid = (counts.paid ?? 0) + (counts.later ?? 0);
    expect(paid / 3000).toBeGreaterThan(0.06);
    expect(paid / 3000).toBeLessThan(0.09);
    expect(Object.keys(counts).sort()).toEqual(['later', 'null', 'paid', 'unpaid', 'zero']);
  });

  it('keeps names and addresses of all scripts intact in utf8mb3 tables', async () => {
    const table = await one<{ collation: string }>(
      connection,
      `SELECT TABLE_COLLATION AS collation FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'simpletest_users'`,
    );
    expect(table.collation).toMatch(/^utf8(mb3)?_general_ci$/);
    expect(await one(connection, 'SELECT Email FROM simpletest_users WHERE Id = 27')).toEqual({
      Email: 'иван@пример.рф',
    });
  });
});

describe('the edge cases', () => {
  it('keep their distance to now', () => {
    const { sittings, payments } = edgeCaseSite(new Date('2026-03-31T12:00:00Z'));
    expect(sittings.find(({ Id }) => Id === 12)?.Datep).toBe('2026-03-01 12:00:00');
    expect(sittings.find(({ Id }) => Id === 13)?.Datep).toBe('2026-03-01 11:59:59');
    expect(sittings.find(({ Id }) => Id === 14)?.Datep).toBe('2026-04-01 00:00:00');
    expect(payments.find(({ id }) => id === 1001)?.datetime_payment).toBe('2026-03-31 11:00:00');
  });

  it('are 66 sittings and 17 payments', () => {
    const { sittings, payments } = edgeCaseSite(NOW);
    expect([sittings.length, payments.length]).toEqual([66, 17]);
  });
});

describe('the site builders', () => {
  it.each([
    { charset: 'utf8mb3', collation: 'utf8mb3_general_ci', indexes: 'usual' },
    { charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci', indexes: 'none' },
    { charset: 'latin1', collation: 'latin1_swedish_ci', indexes: 'none', prefix: 'shop_' },
  ] as const)('make a site in $collation with $indexes indexes', async (options) => {
    const { url } = await createDatabase();
    const connection = await connect(url);
    try {
      const site: SiteBuilder = await createSiteSchema(connection, options);
      const { sittings, ...others } = edgeCaseSite(NOW);
      // Cyrillic has no place in latin1.
      await site.insert({ ...others, sittings: sittings.filter(({ Id }) => Id !== 27) });
      const { n } = await one<{ n: number }>(
        connection,
        `SELECT COUNT(*) n FROM ${site.tables.payments} WHERE datetime_payment = '0000-00-00 00:00:00'`,
      );
      expect(n).toBe(1);
      const { keys } = await one<{ keys: number }>(
        connection,
        `SELECT COUNT(*) AS \`keys\` FROM information_schema.STATISTICS
         WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY'`,
      );
      expect(keys > 0).toBe(options.indexes === 'usual');
    } finally {
      await connection.end();
    }
  });

  it('make sites of any size, everybody with a sitting', async () => {
    const { url } = await createDatabase();
    const connection = await connect(url);
    try {
      await createSiteSchema(connection);
      const from = new Date('2026-02-01T00:00:00Z');
      const to = new Date('2026-03-01T00:00:00Z');
      await bulkSite(connection, { people: 400, sittings: 1001, from, to, payments: 30 });
      const made = await one<object>(
        connection,
        `SELECT COUNT(*) sittings, COUNT(DISTINCT Email) people, MIN(Datep) >= '2026-02-01' AND MAX(Datep) < '2026-03-01' inside,
                (SELECT COUNT(*) FROM modx_cert_payment p JOIN modx_cert_result r ON r.id = p.id_result
                 JOIN modx_cert_users u ON u.id = r.id_user) payments
         FROM simpletest_users`,
      );
      expect(made).toEqual({ sittings: 1001, people: 400, inside: 1, payments: 30 });
    } finally {
      await connection.end();
    }
  });
});
