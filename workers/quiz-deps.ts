import type { MonthDeps } from '../activities/quiz-month-plan.ts';
import { createQuizMonthlyActivities } from '../activities/quiz-monthly-report.ts';
import type { ReminderDeps } from '../activities/quiz-reminder-plan.ts';
import { createQuizReminderActivities } from '../activities/quiz-reminders.ts';
import type { SettingName, Settings } from '../config.ts';
import type { Database } from '../db/pool.ts';
import { openQuiz } from '../db/quiz/connection.ts';
import { SluiceError } from '../domain/errors.ts';
import { chartUrl } from '../mail/chart-links.ts';
import type { Templates } from '../mail/templates.ts';
import { createPlanDeps } from './mail-deps.ts';
import { mailTaskQueue } from './task-queues.ts';

export interface QuizInput {
  readonly settings: Settings;
  readonly database: Database;
  readonly templates: Templates;
}

/** Settings without which no mail of the quiz can be made, and that are not set; none where there is no quiz. */
export function missingForQuiz({ quiz, secret, gateway }: Settings): readonly SettingName[] {
  if (quiz.databaseUrl === undefined) return [];
  const needed: readonly (readonly [SettingName, string | undefined])[] = [
    ['QUIZ_BASE_URL', quiz.baseUrl],
    ['SLUICE_SECRET', secret],
    ['PUBLIC_URL', gateway.publicUrl],
  ];
  return needed.filter(([, value]) => value === undefined).map(([name]) => name);
}

export interface QuizPlanning {
  /** @throws SluiceError `quiz_off`, `quiz_settings_missing` */
  open(): ReminderDeps & MonthDeps;
  close(): Promise<void>;
}

/** What planning mails of the quiz needs; nothing is connected before it is asked for. */
export function createQuizPlanning({ settings, database, templates }: QuizInput): QuizPlanning {
  const { quiz: own, contactTimezone, dryRun, temporal } = settings;
  const quiz = own.databaseUrl === undefined ? undefined : openQuiz(own.databaseUrl);
  let deps: (ReminderDeps & MonthDeps) | undefined;

  function make(): ReminderDeps & MonthDeps {
    if (quiz === undefined) {
      throw new SluiceError(
        'QUIZ_DATABASE_URL is not set: there are no quiz reminders and no monthly reports',
        {
          code: 'quiz_off',
          hint: 'Set it to a QuizMaster database (docs/quiz.md), or start the local stack, which brings one: npm start.',
        },
      );
    }
    const missing = missingForQuiz(settings);
    const { publicUrl } = settings.gateway;
    const { secret } = settings;
    const { baseUrl } = own;
    if (baseUrl === undefined || secret === undefined || publicUrl === undefined) {
      throw new SluiceError(`${missing.join(', ')} not set: mails of the quiz cannot be made`, {
        code: 'quiz_settings_missing',
        hint: 'Set them for all workers and for this command (docs/quiz.md).',
      });
    }
    return {
      plan: createPlanDeps({ settings, database, templates }),
      quiz,
      baseUrl,
      timezone: own.timezone,
      contactTimezone,
      mailTaskQueue: mailTaskQueue(temporal.taskQueue),
      reminderHour: own.reminderHour,
      inactiveDays: own.inactiveDays,
      mostInARow: own.mostInARow,
      chartUrl: (chart) => chartUrl({ publicUrl, secret, chart }),
      dryRun,
    };
  }

  return {
    open: () => (deps ??= make()),
    close: async () => quiz?.close(),
  };
}

export function createQuizActivities({ open }: Pick<QuizPlanning, 'open'>) {
  return { ...createQuizReminderActivities(open), ...createQuizMonthlyActivities(open) };
}
