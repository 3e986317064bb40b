import { createConnection } from 'mysql2/promise';
import { loadSettings, type Settings } from '../../config.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { funnelEntries } from '../../db/schema.ts';
import { openSite } from '../../db/site/connection.ts';
import { createSiteMapping } from '../../db/site/mapping.ts';
import { createSittingsReader } from '../../db/site/sittings.ts';
import { createTestCounter, type TestCounter } from '../../db/site/test-counts.ts';
import type { FunnelType } from '../../domain/funnels.ts';
import { createSiteClock } from '../../domain/site-clock.ts';
import { createSiteSchema, type SiteBuilder } from '../../local/demo-site/builders.ts';
import { createDatabase } from './servers.ts';

/** Tests of the site below: two of a language, one of none, one whose language is missing. */
const TESTS = { english: 101, german: 102, logic: 201, dangling: 202 } as const;

/** Our database and a site, both empty but for the site's tests. */
export interface ConversionsSite {
  readonly database: Database;
  readonly site: SiteBuilder;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: (more?: NodeJS.ProcessEnv) => Settings;
  readonly testCounter: TestCounter;
  /** One more person. Times are ISO 8601 in UTC. */
  readonly enter: (entry: Entry) => Promise<void>;
  readonly take: (test: keyof typeof TESTS, ...times: readonly string[]) => Promise<void>;
  readonly clearSittings: () => Promise<void>;
  /** All that the tests wrote. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Entry {
  readonly at: string;
  readonly funnel?: FunnelType;
  readonly boughtAt?: string | undefined;
  /** How many people at once. */
  readonly people?: number;
}

export async function createConversionsSite({
  adminUrl,
}: {
  adminUrl?: string;
} = {}): Promise<ConversionsSite> {
  const own = await databaseAt(adminUrl);
  const theirs = await databaseAt(adminUrl);
  await migrate({ databaseUrl: own.url });
  const database = openDatabase(own.url);
  const connection = await createConnection({ uri: theirs.url });
  const builder = await createSiteSchema(connection);
  await builder.insert({
    languages: [{ Id: 1 }, { Id: 2 }],
    tests: [
      { newid: 1, Id: TESTS.english, LangId: 1 },
      { newid: 2, Id: TESTS.german, LangId: 2 },
      { newid: 3, Id: TESTS.logic, LangId: 0 },
      { newid: 4, Id: TESTS.dangling, LangId: 99 },
    ],
  });
  const site = openSite(theirs.url);
  const reading = { mapping: createSiteMapping({}), clock: createSiteClock('UTC'), completedStatuses: [] };
  const env = { DATABASE_URL: own.url, SITE_DATABASE_URL: theirs.url };
  let person = 0;
  async function clearSittings(): Promise<void> {
    await connection.query('DELETE FROM simpletest_users');
  }
  return {
    database,
    site: builder,
    env,
    settings: (more = {}) => loadSettings({ env: { ...env, ...more }, directory: '/nowhere' }),
    testCounter: createTestCounter(site, { ...reading, sittings: createSittingsReader(site, reading) }),
    async enter({ at, funnel = 'language', boughtAt, people = 1 }) {
      await database.orm.insert(funnelEntries).values(
        Array.from({ length: people }, () => ({
          email: `person${++person}@example.com`,
          funnelType: funnel,
          enteredAt: new Date(at),
          certificatePurchased: boughtAt === undefined ? 0 : 1,
          certificatePurchasedAt: boughtAt === undefined ? null : new Date(boughtAt),
        })),
      );
    },
    async take(test, ...times) {
      await builder.insertSittings(
        times.map((at) => ({ Email: 'taker@example.com', TestId: TESTS[test], Datep: new Date(at) })),
      );
    },
    clearSittings,
    async clear() {
      await clearSittings();
      for (const table of ['funnel_entries', 'conversion_days']) {
        await database.pool.query(`DELETE FROM ${table}`);
      }
    },
    async close() {
      await Promise.all([database.close(), site.close(), connection.end()]);
      await Promise.all([own.drop(), theirs.drop()]);
    },
  };
}

/** On the server of the test run, or on another one that goes away with all it holds. */
async function databaseAt(adminUrl: string | undefined) {
  if (adminUrl === undefined) return createDatabase('conversions');
  const name = `conversions_${Math.random().toString(36).slice(2)}`;
  const connection = await createConnection({ uri: adminUrl });
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.end();
  return { url: `${adminUrl}${name}`, drop: async () => undefined };
}
