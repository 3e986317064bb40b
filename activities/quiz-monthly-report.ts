import { readMonthStatistics } from '../db/quiz/month-statistics.ts';
import { readQuizShape } from '../db/quiz/shape.ts';
import { createQuizUsersReader } from '../db/quiz/users.ts';
import { type CountedMonth, dropFigures, keepFigures, keptFigures } from '../db/quiz-month-figures.ts';
import { monthBefore } from '../domain/quiz/month.ts';
import type { SendPolicy } from '../domain/sending/message.ts';
import { judgeMonths, type MonthDeps, writeMonths } from './quiz-month-plan.ts';
import { countReasons, QUIZ_HOURS, type ReasonCounts } from './quiz-recipients.ts';
import { refuseFuture } from './quiz-reminders.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Over a weekend on which nobody looked; a report of last week is no news. */
const MONTHLY_FRESH_HOURS = 72;
const ROWS_KEPT_AT_ONCE = 1_000;
const USERS_A_PAGE = 500;
/** No run lasts as long; what is older was left behind by one that was terminated. */
const LEFT_AFTER_DAYS = 8;

export type MonthlyRun =
  | {
      readonly state: 'stale';
      readonly month: string;
      readonly hoursLate: number;
      readonly freshHours: number;
    }
  | {
      readonly state: 'open';
      /** `YYYY-MM` */
      readonly month: string;
      readonly dryRun: boolean;
      readonly mailTaskQueue: string;
      readonly policy: SendPolicy;
    };

export interface PlannedMonths {
  readonly looked: number;
  readonly planned: number;
  readonly reasons: ReasonCounts;
  /** Users that were deleted in the middle of the run, some of them by number. */
  readonly gone: readonly number[];
  readonly through?: number;
}

export interface PlanMonthsInput {
  readonly asOf: string;
  readonly snapshot: string;
  readonly after: number;
  readonly userIds?: readonly number[];
  readonly batch: string;
}

/** @param open builds what planning needs; throws where the quiz is not set up */
export function createQuizMonthlyActivities(open: () => MonthDeps) {
  return {
    /** Looks whether a run may begin, and for which month. @throws SluiceError as `openReminders` */
    async openMonthlyReport({ asOf }: { readonly asOf: string }): Promise<MonthlyRun> {
      const deps = open();
      const { month } = monthBefore({ at: new Date(asOf), timezone: deps.timezone });
      const lateMs = nowOf(deps).getTime() - Date.parse(asOf);
      refuseFuture(lateMs);
      if (lateMs > MONTHLY_FRESH_HOURS * HOUR_MS) {
        return {
          state: 'stale',
          month,
          hoursLate: Math.floor(lateMs / HOUR_MS),
          freshHours: MONTHLY_FRESH_HOURS,
        };
      }
      await readQuizShape(deps.quiz);
      return {
        state: 'open',
        month,
        dryRun: deps.dryRun,
        mailTaskQueue: deps.mailTaskQueue,
        policy: { window: QUIZ_HOURS, freshHours: MONTHLY_FRESH_HOURS, uncertain: 'hold' },
      };
    },

    /**
     * Counts the month of all active users in one pass and keeps it for the pages of this run; may be repeated.
     * @returns how many users were counted
     */
    async countMonth({
      asOf,
      snapshot,
    }: {
      readonly asOf: string;
      readonly snapshot: string;
    }): Promise<{ readonly users: number }> {
      const deps = open();
      const { orm } = deps.plan.database;
      const now = nowOf(deps);
      await dropFigures(orm, {
        snapshot,
        leftBefore: new Date(now.getTime() - LEFT_AFTER_DAYS * DAY_MS),
      });
      const month = monthBefore({ at: new Date(asOf), timezone: deps.timezone });
      const shape = await readQuizShape(deps.quiz);
      let users = 0;
      let months: CountedMonth[] = [];
      for await (const one of readMonthStatistics(deps.quiz, { shape, month })) {
        months.push(one);
        users += 1;
        if (months.length < ROWS_KEPT_AT_ONCE) continue;
        await keepFigures(orm, { snapshot, months, now });
        months = [];
      }
      await keepFigures(orm, { snapshot, months, now });
      return { users };
    },

    /** Decides about a page of users and writes their reports down; may be repeated. In a dry run it only counts. */
    async planMonths({ asOf, snapshot, after, userIds, batch }: PlanMonthsInput): Promise<PlannedMonths> {
      const deps = open();
      const { orm } = deps.plan.database;
      const counted = await keptFigures(orm, { snapshot, after, limit: USERS_A_PAGE, userIds });
      const shape = await readQuizShape(deps.quiz);
      const { reports, others } = await judgeMonths(deps, {
        counted,
        month: monthBefore({ at: new Date(asOf), timezone: deps.timezone }),
        users: createQuizUsersReader(deps.quiz, shape),
      });
      if (!deps.dryRun) await writeMonths(deps, { reports, batch, dueAt: new Date(asOf) });
      const through = counted.length < USERS_A_PAGE ? undefined : counted.at(-1)?.userId;
      return {
        looked: counted.length,
        planned: reports.length,
        reasons: countReasons(others.map(({ reason }) => reason)),
        gone: others.filter(({ reason }) => reason === 'user_gone').map(({ userId }) => userId),
        ...(through === undefined ? {} : { through }),
      };
    },

    /** Deletes what this run has counted. */
    async forgetMonth({ snapshot }: { readonly snapshot: string }): Promise<void> {
      const deps = open();
      const leftBefore = new Date(nowOf(deps).getTime() - LEFT_AFTER_DAYS * DAY_MS);
      await dropFigures(deps.plan.database.orm, { snapshot, leftBefore });
    },
  };
}

export type QuizMonthlyActivities = ReturnType<typeof createQuizMonthlyActivities>;

function nowOf({ now }: MonthDeps): Date {
  return now?.() ?? new Date();
}
