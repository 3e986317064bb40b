import { createOffersReader } from '../db/quiz/offers.ts';
import { readQuizShape } from '../db/quiz/shape.ts';
import { createQuizUsersReader } from '../db/quiz/users.ts';
import { SluiceError } from '../domain/errors.ts';
import type { OwnTimeFault, ReminderGroup } from '../domain/quiz/reminder-time.ts';
import type { SendPolicy } from '../domain/sending/message.ts';
import { countReasons, QUIZ_HOURS, type ReasonCounts } from './quiz-recipients.ts';
import {
  judgeReminders,
  type ReminderBatches,
  type ReminderDeps,
  type ReminderPage,
  writeReminders,
} from './quiz-reminder-plan.ts';

const HOUR_MS = 3_600_000;
/** A reminder is for its day. */
const REMINDER_FRESH_HOURS = 24;
/** Who wants it at an hour at which others sleep does not want it hours later. */
const QUIET_FRESH_HOURS = 2;
/** Clocks of two machines differ. */
const AHEAD_MS = 60_000;

/** How a run goes about it. */
export type ReminderRun =
  /** Too late for its time: nothing is planned or sent. */
  | { readonly state: 'stale'; readonly hoursLate: number; readonly freshHours: number }
  | {
      readonly state: 'open';
      readonly dryRun: boolean;
      readonly mailTaskQueue: string;
      readonly policies: { readonly usual: SendPolicy; readonly quiet: SendPolicy };
    };

export interface PlannedPage {
  readonly looked: number;
  readonly planned: number;
  readonly reasons: ReasonCounts;
  /** Users whose choice is not understood, some of them by number. */
  readonly faults: Readonly<
    Record<OwnTimeFault, { readonly count: number; readonly userIds: readonly number[] }>
  >;
  readonly through?: number;
}

export interface PlanRemindersInput {
  readonly asOf: string;
  readonly group: ReminderGroup;
  readonly userIds?: readonly number[];
  readonly after: number;
  readonly batches: ReminderBatches;
}

/** @param open builds what planning needs; throws where the quiz is not set up */
export function createQuizReminderActivities(open: () => ReminderDeps) {
  return {
    /**
     * Looks whether a run may begin.
     * @throws SluiceError `quiz_off`, `quiz_schema`; `as_of_ahead` for a time that has not come
     */
    async openReminders({ asOf }: { readonly asOf: string }): Promise<ReminderRun> {
      const deps = open();
      const { quiz, dryRun, mailTaskQueue } = deps;
      const lateMs = (deps.now?.() ?? new Date()).getTime() - Date.parse(asOf);
      refuseFuture(lateMs);
      if (lateMs > REMINDER_FRESH_HOURS * HOUR_MS) {
        return {
          state: 'stale',
          hoursLate: Math.floor(lateMs / HOUR_MS),
          freshHours: REMINDER_FRESH_HOURS,
        };
      }
      await readQuizShape(quiz);
      return {
        state: 'open',
        dryRun,
        mailTaskQueue,
        policies: {
          usual: { window: QUIZ_HOURS, freshHours: REMINDER_FRESH_HOURS, uncertain: 'hold' },
          quiet: { freshHours: QUIET_FRESH_HOURS, uncertain: 'hold' },
        },
      };
    },

    /** Decides about a page of users and writes their reminders down; may be repeated. In a dry run it only counts. */
    async planReminders({ asOf, batches, ...input }: PlanRemindersInput): Promise<PlannedPage> {
      const deps = open();
      const shape = await readQuizShape(deps.quiz);
      const page = await judgeReminders(deps, {
        group: input.group,
        userIds: input.userIds,
        after: input.after,
        asOf: new Date(asOf),
        users: createQuizUsersReader(deps.quiz, shape),
        offers: createOffersReader(deps.quiz, shape),
      });
      const late = deps.dryRun ? [] : await writeReminders(deps, { reminders: page.reminders, batches });
      return {
        looked: page.reminders.length + page.others.length,
        planned: page.reminders.length - late.length,
        reasons: countReasons([
          ...page.others.map(({ reason }) => reason),
          ...late.map(() => 'reminded_today'),
        ]),
        faults: { unknown_zone: of(page, 'unknown_zone'), unreadable_time: of(page, 'unreadable_time') },
        ...(page.through === undefined ? {} : { through: page.through }),
      };
    },
  };
}

export type QuizReminderActivities = ReturnType<typeof createQuizReminderActivities>;

const NAMED = 20;

function of({ faults }: ReminderPage, fault: OwnTimeFault) {
  const userIds = faults.filter((one) => one.fault === fault).map(({ userId }) => userId);
  return { count: userIds.length, userIds: userIds.slice(0, NAMED) };
}

/** @throws SluiceError `as_of_ahead` */
export function refuseFuture(lateMs: number): void {
  if (lateMs >= -AHEAD_MS) return;
  throw new SluiceError('the time as of which this run was to work has not come yet', {
    code: 'as_of_ahead',
    hint: 'Look ahead with --dry-run; mails go out as of now or of the last hours.',
  });
}
