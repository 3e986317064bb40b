import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlannedMonths, QuizMonthlyActivities } from '../activities/quiz-monthly-report.ts';
import type { BatchCounts } from '../domain/sending/message.ts';
import { deliverBatch } from './deliver-batch.ts';
import { logicalTime } from './logical-time.ts';
import {
  addReasons,
  describeProgress,
  NO_COUNTS,
  noProgress,
  type QuizProgress,
  quizProgressQuery,
} from './quiz-progress.ts';
import { DATABASE_WORK } from './retries.ts';

export interface QuizMonthlyReportInput {
  /** Logical time, ISO 8601; the month before it is reported. Unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** Only these users of the quiz; they are ranked among all. */
  readonly userIds?: readonly number[];
  /** Where a run goes on that was continued as a new one; nobody else sets it. */
  readonly soFar?: SoFar;
}

interface SoFar {
  readonly after: number;
  readonly looked: number;
  readonly planned: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly gone: readonly number[];
}

export type QuizMonthlyReportResult =
  | { readonly state: 'stale'; readonly asOf: string; readonly month: string; readonly why: string }
  | {
      readonly state: 'done';
      readonly asOf: string;
      /** `YYYY-MM` */
      readonly month: string;
      readonly dryRun: boolean;
      readonly looked: number;
      readonly planned: number;
      readonly reasons: Readonly<Record<string, number>>;
      readonly delivery: BatchCounts;
      /** Numbers of users that were deleted in the middle of it, some of them. */
      readonly gone: readonly number[];
    };

const PAGES_A_RUN = 500;
const NAMED = 20;
const NOTHING: SoFar = { after: 0, looked: 0, planned: 0, reasons: {}, gone: [] };

const activities = proxyActivities<QuizMonthlyActivities>(DATABASE_WORK);

/**
 * Tells every user of the quiz about the calendar month before its logical time: counts all of them in one pass, writes
 * their reports page by page into the ledger, once a person and month, then sends what is there.
 */
export async function quizMonthlyReport(
  input: QuizMonthlyReportInput = {},
): Promise<QuizMonthlyReportResult> {
  const asOf = logicalTime(input.asOf);
  const { soFar: before } = input;
  let soFar = before ?? NOTHING;
  let progress = noProgress(asOf, counted(soFar));
  let what = 'Monthly reports';
  const show = (change: Partial<QuizProgress>) => {
    progress = { ...progress, ...change };
    setCurrentDetails(describeProgress(what, progress));
  };
  setHandler(quizProgressQuery, () => progress);

  const run = await activities.openMonthlyReport.executeWithOptions(
    { summary: 'Is this run still in time, is the quiz there' },
    [{ asOf }],
  );
  const { month } = run;
  what = `Reports of ${month}`;
  if (run.state === 'stale') {
    const why = `its time is ${run.hoursLate} h ago, and a monthly report is news for ${run.freshHours} h`;
    setCurrentDetails(`${what} as of ${asOf}: nothing was sent, because ${why}.`);
    return { state: 'stale', asOf, month, why };
  }

  const snapshot = workflowInfo().firstExecutionRunId;
  const batch = `monthly/${month}/${snapshot}`;
  if (before === undefined) {
    show({ step: 'counting' });
    await activities.countMonth.executeWithOptions({ summary: `Count ${month} of all users` }, [
      { asOf, snapshot },
    ]);
  }
  show({ step: 'planning' });
  for (let pages = 0; ; pages += 1) {
    if (pages === PAGES_A_RUN) return continueAsNew<typeof quizMonthlyReport>({ ...input, asOf, soFar });
    const page = await activities.planMonths.executeWithOptions(
      { summary: `Users after number ${soFar.after}` },
      [
        {
          asOf,
          snapshot,
          after: soFar.after,
          batch,
          ...(input.userIds === undefined ? {} : { userIds: input.userIds }),
        },
      ],
    );
    soFar = add(soFar, page);
    show(counted(soFar));
    if (page.through === undefined) break;
  }
  await activities.forgetMonth.executeWithOptions({ summary: 'Forget what was counted' }, [{ snapshot }]);
  let delivery: BatchCounts = NO_COUNTS;
  if (!run.dryRun && soFar.planned > 0) {
    show({ step: 'sending', open: soFar.planned, batches: [batch] });
    delivery = await deliverBatch({
      batch,
      policy: run.policy,
      mailTaskQueue: run.mailTaskQueue,
      onProgress: ({ askAgainAt, ...counts }) => show({ ...counts, waitsUntil: askAgainAt }),
    });
  }
  show({ step: 'done', waitsUntil: undefined });
  const { looked, planned, reasons, gone } = soFar;
  return { state: 'done', asOf, month, dryRun: run.dryRun, looked, planned, reasons, delivery, gone };
}

function counted({ looked, planned, reasons }: SoFar): Pick<QuizProgress, 'looked' | 'planned' | 'reasons'> {
  return { looked, planned, reasons };
}

function add(sum: SoFar, page: PlannedMonths): SoFar {
  return {
    after: page.through ?? sum.after,
    looked: sum.looked + page.looked,
    planned: sum.planned + page.planned,
    reasons: addReasons(sum.reasons, page.reasons),
    gone: [...sum.gone, ...page.gone].slice(0, NAMED),
  };
}
