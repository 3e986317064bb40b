import { index, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { document, moment, serial, sourceId, word } from './columns.ts';

/**
 * What one run of the monthly report counted for each user, in one pass, so that all its pages tell of the same moment and
 * the same ranking. Deleted when the run ends.
 */
export const quizMonthFigures = mysqlTable(
  'quiz_month_figures',
  {
    id: serial('id'),
    /** Of the run: its workflow's first run id. */
    snapshot: word('snapshot', { length: 64 }).notNull(),
    /** `users.id` of the quiz database. */
    userId: sourceId('user_id').notNull(),
    /** MonthFigures (domain/quiz/figures.ts), JSON. */
    figures: document('figures').notNull(),
    countedAt: moment('counted_at').notNull(),
  },
  (t) => [
    uniqueIndex('quiz_month_figures_user').on(t.snapshot, t.userId),
    index('quiz_month_figures_age').on(t.countedAt),
    index('quiz_month_figures_person').on(t.userId),
  ],
);
