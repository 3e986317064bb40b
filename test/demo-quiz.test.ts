import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, it, onTestFinished } from 'vitest';
import { fillDemoQuiz } from '../local/demo-quiz/fill.ts';
import { createQuizSchema } from '../local/demo-quiz/schema.ts';
import { createDatabase } from './support/servers.ts';

const NOW = new Date('2026-03-10T12:00:00Z');

async function openEmpty() {
  const database = await createDatabase('demo');
  const connection = await createConnection({ uri: database.url });
  onTestFinished(async () => {
    await connection.end();
    await database.drop();
  });
  const rows = async (sql: string) => (await connection.query<RowDataPacket[]>(sql))[0];
  return { ...database, connection, rows };
}

it('fills a learning site that looks like one: 500 users, 40 quizzes, six months of scores up to now', async () => {
  const { url, rows } = await openEmpty();
  const size = await fillDemoQuiz({ adminUrl: url, now: NOW });
  expect(size).toMatchObject({ users: 500, quizzes: 40, filled: true });
  expect(size.scores).toBeGreaterThan(10_000);
  const [months] = await rows(
    `SELECT COUNT(DISTINCT DATE_FORMAT(time_stamp_of_attempt, '%Y-%m')) AS n, MAX(time_stamp_of_attempt) <= '2026-03-10 12:00:00' AS past,
            SUM(percentage IS NULL) > 0 AS unmarked, AVG(percentage) BETWEEN 55 AND 85 AS plausible
       FROM scores WHERE time_stamp_of_attempt >= '2025-09-01' AND time_stamp_of_attempt < '2026-03-01'`,
  );
  expect(months).toEqual({ n: 6, past: 1, unmarked: 1, plausible: 1 });
  const [people] = await rows(
    `SELECT SUM(is_admin) > 0 AS admins, SUM(last_login IS NULL) > 0 AS never, SUM(timezone = 'Mars/Olympus') AS lost,
            SUM(last_login >= '2026-03-08 12:00:00') BETWEEN 100 AND 300 AS here FROM users`,
  );
  expect(people).toEqual({ admins: 1, never: 1, lost: '1', here: 1 });
});

it('is the same for the same moment, stays when it is filled, and touches no learning site of somebody else', async () => {
  const [one, two, other] = await Promise.all([openEmpty(), openEmpty(), openEmpty()]);
  await fillDemoQuiz({ adminUrl: one.url, now: NOW, users: 40 });
  await fillDemoQuiz({ adminUrl: two.url, now: NOW, users: 40 });
  for (const table of ['users', 'user_preferences', 'quizzes', 'scores'])
    expect(await one.rows(`SELECT * FROM ${table} ORDER BY 1`)).toEqual(
      await two.rows(`SELECT * FROM ${table} ORDER BY 1`),
    );
  expect(await fillDemoQuiz({ adminUrl: one.url, now: new Date() })).toMatchObject({
    users: 40,
    filled: false,
  });
  await createQuizSchema(other.connection);
  await other.connection.query(
    "INSERT INTO users (email, username, registration_date) VALUES ('a@example.com', 'a', '2024-01-01')",
  );
  await expect(fillDemoQuiz({ adminUrl: other.url, now: NOW })).rejects.toMatchObject({
    code: 'quiz_not_demo',
  });
});
