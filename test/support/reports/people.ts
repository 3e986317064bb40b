import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createConnection } from 'mysql2/promise';
import { parseConnections, type ReportConnection } from '../../../domain/reports/connections.ts';
import type { TestPostgres } from '../postgres.ts';
import { createDatabase } from '../servers.ts';

/** A database with a table of people, and with functions, views and a sequence that would change it. */
export interface PeopleDatabase {
  readonly name: string;
  readonly connection: ReportConnection;
  /** What a trick could have changed. */
  state(): Promise<unknown>;
  drop(): Promise<void>;
}

export function connectionFor(url: string, name = 'shop'): ReportConnection {
  const { connections, problems } = parseConnections(`${name}=${url}`);
  const [connection] = connections;
  if (connection === undefined) throw new Error(problems.join('; '));
  return connection;
}

type Where = { readonly kind: 'postgres'; readonly postgres: TestPostgres } | { readonly kind: 'mysql' };

export function createPeople(where: Where): Promise<PeopleDatabase> {
  return where.kind === 'postgres' ? inPostgres(where.postgres) : inMysql();
}

async function inPostgres(postgres: TestPostgres): Promise<PeopleDatabase> {
  const name = `people_${randomBytes(4).toString('hex')}`;
  await postgres.run(`CREATE DATABASE ${name}`);
  await postgres.run(POSTGRES_SETUP, name);
  return {
    name,
    connection: connectionFor(`${postgres.adminUrl}${name}`),
    state: () =>
      postgres.run(
        `SELECT (SELECT json_agg(p ORDER BY id) FROM people p) AS people,
          (SELECT json_agg(tablename ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public') AS tables,
          (SELECT last_value FROM people_id_seq) AS sequence, (SELECT count(*) FROM pg_largeobject_metadata) AS objects`,
        name,
      ),
    drop: async () => void (await postgres.run(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

const POSTGRES_SETUP = `
  CREATE TABLE people (id serial PRIMARY KEY, name text);
  INSERT INTO people (name) VALUES ('Ann'), ('Bob');
  CREATE FUNCTION empty_by_function() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM people; RETURN 1; END $$;
  CREATE FUNCTION lying() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN DELETE FROM people; RETURN 1; END $$;
  CREATE FUNCTION nap() RETURNS text LANGUAGE sql AS $$ SELECT pg_sleep(60)::text $$;
  CREATE FUNCTION harmless_but_volatile() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
  CREATE PROCEDURE empty_people() LANGUAGE sql AS $$ DELETE FROM people $$;
  CREATE VIEW emptying_view AS SELECT empty_by_function();
  CREATE FUNCTION empty_by_operator(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM people; RETURN 1; END $$;
  CREATE OPERATOR !!! (LEFTARG = int, RIGHTARG = int, FUNCTION = empty_by_operator);`;

async function inMysql(): Promise<PeopleDatabase> {
  const database = await createDatabase('people');
  const admin = await createConnection({ uri: database.url });
  const isMariadb = /mariadb/i.test(String((await rowsOf('SELECT VERSION() AS v'))[0]?.v));
  async function rowsOf(sql: string): Promise<readonly Record<string, unknown>[]> {
    const [rows] = await admin.query(sql);
    return rows as Record<string, unknown>[];
  }
  const setup = [...MYSQL_SETUP, ...(isMariadb ? ['CREATE SEQUENCE numbers'] : [])];
  for (const statement of setup) await admin.query(statement);
  return {
    name: database.name,
    connection: connectionFor(database.url),
    state: async () => [
      await rowsOf('SELECT * FROM people ORDER BY id'),
      await rowsOf('SHOW TABLES'),
      isMariadb ? await rowsOf('SELECT next_not_cached_value FROM numbers') : [],
    ],
    async drop() {
      await admin.end();
      await database.drop();
    },
  };
}

const MYSQL_SETUP = [
  'CREATE TABLE people (id int PRIMARY KEY AUTO_INCREMENT, name varchar(100))',
  "INSERT INTO people (name) VALUES ('Ann'), ('Bob')",
  'CREATE FUNCTION empty_by_function() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM people; RETURN 1; END',
  'CREATE FUNCTION harmless() RETURNS int NO SQL RETURN 1',
  'CREATE PROCEDURE empty_people() DELETE FROM people',
  'CREATE VIEW emptying_view AS SELECT empty_by_function() AS gone',
];

/** A SQLite file with the same people. */
export function peopleFile(folder: string): string {
  const file = join(folder, 'people.db');
  const database = new DatabaseSync(file);
  database.exec(
    "CREATE TABLE people (id integer PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob')",
  );
  database.close();
  return file;
}
