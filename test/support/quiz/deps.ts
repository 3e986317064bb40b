import type { MonthDeps } from '../../../activities/quiz-month-plan.ts';
import type { ReminderDeps } from '../../../activities/quiz-reminder-plan.ts';
import type { Database } from '../../../db/pool.ts';
import type { QuizConnection } from '../../../db/quiz/connection.ts';
import { chartUrl } from '../../../mail/chart-links.ts';
import { loadTemplates, SHIPPED_TEMPLATES } from '../../../mail/templates.ts';
import { hashOf } from '../mail-deps.ts';

/** What planning needs, as a worker makes it. */
export function quizDeps({
  database,
  quiz,
  taskQueue,
  clock,
}: {
  readonly database: Database;
  readonly quiz: QuizConnection;
  readonly taskQueue: string;
  readonly clock: { readonly now: Date };
}): ReminderDeps & MonthDeps {
  return {
    plan: { database, templates: loadTemplates(SHIPPED_TEMPLATES), hashAddress: hashOf },
    quiz,
    baseUrl: 'https://quiz.example.org',
    timezone: 'UTC',
    contactTimezone: 'UTC',
    mailTaskQueue: `${taskQueue}-mail`,
    reminderHour: 18,
    inactiveDays: 2,
    mostInARow: 3,
    chartUrl: (chart) =>
      chartUrl({
        publicUrl: 'https://events.example.org',
        secret: 'a secret of the tests, long enough',
        chart,
      }),
    dryRun: false,
    now: () => clock.now,
  };
}
