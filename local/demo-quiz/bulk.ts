import type { Connection } from 'mysql2/promise';
import { naiveUtc } from '../demo-site/rows.ts';

export interface BulkQuiz {
  readonly users: number;
  readonly quizzes: number;
  readonly scores: number;
  /** UTC; attempts lie in [from, to). */
  readonly from: Date;
  readonly to: Date;
  readonly onRows?: (done: number, total: number) => void;
}

/** Rows of one INSERT … SELECT. */
const STEP = 100_000;

/**
 * Fills a schema just created by `createQuizSchema` with as much as a benchmark wants, made by the database itself; every
 * run makes the same rows. Everybody was last there a month before `to`.
 */
export async function bulkQuiz(
  connection: Connection,
  { users, quizzes, scores, from, to, onRows }: BulkQuiz,
): Promise<void> {
  const seconds = Math.floor((to.getTime() - from.getTime()) / 1000);
  await connection.query("INSERT INTO subjects (id, name) VALUES (1, 'Mathematics')");
  await connection.query("INSERT INTO chapters (id, subject_id, name) VALUES (1, 1, 'Algebra')");
  for (const step of steps(quizzes)) {
    await connection.query(
      `INSERT INTO quizzes (id, chapter_id, name, is_active, created_at)
       SELECT 1 + n, 1, CONCAT('Quiz ', 1 + n), 1, DATE_ADD(?, INTERVAL n HOUR) FROM (${numbers()}) x WHERE n < ? ORDER BY n`,
      [naiveUtc(from), ...range(step)],
    );
  }
  for (const step of steps(users)) {
    await connection.query(
      `INSERT INTO users (id, email, username, last_login, registration_date)
       SELECT 1 + n, CONCAT('learner', 1 + n, '@example.com'), CONCAT('learner', 1 + n),
         DATE_SUB(?, INTERVAL 30 DAY), DATE_SUB(?, INTERVAL 300 DAY) FROM (${numbers()}) x WHERE n < ? ORDER BY n`,
      [naiveUtc(to), naiveUtc(to), ...range(step)],
    );
  }
  // Sorted in once at the end, which is several times as quick.
  await connection.query('ALTER TABLE scores DROP KEY idx_user_time');
  for (const step of steps(scores)) {
    await connection.query(
      `INSERT INTO scores (user_id, quiz_id, time_stamp_of_attempt, total_scored, total_possible_score, time_taken, percentage, passed)
       SELECT 1 + CRC32(CONCAT('u', n)) % ?, 1 + CRC32(CONCAT('q', n)) % ?,
         DATE_ADD(?, INTERVAL CRC32(CONCAT('t', n)) % ? SECOND), 0, 20, CRC32(CONCAT('s', n)) % 900,
         IF(n % 97 = 0, NULL, (CRC32(CONCAT('p', n)) % 10001) / 100), CRC32(CONCAT('p', n)) % 10001 >= 6000
       FROM (${numbers()}) x WHERE n < ? ORDER BY n`,
      [users, quizzes, naiveUtc(from), seconds, ...range(step)],
    );
    onRows?.(step.offset + step.count, scores);
  }
  await connection.query('ALTER TABLE scores ADD KEY idx_user_time (user_id, time_stamp_of_attempt)');
}

/** The numbers from `?` to `?` + 99,999. MariaDB's sequence engine would be shorter, but MySQL has none. */
function numbers(): string {
  const digits = Array.from(
    { length: 10 },
    (_, digit) => `SELECT ${digit}${digit === 0 ? ' AS d' : ''}`,
  ).join(' UNION ALL ');
  return `SELECT ? + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
          FROM (${digits}) a, (${digits}) b, (${digits}) c, (${digits}) e, (${digits}) f`;
}

function* steps(total: number): Generator<{ readonly offset: number; readonly count: number }> {
  for (let offset = 0; offset < total; offset += STEP)
    yield { offset, count: Math.min(STEP, total - offset) };
}

/** What `numbers` and its bound are filled with. */
function range({
  offset,
  count,
}: {
  readonly offset: number;
  readonly count: number;
}): readonly [number, number] {
  return [offset, offset + count];
}
