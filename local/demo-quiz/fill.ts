import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { SluiceError } from '../../domain/errors.ts';
import { inventPeople } from '../demo-site/people.ts';
import { seededRandom } from '../demo-site/random.ts';
import { naiveUtc } from '../demo-site/rows.ts';
import { SUBJECTS } from './catalogue.ts';
import { type DemoLearner, type DemoScore, demoLearner } from './learners.ts';
import { createQuizSchema } from './schema.ts';

const DEMO_USERS = 500;
const DAY_MS = 86_400_000;
const ROWS_A_STATEMENT = 2_000;

export interface DemoQuizSize {
  readonly users: number;
  readonly quizzes: number;
  readonly scores: number;
}

/**
 * Makes the database a demo learning site: 500 invented people, 40 quizzes, six months of scores up to `now`. The people
 * are always the same; what they did is the same for the same `now`. All or nothing; one that is filled already stays.
 * @param adminUrl mysql://user:password@host:port/database, with the right to create tables
 * @throws SluiceError `quiz_not_demo` if the database holds a learning site that this function did not make
 */
export async function fillDemoQuiz({
  adminUrl,
  now,
  users = DEMO_USERS,
}: {
  readonly adminUrl: string;
  readonly now: Date;
  readonly users?: number;
}): Promise<DemoQuizSize & { readonly filled: boolean }> {
  const connection = await createConnection({ uri: adminUrl });
  try {
    // Two starts at once: the second waits and finds it filled. The lock ends with the connection.
    await connection.query("SELECT GET_LOCK(CONCAT('demo_quiz:', MD5(DATABASE())), 60)");
    await createQuizSchema(connection);
    await connection.query(
      `CREATE TABLE IF NOT EXISTS demo_quiz_fill
         (users INT NOT NULL, quizzes INT NOT NULL, scores INT NOT NULL, filled_at DATETIME NOT NULL) ENGINE=InnoDB`,
    );
    const [[earlier]] = await connection.query<(RowDataPacket & DemoQuizSize)[]>(
      'SELECT users, quizzes, scores FROM demo_quiz_fill LIMIT 1',
    );
    if (earlier !== undefined) {
      return { users: earlier.users, quizzes: earlier.quizzes, scores: earlier.scores, filled: false };
    }
    await refuseStrangers(connection);
    await connection.beginTransaction();
    const quizzes = await insertQuizzes(connection, now);
    const learners = demoLearners({ now, users, quizzes });
    await insertLearners(connection, learners);
    const size = { users, quizzes, scores: learners.reduce((sum, one) => sum + one.scores.length, 0) };
    await connection.query('INSERT INTO demo_quiz_fill VALUES (?, ?, ?, UTC_TIMESTAMP())', [
      size.users,
      size.quizzes,
      size.scores,
    ]);
    await connection.commit();
    return { ...size, filled: true };
  } finally {
    await connection.end();
  }
}

function demoLearners({
  now,
  users,
  quizzes,
}: {
  readonly now: Date;
  readonly users: number;
  readonly quizzes: number;
}): readonly DemoLearner[] {
  const random = seededRandom(20_250_301);
  const second = new Date(Math.floor(now.getTime() / 1000) * 1000);
  return inventPeople({ random, count: users, taken: [] }).map((person, index) =>
    demoLearner({ random, person, number: index + 1, now: second, quizzes }),
  );
}

/** Quizzes came one by one over a year; the newest a few days ago. Two are not offered any more. */
async function insertQuizzes(connection: Connection, now: Date): Promise<number> {
  const rows: unknown[][] = [];
  const chapters: unknown[][] = [];
  for (const [index, [, parts]] of SUBJECTS.entries()) {
    for (const [chapter, names] of parts) {
      chapters.push([chapters.length + 1, index + 1, chapter]);
      for (const name of names) rows.push([rows.length + 1, chapters.length, name]);
    }
  }
  await connection.query('INSERT INTO subjects (id, name) VALUES ?', [
    SUBJECTS.map(([name], index) => [index + 1, name]),
  ]);
  await connection.query('INSERT INTO chapters (id, subject_id, name) VALUES ?', [chapters]);
  await connection.query(
    'INSERT INTO quizzes (id, chapter_id, name, is_active, passing_score, created_at) VALUES ?',
    [
      rows.map((row, index) => {
        // Spread over the subjects, so that the newest are not all of one.
        const age = 3 + ((index * 17) % rows.length) * 9;
        const created = new Date(now.getTime() - age * DAY_MS);
        return [...row, index % 19 === 11 ? 0 : 1, 60, naiveUtc(created)];
      }),
    ],
  );
  return rows.length;
}

async function insertLearners(connection: Connection, learners: readonly DemoLearner[]): Promise<void> {
  await insert(
    connection,
    'users (id, email, username, is_admin, is_active, last_login, registration_date, email_preferences, timezone)',
    learners.map((one) => [
      one.id,
      one.email,
      one.username,
      one.isAdmin ? 1 : 0,
      one.isActive ? 1 : 0,
      one.lastLogin === undefined ? null : naiveUtc(one.lastLogin),
      naiveUtc(one.registeredAt),
      one.emailPreferences,
      one.timezone,
    ]),
  );
  await insert(
    connection,
    'user_preferences (user_id, daily_reminders, monthly_reports, email_notifications, reminder_time)',
    learners.flatMap(({ id, preferences }) => (preferences === undefined ? [] : [[id, ...preferences]])),
  );
  await insert(
    connection,
    'scores (user_id, quiz_id, time_stamp_of_attempt, total_scored, total_possible_score, time_taken, percentage, passed)',
    learners
      .flatMap(({ id, scores }) => scores.map((score) => ({ id, ...score })))
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .map((score: DemoScore & { readonly id: number }) => [
        score.id,
        score.quizId,
        naiveUtc(score.at),
        score.scored,
        score.possible,
        score.seconds,
        score.percentage,
        score.passed === undefined ? null : score.passed ? 1 : 0,
      ]),
  );
}

async function insert(
  connection: Connection,
  into: string,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    await connection.query(`INSERT INTO ${into} VALUES ?`, [rows.slice(from, from + ROWS_A_STATEMENT)]);
  }
}

async function refuseStrangers(connection: Connection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT 1 FROM users LIMIT 1');
  if (rows.length > 0) {
    throw new SluiceError("the database for the demo learning site holds users that are not the demo's", {
      code: 'quiz_not_demo',
      hint: 'Name an empty database for it; a real one is never filled.',
    });
  }
}
