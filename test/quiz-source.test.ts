import { createConnection } from 'mysql2/promise';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openQuiz } from '../db/quiz/connection.ts';
import { readMonthStatistics, type UserMonth } from '../db/quiz/month-statistics.ts';
import { createOffersReader } from '../db/quiz/offers.ts';
import { readQuizShape } from '../db/quiz/shape.ts';
import { createQuizUsersReader } from '../db/quiz/users.ts';
import { type Attempt, figuresOf, type MonthFigures, ranksOf, sumAttempts } from '../domain/quiz/figures.ts';
import { monthBefore, type ReportMonth } from '../domain/quiz/month.ts';
import { createQuizSchema } from '../local/demo-quiz/schema.ts';
import { seededRandom } from '../local/demo-site/random.ts';
import { createDatabase } from './support/servers.ts';

async function openSource() {
  const database = await createDatabase('quiz');
  const admin = await createConnection({ uri: database.url });
  await createQuizSchema(admin);
  const quiz = openQuiz(database.url);
  onTestFinished(async () => {
    await Promise.all([admin.end(), quiz.close()]);
    await database.drop();
  });
  return { admin, quiz };
}

type Source = Awaited<ReturnType<typeof openSource>>;

async function statistics({ quiz }: Source, month: ReportMonth): Promise<readonly UserMonth[]> {
  const shape = await readQuizShape(quiz);
  const found: UserMonth[] = [];
  for await (const one of readMonthStatistics(quiz, { shape, month })) found.push(one);
  return found;
}

describe('statistics in SQL', () => {
  it('count what the vectors say: half-open months, NULL left out, one decimal half up, shared ranks', async () => {
    const source = await openSource();
    await source.admin.query(
      `INSERT INTO users (id, email, username, is_admin, is_active, registration_date) VALUES
        (1, 'a@example.com', 'a', 0, 1, '2024-01-01'), (2, 'b@example.com', 'b', 0, 1, '2024-01-01'),
        (3, 'c@example.com', 'c', 0, 1, '2024-01-01'), (4, 'd@example.com', 'd', 1, 1, '2024-01-01'),
        (5, 'e@example.com', 'e', 0, 0, '2024-01-01'), (6, 'f@example.com', 'f', 0, 1, '2024-01-01')`,
    );
    await source.admin.query(
      `INSERT INTO scores (user_id, quiz_id, time_stamp_of_attempt, time_taken, percentage, passed) VALUES
        (1, 1, '2025-01-31 23:59:59.999', 60, 10, 0), (1, 1, '2025-02-01 00:00:00', 60, 50, 0),
        (1, 1, '2025-02-28 23:59:59', 45, 75.5, 1), (1, 1, '2025-02-14', NULL, 100, 1),
        (1, 1, '2025-02-15', NULL, NULL, NULL), (1, 1, '2025-03-01 00:00:00', 60, 0, 0),
        (2, 1, '2025-02-10', 90, 99, 1), (3, 1, '2025-02-10', 90, 75.5, 1), (3, 1, '2025-02-11', 90, 50, 0),
        (3, 1, '2025-02-12', 90, 100, 1), (4, 1, '2025-02-10', 90, 100, 1), (5, 1, '2025-02-10', 90, 100, 1)`,
    );
    const month = monthBefore({ at: new Date('2025-03-01T09:00:00Z'), timezone: 'UTC' });
    const found = new Map((await statistics(source, month)).map(({ userId, figures }) => [userId, figures]));
    expect([...found.keys()]).toEqual([1, 2, 3, 4, 6]);
    expect(found.get(1)).toEqual({
      attempts: 4,
      mean: 75.2,
      best: 100,
      passed: 2,
      passRate: 50,
      minutes: 2,
      band: 'good',
      meanChange: 65.2,
      attemptsBefore: 1,
      rank: { place: 2, of: 3 },
      means: [null, null, null, null, 10, 75.2],
    } satisfies MonthFigures);
    expect(found.get(2)?.rank).toEqual({ place: 1, of: 3 });
    expect(found.get(3)?.rank).toEqual({ place: 2, of: 3 });
    expect(found.get(4)).toMatchObject({ attempts: 1, rank: null });
    expect(found.get(6)).toMatchObject({ attempts: 0, mean: null, band: 'none', rank: null });
  });

  it('is what the rules say, for random attempts of random people', async () => {
    const source = await openSource();
    const random = seededRandom(20_250_301);
    const month = monthBefore({ at: new Date('2025-04-17T09:00:00Z'), timezone: 'Europe/Berlin' });
    const [first = 0, last = 0] = [month.bounds[0], month.bounds.at(-1)];
    const people = Array.from({ length: 120 }, (_, index) => ({
      id: index + 1,
      isAdmin: random() < 0.1,
      isActive: random() < 0.9,
      // Few different values, so that there are ties.
      attempts: Array.from({ length: Math.floor(random() * 14) }, (): Attempt => {
        const nearBound = month.bounds[Math.floor(random() * month.bounds.length)] ?? first;
        const at =
          random() < 0.3
            ? nearBound + Math.floor(random() * 3) - 1
            : first + Math.floor(random() * (last - first) * 1.1) - 1e9;
        const percentage =
          random() < 0.1
            ? null
            : random() < 0.5
              ? Math.floor(random() * 5) * 25
              : (Math.floor(random() * 21) / 20) * 100;
        return {
          at,
          percentage,
          passed: random() < 0.5,
          taken: random() < 0.2 ? null : Math.floor(random() * 900),
        };
      }),
    }));
    await source.admin.query(
      'INSERT INTO users (id, email, username, is_admin, is_active, registration_date) VALUES ?',
      [
        people.map(({ id, isAdmin, isActive }) => [
          id,
          `p${id}@example.com`,
          `p${id}`,
          isAdmin,
          isActive,
          '2024-01-01',
        ]),
      ],
    );
    await source.admin.query(
      'INSERT INTO scores (user_id, quiz_id, time_stamp_of_attempt, percentage, passed, time_taken) VALUES ?',
      [
        people.flatMap(({ id, attempts }) =>
          attempts.map(({ at, percentage, passed, taken }) => [
            id,
            1,
            new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
            percentage,
            passed,
            taken,
          ]),
        ),
      ],
    );
    const sums = (attempts: readonly Attempt[], index: number) =>
      sumAttempts(attempts, { from: month.bounds[index] ?? 0, to: month.bounds[index + 1] ?? 0 });
    const ranked = people.filter((one) => one.isActive && !one.isAdmin && sums(one.attempts, 5).attempts > 0);
    const places = ranksOf(ranked.map(({ attempts }) => sums(attempts, 5)));
    const expected = people
      .filter(({ isActive }) => isActive)
      .map((one) => {
        const place = places[ranked.indexOf(one)];
        return {
          userId: one.id,
          figures: figuresOf({
            sums: sums(one.attempts, 5),
            earlier: [0, 1, 2, 3, 4].map((index) => sums(one.attempts, index)),
            rank: place === undefined ? null : { place, of: ranked.length },
          }),
        };
      });
    expect(await statistics(source, month)).toEqual(expected);
    expect(new Set(places).size).toBeLessThan(places.length);
  });
});

describe('a quiz database', () => {
  it('may lack what is optional', async () => {
    const source = await openSource();
    await source.admin.query('DROP TABLE user_preferences');
    await source.admin.query('ALTER TABLE users DROP COLUMN timezone, DROP COLUMN email_preferences');
    await source.admin.query('ALTER TABLE quizzes DROP COLUMN created_at');
    await source.admin.query('ALTER TABLE scores DROP COLUMN time_taken');
    await source.admin.query(
      "INSERT INTO users (id, email, username, registration_date) VALUES (1, 'a@example.com', 'a', '2024-01-01')",
    );
    await source.admin.query(
      "INSERT INTO quizzes (id, chapter_id, name) VALUES (1, 9, 'Old'), (2, 9, 'New')",
    );
    await source.admin.query(
      "INSERT INTO scores (user_id, quiz_id, time_stamp_of_attempt, percentage, passed) VALUES (1, 1, '2025-02-10', 80, 1)",
    );
    const shape = await readQuizShape(source.quiz);
    expect(shape.lacks).toEqual([
      'column users.email_preferences',
      'column users.timezone',
      'table user_preferences',
      'column quizzes.created_at',
      'column scores.time_taken',
    ]);
    const { users } = await createQuizUsersReader(source.quiz, shape).page({
      wanted: { kind: 'all' },
      after: 0,
      limit: 9,
    });
    expect(users).toEqual([
      {
        id: 1,
        email: 'a@example.com',
        name: 'a',
        isActive: true,
        isAdmin: false,
        lastLoginAt: undefined,
        registeredAt: Date.parse('2024-01-01T00:00:00Z'),
        timezone: null,
        reminderTime: null,
        wantsReminders: true,
        wantsReports: true,
      },
    ]);
    const offers = createOffersReader(source.quiz, shape);
    expect((await offers.active()).map(({ name, place }) => [name, place])).toEqual([
      ['New', ''],
      ['Old', ''],
    ]);
    expect(await offers.attempted([1])).toEqual(new Map([[1, new Set([1])]]));
    const month = monthBefore({ at: new Date('2025-03-01T09:00:00Z'), timezone: 'UTC' });
    expect((await statistics(source, month))[0]?.figures).toMatchObject({
      attempts: 1,
      mean: 80,
      minutes: 0,
    });
  });

  it('without what is needed is one clear error that names all of it', async () => {
    const source = await openSource();
    await source.admin.query('DROP TABLE chapters');
    await source.admin.query('ALTER TABLE users RENAME COLUMN last_login TO seen');
    await expect(readQuizShape(source.quiz)).rejects.toMatchObject({
      code: 'quiz_schema',
      sort: 'stop',
      message:
        'the quiz database has no column users.last_login, table chapters, or its user may not read them',
    });
  });

  it('is never written to', async () => {
    const { quiz } = await openSource();
    await expect(quiz.read("INSERT INTO subjects (name) VALUES ('x')")).rejects.toThrow('READ ONLY');
    const stream = quiz.stream("INSERT INTO subjects (name) VALUES ('x')");
    await expect(stream.next()).rejects.toThrow('READ ONLY');
    await expect(quiz.read('CREATE TABLE x (id INT)')).rejects.toThrow('READ ONLY');
    expect(await quiz.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('counts opt-outs of either table, and zero dates as never', async () => {
    const source = await openSource();
    await source.admin.query("SET SESSION sql_mode = ''");
    await source.admin.query(
      `INSERT INTO users (id, email, username, registration_date, email_preferences, last_login, timezone) VALUES
        (1, 'a@example.com', 'a', '2024-01-01', 'disabled', '0000-00-00 00:00:00', 'Europe/Berlin'),
        (2, 'b@example.com', 'b', '2024-01-01', 'enabled', '2025-02-01 10:00:00.250', ''),
        (3, 'c@example.com', 'c', '2024-01-01', 'enabled', NULL, NULL), (4, 'd@example.com', 'd', '2024-01-01', ' Disabled ', NULL, NULL)`,
    );
    await source.admin.query(
      "INSERT INTO user_preferences VALUES (2, 0, 1, 1, '18:30:00'), (3, 1, 1, 0, NULL)",
    );
    const reader = createQuizUsersReader(source.quiz, await readQuizShape(source.quiz));
    const { users } = await reader.page({ wanted: { kind: 'all' }, after: 0, limit: 2 });
    const rest = await reader.page({ wanted: { kind: 'all' }, after: 2, limit: 9 });
    expect(
      [...users, ...rest.users].map((one) => [one.id, one.wantsReminders, one.wantsReports, one.lastLoginAt]),
    ).toEqual([
      [1, false, false, undefined],
      [2, false, true, Date.parse('2025-02-01T10:00:00.250Z')],
      [3, false, false, undefined],
      [4, false, false, undefined],
    ]);
    const own = await reader.page({ wanted: { kind: 'with_own_time' }, after: 0, limit: 9 });
    expect(own.users.map(({ id, timezone, reminderTime }) => [id, timezone, reminderTime])).toEqual([
      [1, 'Europe/Berlin', null],
      [2, '', '18:30:00'],
    ]);
    expect(await reader.idsOfAddress('b@example.com')).toEqual([2]);
  });
});
