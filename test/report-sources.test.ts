import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSource } from '../db/sources/open.ts';
import type { SourceStream } from '../db/sources/source.ts';
import type { ResolvedParameter } from '../domain/reports/parameters.ts';
import { startPostgres, type TestPostgres } from './support/postgres.ts';
import { connectionFor, createPeople, type PeopleDatabase, peopleFile } from './support/reports/people.ts';
import { scratchFolder } from './support/scratch.ts';
import { startOwnMysql } from './support/servers.ts';

const UNTIL = { timeout: 10_000, interval: 50 };
const limits = { timeoutMs: 60_000 };
/** Bytes; the results have 300 MB. */
const A_PART = 60 * 1024 * 1024;
const plain = (sql: string) => ({ sql, parameters: [] });

async function drain({ rows }: SourceStream): Promise<number> {
  let count = 0;
  for await (const batch of rows) count += batch.length;
  return count;
}

/** What goes in comes out: all that the three have in common. */
const given: readonly ResolvedParameter[] = [
  { name: 'text', type: 'text', value: 'O\'Hara \\ 100% "x" 😀' },
  { name: 'whole', type: 'integer', value: '9007199254740993' },
  { name: 'day', type: 'date', value: '2025-02-28' },
  { name: 'nothing', type: 'text', value: null },
  { name: 'ids', type: 'integer', value: ['1', '2'] },
];

describe('PostgreSQL', () => {
  let postgres: TestPostgres;
  let people: PeopleDatabase;
  beforeAll(async () => {
    postgres = await startPostgres();
    people = await createPeople({ kind: 'postgres', postgres });
  }, 600_000);
  afterAll(() => postgres.remove());

  const source = () => openSource(people.connection);
  const running = async () =>
    (await postgres.run("SELECT query FROM pg_stat_activity WHERE application_name = 'sluice report'"))
      .length;

  it('gives every type as an exact value', async () => {
    const query =
      plain(`SELECT 9007199254740993::bigint AS big, 3::smallint AS small, 1234567890.123456789::numeric(30,9) AS exact,
      0.1::float8 AS float, true AS yes, date '2025-02-28' AS day, time '18:05:00.25' AS clock,
      timestamp '2025-02-28 18:05:00.123456' AS wall, timestamptz '2025-02-28 18:05:00+05:30' AS moment,
      '{"a":[1]}'::jsonb AS doc, '\\x00ff'::bytea AS bytes, ARRAY['a','b'] AS list, '12.34'::money AS price,
      interval '1 day 2 hours' AS span, 'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid AS id, NULL::int AS nothing,
      'infinity'::timestamptz AS never`);
    const { columns, rows } = await source().sample(query);
    expect(columns.map(({ name, type, scale }) => [name, type, scale])).toEqual([
      ['big', 'integer', undefined],
      ['small', 'integer', undefined],
      ['exact', 'decimal', 9],
      ['float', 'float', undefined],
      ['yes', 'boolean', undefined],
      ['day', 'date', undefined],
      ['clock', 'time', undefined],
      ['wall', 'datetime', undefined],
      ['moment', 'instant', undefined],
      ['doc', 'json', undefined],
      ['bytes', 'binary', undefined],
      ['list', 'text', undefined],
      ['price', 'decimal', 2],
      ['span', 'text', undefined],
      ['id', 'text', undefined],
      ['nothing', 'integer', undefined],
      ['never', 'instant', undefined],
    ]);
    expect(rows).toEqual([
      [
        9007199254740993n,
        3,
        '1234567890.123456789',
        0.1,
        true,
        '2025-02-28',
        '18:05:00.25',
        '2025-02-28 18:05:00.123456',
        new Date('2025-02-28T12:35:00Z'),
        '{"a": [1]}',
        Buffer.from([0, 255]),
        '{a,b}',
        '12.34',
        '1 day 02:00:00',
        'f47ac10b-58cc-4372-a567-0e02b2c3d479',
        null,
        'infinity',
      ],
    ]);
    expect((await source().check(query)).columns).toEqual(columns);
  });

  it('binds values and never writes them into the text', async () => {
    const sql = `SELECT :text::text, :whole::bigint, :day::date, :nothing::text, count(*) FROM people
      WHERE id IN (:ids) AND ':ids' <> :text -- :nobody`;
    const { rows } = await source().sample({ sql, parameters: given });
    expect(rows).toEqual([['O\'Hara \\ 100% "x" 😀', 9007199254740993n, '2025-02-28', null, 2]]);
  });

  it("compares a moment with columns of both kinds, in the connection's zone", async () => {
    const moment: ResolvedParameter = { name: 'at', type: 'datetime', value: '2025-01-31T23:00:00Z' };
    const sql = "SELECT timestamptz '2025-02-01 00:00:00+01' = :at, timestamp '2025-02-01 00:00:00' = :at";
    const berlin = openSource(connectionFor(`${people.connection.url}?timezone=Europe/Berlin`));
    expect((await berlin.sample({ sql, parameters: [moment] })).rows).toEqual([[true, true]]);
    expect((await source().sample({ sql, parameters: [moment] })).rows).toEqual([[true, false]]);
  });

  it('tells where a query is wrong, in the text as it was written', async () => {
    const parameters = given.filter(({ name }) => name === 'ids');
    await expect(
      source().check({ sql: 'SELECT 1\nFROM people WHERE id IN (:ids) AND nmae = 1', parameters }),
    ).rejects.toMatchObject({
      code: 'query_failed',
      message: 'column "nmae" does not exist [42703] (line 2, column 36)',
      sort: 'item',
    });
  });

  it('tells no value of a row and no password in an error', async () => {
    const error: unknown = await source()
      .sample(plain('SELECT name::int FROM people'))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'query_failed' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toMatch(/Ann/);
    const wrong = openSource(connectionFor(`postgres://admin:hunter2@127.0.0.1:${postgres.port}/postgres`));
    const refused: unknown = await wrong.test().catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'source_login', sort: 'stop' });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('hunter2');
  });

  it('warns of a role that can write, and not of one that cannot', async () => {
    expect((await source().test()).canWrite).toContain('is a superuser');
    await postgres.run(
      "CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; REVOKE CREATE ON SCHEMA public FROM public",
      people.name,
    );
    const url = `postgres://reader:r@127.0.0.1:${postgres.port}/${people.name}`;
    const reader = await openSource(connectionFor(url)).test();
    expect(reader).toMatchObject({ user: 'reader', canWrite: undefined });
    expect(reader.server).toMatch(/^PostgreSQL \d+/);
  });

  it('lists tables and views with their columns', async () => {
    const tables = await source().tables();
    expect(tables).toContainEqual({
      schema: 'public',
      name: 'people',
      kind: 'table',
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'name', type: 'text' },
      ],
    });
    expect(tables.find(({ name }) => name === 'emptying_view')).toMatchObject({ kind: 'view' });
  });

  it('ends a query in the server when it is cancelled, while it computes and while it sends', async () => {
    const computing = new AbortController();
    const sql = 'SELECT count(*) FROM generate_series(1, 1e12::bigint) a';
    const pending = source().stream(plain(sql), { ...limits, signal: computing.signal });
    await vi.waitUntil(async () => (await running()) > 0, UNTIL);
    computing.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    await vi.waitUntil(async () => (await running()) === 0, UNTIL);

    const sending = new AbortController();
    const { rows } = await source().stream(plain('SELECT generate_series(1, 1e9::bigint)'), {
      ...limits,
      signal: sending.signal,
    });
    await expect(
      (async () => {
        for await (const _ of rows) sending.abort(new Error('enough'));
      })(),
    ).rejects.toThrow('enough');
    await vi.waitUntil(async () => (await running()) === 0, UNTIL);
  });

  it('ends a query that takes too long, and one that nobody reads on', async () => {
    const slow = source().stream(plain('SELECT count(*) FROM generate_series(1, 1e12::bigint)'), {
      timeoutMs: 500,
    });
    await expect(slow).rejects.toMatchObject({ code: 'source_timeout', sort: 'item' });
    const { rows } = await source().stream(plain('SELECT generate_series(1, 1e9::bigint)'), limits);
    for await (const _ of rows) break;
    await vi.waitUntil(async () => (await running()) === 0, UNTIL);
  });

  it('has the server end a query on its own, should this process be gone', async () => {
    const { rows } = await source().stream(plain("SELECT current_setting('statement_timeout') FROM people"), {
      timeoutMs: 60_000,
    });
    for await (const [[limit] = []] of rows) expect(limit).toBe('65s');
  });

  it('tells a connection that is lost in mid-stream as something to try again', async () => {
    const { rows } = await source().stream(plain('SELECT generate_series(1, 1e9::bigint)'), limits);
    const reading = (async () => {
      let batches = 0;
      for await (const _ of rows) {
        batches += 1;
        if (batches === 2) {
          await postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sluice report'",
          );
        }
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'source_lost', sort: 'retry' });
  });

  it('tells a server that is not there as something to try again', async () => {
    const nobody = openSource(connectionFor('postgres://reader:hunter2@127.0.0.1:1/shop'));
    await expect(nobody.test()).rejects.toMatchObject({ code: 'source_unreachable', sort: 'retry' });
  });

  it('stops at the last row that is wanted, and can count what there is beyond', async () => {
    const query = plain('SELECT * FROM generate_series(1, 5000)');
    const stopped = await source().stream(query, { ...limits, maxRows: 1500 });
    expect(await drain(stopped)).toBe(1500);
    expect(stopped.outcome()).toEqual({ delivered: 1500, total: undefined });
    const counted = await source().stream(query, { ...limits, maxRows: 1500, beyond: 'count' });
    expect(await drain(counted)).toBe(1500);
    expect(counted.outcome()).toEqual({ delivered: 1500, total: 5000 });
    const exactly = await source().stream(query, { ...limits, maxRows: 5000 });
    expect(await drain(exactly)).toBe(5000);
    expect(exactly.outcome()).toEqual({ delivered: 5000, total: 5000 });
  });

  it('holds a small part of a big result at a time', async () => {
    const sql = "SELECT g, repeat('x', 1000) FROM generate_series(1, 300000) g";
    expect(await mostHeld(await source().stream(plain(sql), limits), 300_000)).toBeLessThan(A_PART);
  });
});

describe('MariaDB or MySQL', () => {
  let people: PeopleDatabase;
  beforeAll(async () => {
    people = await createPeople({ kind: 'mysql' });
  });
  afterAll(() => people.drop());

  const source = () => openSource(people.connection);
  const many = 'SELECT a.seq, repeat("x", 1000) FROM numbers_1000 a, numbers_1000 b, numbers_1000 c';
  async function admin(sql: string): Promise<RowDataPacket[]> {
    const connection = await createConnection({ uri: people.connection.url });
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }
  let others = 0;
  const connected = async () =>
    (
      await admin(
        `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${people.name}' AND ID <> CONNECTION_ID()`,
      )
    ).length;
  const running = async () => (await connected()) - others;
  beforeAll(async () => {
    await admin('CREATE TABLE numbers_1000 (seq int PRIMARY KEY)');
    others = await connected();
    await admin(
      `INSERT INTO numbers_1000 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n`,
    );
  });

  it('gives every type as an exact value', async () => {
    await admin(`CREATE TABLE kinds (big bigint, huge bigint unsigned, small tinyint(1), exact decimal(30,9), dbl double, day date,
      clock time(2), wall datetime(6), moment timestamp(3) NULL, doc json, bytes varbinary(10), bits bit(10), word enum('a','b'), words set('a','b'),
      year_of year, nothing int, zero_day date, zero_wall datetime) CHARACTER SET utf8mb4`);
    await admin("SET sql_mode = ''");
    const connection = await createConnection({ uri: people.connection.url });
    await connection.query("SET sql_mode = '', time_zone = '+00:00'");
    await connection.query(`INSERT INTO kinds VALUES (9007199254740993, 18446744073709551615, 5, 1234567890.123456789, 0.1, '2025-02-28', '-100:05:00.25',
      '2025-02-28 18:05:00.123456', '2025-02-28 12:35:00.5', '{"a":[1]}', x'00ff', b'1000000001', 'b', 'a,b', 2025, NULL, '0000-00-00', '0000-00-00 00:00:00')`);
    await connection.end();
    const { columns, rows } = await source().sample(plain('SELECT * FROM kinds'));
    expect(columns.map(({ type }) => type)).toEqual([
      'integer',
      'integer',
      'integer',
      'decimal',
      'float',
      'date',
      'time',
      'datetime',
      'instant',
      'json',
      'binary',
      'integer',
      'text',
      'text',
      'integer',
      'integer',
      'date',
      'datetime',
    ]);
    expect(columns[3]).toEqual({ name: 'exact', type: 'decimal', scale: 9 });
    expect(rows).toEqual([
      [
        9007199254740993n,
        18446744073709551615n,
        5,
        '1234567890.123456789',
        0.1,
        '2025-02-28',
        '-100:05:00.25',
        '2025-02-28 18:05:00.123456',
        new Date('2025-02-28T12:35:00.500Z'),
        '{"a":[1]}',
        Buffer.from([0, 255]),
        513,
        'b',
        'a,b',
        2025,
        null,
        '0000-00-00',
        '0000-00-00 00:00:00',
      ],
    ]);
    expect((await source().check(plain('SELECT * FROM kinds'))).columns).toEqual(columns);
  });

  it('binds values and never writes them into the text', async () => {
    const sql = `SELECT :text, :whole, :day, :nothing, count(*) FROM people WHERE id IN (:ids) AND ':ids' <> :text -- :nobody`;
    const { rows } = await source().sample({ sql, parameters: given });
    expect(rows).toEqual([['O\'Hara \\ 100% "x" 😀', 9007199254740993n, '2025-02-28', null, 2]]);
    const limit: ResolvedParameter = { name: 'most', type: 'integer', value: '1' };
    expect(
      (await source().sample({ sql: 'SELECT id FROM people ORDER BY id LIMIT :most', parameters: [limit] }))
        .rows,
    ).toEqual([[1]]);
  });

  it('tells no value of a row and no password in an error', async () => {
    const failing = plain("SELECT extractvalue('<a/>', concat('!', name)) FROM people");
    const error: unknown = await source()
      .sample(failing)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'query_failed' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toMatch(/Ann/);
    const url = new URL(people.connection.url);
    url.password = 'hunter2';
    const refused: unknown = await openSource(connectionFor(url.href))
      .test()
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'source_login', sort: 'stop' });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('hunter2');
  });

  it("gives the server's own words for a wrong query", async () => {
    await expect(source().check(plain('SELECT nmae FROM people'))).rejects.toMatchObject({
      code: 'query_failed',
      message: expect.stringMatching(/Unknown column 'nmae'/) as string,
    });
  });

  it('warns of an account that can write, and not of one that cannot', async () => {
    expect((await source().test()).canWrite).toContain('ALL PRIVILEGES');
    await admin(`CREATE USER '${people.name}'@'%' IDENTIFIED BY 'r'`);
    const url = new URL(people.connection.url);
    url.username = people.name;
    url.password = 'r';
    url.pathname = '/information_schema';
    expect((await openSource(connectionFor(url.href)).test()).canWrite).toBeUndefined();
    await admin(`DROP USER '${people.name}'@'%'`);
  });

  it('lists tables and views with their columns', async () => {
    const tables = (await source().tables()).filter(({ schema }) => schema === people.name);
    expect(tables.find(({ name }) => name === 'people')).toMatchObject({
      kind: 'table',
      columns: [{ name: 'id' }, { name: 'name', type: 'varchar(100)' }],
    });
    expect(tables.find(({ name }) => name === 'emptying_view')).toMatchObject({ kind: 'view' });
  });

  it('ends a query in the server when it is cancelled, while it computes and while it sends', async () => {
    const computing = new AbortController();
    const sql =
      'SELECT count(distinct a.seq + b.seq * c.seq) FROM numbers_1000 a, numbers_1000 b, numbers_1000 c';
    const pending = source().stream(plain(sql), { ...limits, signal: computing.signal });
    await vi.waitUntil(async () => (await running()) > 0, UNTIL);
    computing.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    await vi.waitUntil(async () => (await running()) === 0, UNTIL);

    const sending = new AbortController();
    const { rows } = await source().stream(plain(many), { ...limits, signal: sending.signal });
    await expect(
      (async () => {
        for await (const _ of rows) sending.abort(new Error('enough'));
      })(),
    ).rejects.toThrow('enough');
    await vi.waitUntil(async () => (await running()) === 0, UNTIL);
  });

  it('ends a query that takes too long, and one that nobody reads on', async () => {
    const sql =
      'SELECT count(distinct a.seq + b.seq * c.seq) FROM numbers_1000 a, numbers_1000 b, numbers_1000 c';
    await expect(source().stream(plain(sql), { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'source_timeout',
    });
    const { rows } = await source().stream(plain(many), limits);
    for await (const _ of rows) break;
    await vi.waitUntil(async () => (await running()) === 0, UNTIL);
  });

  it('tells a connection that is lost in mid-stream as something to try again', async () => {
    const own = await startOwnMysql();
    const counted =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n';
    const { rows } = await openSource(connectionFor(`${own.adminUrl}mysql`)).stream(
      plain(`SELECT a.i, repeat('x', 10000) FROM (${counted}) a, (${counted}) b`),
      limits,
    );
    const reading = (async () => {
      let batches = 0;
      for await (const _ of rows) {
        batches += 1;
        if (batches === 2) await own.server.kill();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'source_lost', sort: 'retry' });
  });

  it('holds a small part of a big result at a time', async () => {
    const sql = "SELECT a.seq, repeat('x', 1000) FROM numbers_1000 a, numbers_1000 b WHERE b.seq <= 300";
    expect(await mostHeld(await source().stream(plain(sql), limits), 300_000)).toBeLessThan(A_PART);
  });
});

function make(sql = '') {
  const file = peopleFile(scratchFolder());
  const database = new DatabaseSync(file);
  if (sql !== '') database.exec(sql);
  database.close();
  return { file, source: openSource(connectionFor(`sqlite://${file}`)) };
}

describe('SQLite', () => {
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
  it('gives declared types where values agree with them, and exact values in any case', async () => {
    const { source } =
      make(`CREATE TABLE kinds (big integer, yes boolean, exact decimal(10,2), dbl real, day date, wall datetime, bytes blob, odd date, doc json);
      INSERT INTO kinds VALUES (9007199254740993, 1, 12.5, 0.1, '2025-02-28', '2025-02-28T18:05:00', x'00ff', 1740000000, '{"a":1}'),
        (NULL, 0, 3, 2, NULL, NULL, NULL, 'soon', NULL)`);
    const { columns, rows } = await source.sample(plain('SELECT *, 1 + 1 AS two, NULL AS empty FROM kinds'));
    expect(columns.map(({ type }) => type)).toEqual([
      'integer',
      'boolean',
      'decimal',
      'float',
      'date',
      'datetime',
      'binary',
      'text',
      'json',
      'integer',
      'text',
    ]);
    expect(rows).toEqual([
      [
        9007199254740993n,
        true,
        '12.5',
        0.1,
        '2025-02-28',
        '2025-02-28 18:05:00',
        Uint8Array.from([0, 255]),
        '1740000000',
        '{"a":1}',
        2,
        null,
      ],
      [null, false, '3', 2, null, null, null, 'soon', null, 2, null],
    ]);
  });

  it('binds values and never writes them into the text', async () => {
    const sql = `SELECT :text, :whole, :day, :nothing, count(*) FROM people WHERE id IN (:ids) AND ':ids' <> :text -- :nobody`;
    const { rows } = await make().source.sample({ sql, parameters: given });
    expect(rows).toEqual([['O\'Hara \\ 100% "x" 😀', 9007199254740993n, '2025-02-28', null, 2]]);
  });

  it('ends a query in its process when it is cancelled, and when it takes too long', async () => {
    const { source } = make();
    const control = new AbortController();
    const pending = source.stream(plain(`${endless} SELECT count(*) FROM n`), {
      ...limits,
      signal: control.signal,
    });
    await vi.waitUntil(() => children().length > 0, UNTIL);
    control.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(children()).toEqual([]);
    const slow = source.stream(plain(`${endless} SELECT count(*) FROM n`), { timeoutMs: 1000 });
    await expect(slow).rejects.toMatchObject({ code: 'source_timeout' });
    expect(children()).toEqual([]);
  });

  it('ends the process of a query that nobody reads on, or that was read to its end', async () => {
    const { source } = make();
    const { rows } = await source.stream(plain(`${endless} SELECT i FROM n`), limits);
    for await (const _ of rows) break;
    expect(await drain(await source.stream(plain('SELECT * FROM people'), limits))).toBe(2);
    expect(children()).toEqual([]);
  });

  it('tells a process that is gone in mid-stream as something to try again', async () => {
    const { rows } = await make().source.stream(plain(`${endless} SELECT i FROM n`), limits);
    const reading = (async () => {
      for await (const _ of rows) for (const pid of children()) process.kill(pid, 'SIGKILL');
    })();
    await expect(reading).rejects.toMatchObject({ code: 'source_lost', sort: 'retry' });
  });

  it('names a file that is missing or no database, and lists the tables of one that is', async () => {
    const missing = openSource(connectionFor('sqlite:///nowhere/shop.db'));
    await expect(missing.test()).rejects.toMatchObject({ code: 'source_file_missing', sort: 'stop' });
    const text = openSource(connectionFor(`sqlite://${join(import.meta.dirname, 'settings.test.ts')}`));
    await expect(text.test()).rejects.toThrow('is no SQLite database');
    const { source } = make();
    expect(await source.tables()).toEqual([
      {
        schema: undefined,
        name: 'people',
        kind: 'table',
        columns: [
          { name: 'id', type: 'INTEGER' },
          { name: 'name', type: 'TEXT' },
        ],
      },
    ]);
    expect((await source.test()).server).toMatch(/^SQLite 3\./);
  });

  it('holds a small part of a big result at a time', async () => {
    const sql = `${endless} SELECT i, hex(zeroblob(500)) FROM n LIMIT 300000`;
    expect(await mostHeld(await make().source.stream(plain(sql), limits), 300_000)).toBeLessThan(A_PART);
  });
});

/** Rows of 1 kB, so the whole result is far above what may be held; what is garbage by then does not count. */
async function mostHeld(stream: SourceStream, rows: number): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  let most = 0;
  let count = 0;
  for await (const batch of stream.rows) {
    count += batch.length;
    if (count % 50_000 === 0) most = Math.max(most, held() - before);
  }
  expect(count).toBe(rows);
  return most;
}

/** Processes of this one that hold a SQLite file. */
function children(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return (
          Number(parent) === process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sqlite-child')
        );
      } catch {
        return false;
      }
    });
}
