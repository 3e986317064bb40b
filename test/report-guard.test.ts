import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMysqlSession } from '../db/sources/mysql-session.ts';
import { openSource } from '../db/sources/open.ts';
import { openPostgresSession } from '../db/sources/postgres-session.ts';
import type { Source } from '../db/sources/source.ts';
import { startSqliteProcess } from '../db/sources/sqlite-process.ts';
import type { ReportConnection } from '../domain/reports/connections.ts';
import { startPostgres, type TestPostgres } from './support/postgres.ts';
import { connectionFor, createPeople, type PeopleDatabase, peopleFile } from './support/reports/people.ts';
import {
  HARMLESS,
  MYSQL_TRICKS,
  POSTGRES_TRICKS,
  SQLITE_TRICKS,
  type Trick,
} from './support/reports/tricks.ts';
import { scratchFolder } from './support/scratch.ts';
import { execute, startOwnMysql } from './support/servers.ts';

// The accounts below may do anything, so nothing but the guard stands between a query and the data.

const everyTrick = { postgres: POSTGRES_TRICKS, mysql: MYSQL_TRICKS, sqlite: SQLITE_TRICKS };
const published = readFileSync(new URL('../docs/report-guard.md', import.meta.url), 'utf8');

const NEVER = new AbortController().signal;
const work = { timeoutMs: 30_000, signal: NEVER };

/** Runs a query as a report would, to its last row. */
async function run(source: Source, sql: string): Promise<number> {
  const { rows } = await source.stream({ sql, parameters: [] }, { timeoutMs: 30_000 });
  let count = 0;
  for await (const batch of rows) count += batch.length;
  return count;
}

function forFile({ sql }: Trick, file: string): string {
  return sql.replaceAll('FILE', file);
}

describe('PostgreSQL', () => {
  let postgres: TestPostgres;
  let people: PeopleDatabase;
  let connection: ReportConnection;
  beforeAll(async () => {
    postgres = await startPostgres();
    people = await createPeople({ kind: 'postgres', postgres });
    connection = people.connection;
  }, 600_000);
  afterAll(() => postgres.remove());

  it.each(POSTGRES_TRICKS)('refuses $sql', async (trick) => {
    const file = join(scratchFolder(), 'never');
    const before = await people.state();
    await expect(run(openSource(connection), forFile(trick, file))).rejects.toMatchObject({
      code: 'query_not_read_only',
      message: expect.stringContaining(trick.part) as string,
    });
    expect(await people.state()).toEqual(before);
    expect(existsSync(file)).toBe(false);
  });

  it.each(HARMLESS.postgres)('runs %s', async (sql) => {
    await openSource(connection).check({ sql, parameters: [] });
    expect(await run(openSource(connection), sql)).toBeGreaterThan(0);
  });

  it.each([
    'DELETE FROM people',
    'WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone',
    'SELECT empty_by_function()',
    "SELECT nextval('people_id_seq')",
    'DROP TABLE people',
  ])('has a transaction behind the parser that refuses %s', async (sql) => {
    const { client, close } = await openPostgresSession({ connection, ...work });
    await expect(client.query(sql)).rejects.toMatchObject({ code: '25006' });
    await close();
  });

  it('has a transaction that cannot be made to write any more', async () => {
    const { client, close } = await openPostgresSession({ connection, ...work });
    await expect(client.query('SET TRANSACTION READ WRITE')).rejects.toMatchObject({ code: '25001' });
    await close();
  });

  it('survives a text that is nested very deeply', async () => {
    const sql = `SELECT ${'('.repeat(30_000)}1${')'.repeat(30_000)}`;
    await expect(run(openSource(connection), sql)).rejects.toMatchObject({ sort: 'item' });
  });

  it('refuses a function that calls itself STABLE and deletes', async () => {
    const before = await people.state();
    await expect(run(openSource(connection), 'SELECT lying()')).rejects.toThrow('non-volatile function');
    expect(await people.state()).toEqual(before);
  });

  it('runs a function that the operator vouches for', async () => {
    const vouched = connectionFor(`${connection.url}?functions=public.harmless_but_volatile`);
    expect(await run(openSource(vouched), 'SELECT harmless_but_volatile()')).toBe(1);
    await expect(run(openSource(connection), 'SELECT harmless_but_volatile()')).rejects.toThrow(
      'functions=public.harmless_but_volatile',
    );
  });
});

describe('MariaDB or MySQL', () => {
  let people: PeopleDatabase;
  let connection: ReportConnection;
  beforeAll(async () => {
    people = await createPeople({ kind: 'mysql' });
    connection = people.connection;
  });
  afterAll(() => people.drop());

  it.each(MYSQL_TRICKS)('refuses $sql', async (trick) => {
    const file = join(scratchFolder(), 'never');
    const before = await people.state();
    const sql = forFile(trick, file).replaceAll('guarded', people.name);
    await expect(run(openSource(connection), sql)).rejects.toMatchObject({
      code: 'query_not_read_only',
      message: expect.stringMatching(
        new RegExp(literally(trick.part.replace('guarded', people.name)), 'i'),
      ) as string,
    });
    expect(await people.state()).toEqual(before);
    expect(existsSync(file)).toBe(false);
  });

  it.each(HARMLESS.mysql)('runs %s', async (sql) => {
    await openSource(connection).check({ sql, parameters: [] });
    expect(await run(openSource(connection), sql)).toBeGreaterThan(0);
  });

  it.each(['DELETE FROM people', 'SELECT empty_by_function()', 'DROP TABLE people', 'CALL empty_people()'])(
    'has a transaction behind the guard of the text that refuses %s',
    async (sql) => {
      const { ask, close } = await openMysqlSession({ connection, ...work });
      await expect(ask(sql)).rejects.toMatchObject({ errno: 1792 });
      await close();
    },
  );

  it('has a driver and a server that take one statement only', async () => {
    const { connection: raw, ask, close } = await openMysqlSession({ connection, ...work });
    await expect(ask('SELECT 1; DELETE FROM people')).rejects.toMatchObject({ errno: 1064 });
    await expect(raw.promise().prepare('SELECT 1; DELETE FROM people')).rejects.toMatchObject({
      errno: 1064,
    });
    await close();
  });

  it('has the server read texts as the guard does, whatever its mode', async () => {
    const own = await startOwnMysql();
    await execute(own.adminUrl, "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'");
    const source = openSource(connectionFor(`${own.adminUrl}mysql`));
    const query = { sql: `SELECT "it's", 'a\\'; -- '`, parameters: [] };
    expect((await source.sample(query)).rows).toEqual([["it's", "a'; -- "]]);
  });

  it('reads a text that is nested very deeply in no time', async () => {
    const sql = `SELECT ${'abs(1,'.repeat(20_000)}1${')'.repeat(20_000)}`;
    await expect(run(openSource(connection), sql)).rejects.toMatchObject({ code: 'query_failed' });
  });

  it('runs a stored function that the operator vouches for', async () => {
    const vouched = connectionFor(`${connection.url}?functions=harmless`);
    expect(await run(openSource(vouched), 'SELECT harmless()')).toBe(1);
    await expect(run(openSource(connection), 'SELECT harmless()')).rejects.toThrow('functions=harmless');
  });
});

describe('SQLite', () => {
  let file: string;
  let connection: ReportConnection;
  let before: Buffer;
  beforeEach(() => {
    file = peopleFile(scratchFolder());
    connection = connectionFor(`sqlite://${file}`);
    before = readFileSync(file);
  });

  it.each(SQLITE_TRICKS)('refuses $sql', async (trick) => {
    const other = join(scratchFolder(), 'never');
    await expect(run(openSource(connection), forFile(trick, other))).rejects.toMatchObject({
      code: 'query_not_read_only',
      message: expect.stringMatching(new RegExp(literally(trick.part), 'i')) as string,
    });
    expect(readFileSync(file)).toEqual(before);
    expect(existsSync(other)).toBe(false);
  });

  it.each(HARMLESS.sqlite)('runs %s', async (sql) => {
    await openSource(connection).check({ sql, parameters: [] });
    expect(await run(openSource(connection), sql)).toBeGreaterThan(0);
  });

  it.each([
    'DELETE FROM people',
    'PRAGMA query_only = OFF',
    "ATTACH 'FILE' AS other",
    "SELECT load_extension('FILE')",
    'CREATE TEMP TABLE copy AS SELECT 1',
    "VACUUM INTO 'FILE'",
  ])('has an authorizer behind the guard of the text that refuses %s', async (sql) => {
    const other = join(scratchFolder(), 'never');
    const process = startSqliteProcess(NEVER);
    await process.ask({ ask: 'open', file, timeoutMs: 30_000, heapBytes: 100_000_000 });
    const asked = process.ask({ ask: 'query', sql: sql.replaceAll('FILE', other), values: [] });
    await expect(asked.then(() => process.ask({ ask: 'next', rows: 1 }))).rejects.toMatchObject({
      refused: expect.stringMatching(/./) as string,
    });
    await process.end();
    expect(readFileSync(file)).toEqual(before);
    expect(existsSync(other)).toBe(false);
  });

  it('survives a text that is nested very deeply', async () => {
    const sql = `SELECT ${'('.repeat(30_000)}1${')'.repeat(30_000)}`;
    await expect(run(openSource(connection), sql)).rejects.toMatchObject({ sort: 'item' });
  });

  it('ends a query that would fill the memory', async () => {
    const sql = 'SELECT length(group_concat(hex(zeroblob(100000000)))) FROM (VALUES (1), (2), (3), (4), (5))';
    await expect(run(openSource(connection), sql)).rejects.toMatchObject({ code: 'query_failed' });
  });
});

describe('the list of tricks', () => {
  it.each(Object.entries(everyTrick))('is published with what stops each: %s', (_, tricks) => {
    for (const { sql, stoppedBy } of tricks) {
      expect(published).toContain(`| \`${sql.replaceAll('|', '\\|')}\` | ${stoppedBy} |`);
    }
  });
});

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
