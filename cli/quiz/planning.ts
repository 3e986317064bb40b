import type { MonthDeps } from '../../activities/quiz-month-plan.ts';
import type { ReminderDeps } from '../../activities/quiz-reminder-plan.ts';
import type { Settings } from '../../config.ts';
import { createOffersReader, type OffersReader } from '../../db/quiz/offers.ts';
import { type QuizShape, readQuizShape } from '../../db/quiz/shape.ts';
import { createQuizUsersReader, type QuizUsersReader } from '../../db/quiz/users.ts';
import { SluiceError } from '../../domain/errors.ts';
import { mailTemplates } from '../../workers/mail-deps.ts';
import { createQuizPlanning } from '../../workers/quiz-deps.ts';
import { withDatabase } from '../context.ts';
import { visibleText } from '../visible-text.ts';

/** What a command needs that plans as the flows do, and writes nothing. */
export interface QuizDesk {
  readonly deps: ReminderDeps & MonthDeps;
  readonly shape: QuizShape;
  readonly users: QuizUsersReader;
  readonly offers: OffersReader;
}

/** @throws SluiceError `quiz_off`, `quiz_settings_missing`, `quiz_schema`, `quiz_unreachable` */
export function withQuiz<T>(settings: Settings, work: (desk: QuizDesk) => Promise<T>): Promise<T> {
  return withDatabase(settings, async (database) => {
    const planning = createQuizPlanning({ settings, database, templates: mailTemplates(settings) });
    try {
      const deps = planning.open();
      const shape = await readQuizShape(deps.quiz).catch((error: unknown) => {
        throw unreachable(error);
      });
      return await work({
        deps,
        shape,
        users: createQuizUsersReader(deps.quiz, shape),
        offers: createOffersReader(deps.quiz, shape),
      });
    } finally {
      await planning.close();
    }
  });
}

function unreachable(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (error instanceof SluiceError || typeof code !== 'string') return error;
  return new SluiceError(`the quiz database answered ${code}`, {
    code: 'quiz_unreachable',
    hint: 'Check QUIZ_DATABASE_URL and the server; sluice doctor says more.',
    cause: error,
  });
}

/** Numbers of the users with an address; undefined: all users. @throws SluiceError `quiz_user_unknown` */
export async function userIdsOf(
  { users }: Pick<QuizDesk, 'users'>,
  only: string | undefined,
): Promise<readonly number[] | undefined> {
  if (only === undefined) return undefined;
  const ids = await users.idsOfAddress(only);
  if (ids.length > 0) return ids;
  throw new SluiceError(`nobody at the quiz has the address ${visibleText(only, { most: 254 })}`, {
    code: 'quiz_user_unknown',
    hint: 'Correct --only.',
  });
}
