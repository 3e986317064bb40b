import type { Settings } from '../../config.ts';
import { openQuiz, type QuizConnection } from '../../db/quiz/connection.ts';
import { QUIZ_TABLES } from '../../db/quiz/mapping.ts';
import { type QuizShape, readQuizShape } from '../../db/quiz/shape.ts';
import { missingForQuiz } from '../../workers/quiz-deps.ts';
import { type Check, check, type Finding, skipped } from './checks.ts';
import { databaseFailure, describeVersion } from './database-words.ts';
import { parseGrant, writingPrivileges } from './grants.ts';

const NAME = 'quiz';
const REST = ['quiz tables', 'quiz rights'];

/** The learning site of reminders and monthly reports; without one these flows are off. */
export async function quizChecks(settings: Settings): Promise<readonly Check[]> {
  const url = settings.quiz.databaseUrl;
  if (url === undefined) {
    return [
      { name: NAME, state: 'ok', found: 'not set up: no quiz reminders, no monthly reports (docs/quiz.md)' },
    ];
  }
  const quiz = openQuiz(url, { connections: 2 });
  try {
    const set = lookAtSettings(settings);
    const reached = await check(NAME, () => reach(quiz, url), {
      mend: 'Check QUIZ_DATABASE_URL and the server.',
    });
    if (reached.state === 'failed') return [reached, set, ...skipped(REST, 'the quiz does not answer')];
    return [
      reached,
      set,
      await check('quiz tables', async () => lookAtShape(await readQuizShape(quiz))),
      await check('quiz rights', () => lookAtRights(quiz, url)),
    ];
  } finally {
    // Not awaited: a server that does not answer would hold up the other checks.
    quiz.close().catch(() => undefined);
  }
}

async function reach(quiz: QuizConnection, url: string): Promise<Finding> {
  try {
    const [row] = await quiz.read<{ version: unknown }>('SELECT VERSION() AS version');
    // Ranks need window functions.
    return describeVersion({ url, version: String(row?.version), needed: { mariadb: 10.02, mysql: 8 } });
  } catch (error) {
    return databaseFailure(error, { url, setting: 'QUIZ_DATABASE_URL' });
  }
}

function lookAtSettings(settings: Settings): Check {
  const name = 'quiz settings';
  const missing = missingForQuiz(settings);
  const { timezone, reminderHour, reportDay, reportHour } = settings.quiz;
  if (missing.length === 0) {
    const found = `reminders at ${reminderHour}:00, reports on day ${reportDay} at ${reportHour}:00, ${timezone}`;
    return { name, state: 'ok', found };
  }
  return {
    name,
    state: 'failed',
    found: `${missing.join(', ')} not set: mails of the quiz cannot be made`,
    mend: 'Set them in .env (docs/quiz.md).',
  };
}

function lookAtShape({ lacks }: QuizShape): Finding {
  const found = 'readable, all that is needed is there';
  return lacks.length === 0
    ? { state: 'ok', found }
    : { state: 'ok', found: `${found}; without ${lacks.join(', ')}, which Sluice can do without` };
}

async function lookAtRights(quiz: QuizConnection, url: string): Promise<Finding> {
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  const rows = await quiz.read<Record<string, unknown>>('SHOW GRANTS');
  const grants = rows.flatMap((row) => Object.values(row).flatMap((line) => parseGrant(String(line)) ?? []));
  const writing = new Set(
    Object.values(QUIZ_TABLES).flatMap(({ table }) => writingPrivileges(grants, { database, table })),
  );
  if (writing.size === 0) return { state: 'ok', found: 'the user can read and not write' };
  return {
    state: 'warning',
    found: `the user could also write (${[...writing].sort().join(', ')}); Sluice only reads`,
    mend: `Give Sluice a user of its own: CREATE USER 'sluice'@'…' IDENTIFIED BY '…'; GRANT SELECT ON \`${database}\`.* TO 'sluice'@'…';`,
  };
}
