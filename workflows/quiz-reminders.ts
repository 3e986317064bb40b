import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BatchProgress } from '../activities/message-batches.ts';
import type { PlannedPage, QuizReminderActivities, ReminderRun } from '../activities/quiz-reminders.ts';
import type { OwnTimeFault, ReminderGroup } from '../domain/quiz/reminder-time.ts';
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

export interface QuizRemindersInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** Unset: everyone, now (a run by hand). */
  readonly group?: ReminderGroup;
  /** Only these users of the quiz. */
  readonly userIds?: readonly number[];
  /** Where a run goes on that was continued as a new one; nobody else sets it. */
  readonly soFar?: SoFar;
}

interface SoFar {
  readonly after: number;
  readonly looked: number;
  readonly planned: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly faults: Faults;
}

type Faults = PlannedPage['faults'];

/** Counts; of users whose choice nobody understands some numbers. */
export type QuizRemindersResult =
  | {
      readonly state: 'stale';
      readonly asOf: string;
      /** Why nothing was sent. */
      readonly why: string;
    }
  | {
      readonly state: 'done';
      readonly asOf: string;
      readonly dryRun: boolean;
      readonly looked: number;
      readonly planned: number;
      readonly reasons: Readonly<Record<string, number>>;
      readonly delivery: BatchCounts;
      readonly faults: Faults;
    };

/** Three history events each; the run is continued as a new one long before the warning line. */
const PAGES_A_RUN = 500;
const NAMED = 20;
const NO_FAULTS: Faults = {
  unknown_zone: { count: 0, userIds: [] },
  unreadable_time: { count: 0, userIds: [] },
};
const NOTHING: SoFar = { after: 0, looked: 0, planned: 0, reasons: {}, faults: NO_FAULTS };

const activities = proxyActivities<QuizReminderActivities>(DATABASE_WORK);

/**
 * Reminds users of the quiz who have stayed away, as of its logical time: decides page by page and writes each reminder
 * into the ledger, once a person and local day, then sends what is there.
 */
export async function quizReminders(input: QuizRemindersInput = {}): Promise<QuizRemindersResult> {
  const asOf = logicalTime(input.asOf);
  const group = input.group ?? 'everyone';
  const { soFar: before = NOTHING } = input;
  let progress = noProgress(asOf, counted(before));
  const show = (change: Partial<QuizProgress>) => {
    progress = { ...progress, ...change };
    setCurrentDetails(describeProgress('Reminders', progress));
  };
  setHandler(quizProgressQuery, () => progress);

  const run = await activities.openReminders.executeWithOptions(
    { summary: 'Is this run still in time, is the quiz there' },
    [{ asOf }],
  );
  if (run.state === 'stale') return stale(asOf, run);

  const { firstExecutionRunId } = workflowInfo();
  const batch = `reminder/${asOf.slice(0, 16)}Z/${firstExecutionRunId}`;
  const batches = { usual: batch, quiet: `${batch}/q` };
  let soFar = before;
  show({ step: 'planning' });
  for (let pages = 0; ; pages += 1) {
    if (pages === PAGES_A_RUN) return continueAsNew<typeof quizReminders>({ ...input, asOf, soFar });
    const page = await activities.planReminders.executeWithOptions(
      { summary: `Users after number ${soFar.after}` },
      [
        {
          asOf,
          group,
          after: soFar.after,
          batches,
          ...(input.userIds === undefined ? {} : { userIds: input.userIds }),
        },
      ],
    );
    soFar = add(soFar, page);
    show(counted(soFar));
    if (page.through === undefined) break;
  }
  let delivery: BatchCounts = NO_COUNTS;
  if (!run.dryRun && soFar.planned > 0) {
    show({ step: 'sending', open: soFar.planned, batches: Object.values(batches) });
    delivery = await deliver({ run, batches, show });
  }
  show({ step: 'done', waitsUntil: undefined });
  const { looked, planned, reasons, faults } = soFar;
  return { state: 'done', asOf, dryRun: run.dryRun, looked, planned, reasons, delivery, faults };
}

/** Both batches at once: one may wait for the morning. A run that is called off leaves its mails to the next one. */
async function deliver({
  run: { mailTaskQueue, policies },
  batches,
  show,
}: {
  readonly run: Extract<ReminderRun, { state: 'open' }>;
  readonly batches: { readonly usual: string; readonly quiet: string };
  readonly show: (change: Partial<QuizProgress>) => void;
}): Promise<BatchCounts> {
  const parts = new Map<'usual' | 'quiet', BatchProgress>();
  const both = await Promise.all(
    (['usual', 'quiet'] as const).map((part) =>
      deliverBatch({
        batch: batches[part],
        policy: policies[part],
        mailTaskQueue,
        onProgress: (so) => {
          const all = [...parts.set(part, so).values()];
          if (all.length < 2) return;
          const waits = all.flatMap(({ askAgainAt }) => askAgainAt ?? []).toSorted();
          const open = all.reduce((sum, one) => sum + one.open, 0);
          show({ ...all.reduce<BatchCounts>(sumOf, NO_COUNTS), open, waitsUntil: waits[0] });
        },
      }),
    ),
  );
  return sumOf(both[0] ?? NO_COUNTS, both[1] ?? NO_COUNTS);
}

function sumOf(a: BatchCounts, b: BatchCounts): BatchCounts {
  return {
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    withheld: a.withheld + b.withheld,
    uncertain: a.uncertain + b.uncertain,
  };
}

function stale(
  asOf: string,
  { hoursLate, freshHours }: Extract<ReminderRun, { state: 'stale' }>,
): QuizRemindersResult {
  const why = `its time is ${hoursLate} h ago, and a reminder is news for ${freshHours} h`;
  setCurrentDetails(`Reminders as of ${asOf}: nothing was sent, because ${why}.`);
  return { state: 'stale', asOf, why };
}

function counted({ looked, planned, reasons }: SoFar): Pick<QuizProgress, 'looked' | 'planned' | 'reasons'> {
  return { looked, planned, reasons };
}

function add(sum: SoFar, page: PlannedPage): SoFar {
  const fault = (name: OwnTimeFault) => ({
    count: sum.faults[name].count + page.faults[name].count,
    userIds: [...sum.faults[name].userIds, ...page.faults[name].userIds].slice(0, NAMED),
  });
  return {
    after: page.through ?? sum.after,
    looked: sum.looked + page.looked,
    planned: sum.planned + page.planned,
    reasons: addReasons(sum.reasons, page.reasons),
    faults: { unknown_zone: fault('unknown_zone'), unreadable_time: fault('unreadable_time') },
  };
}
