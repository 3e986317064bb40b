import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BrevoDeliveryActivities } from '../activities/brevo-delivery.ts';
import type { FunnelSyncActivities, IntakeCursor, IntakePlan, RunCounts } from '../activities/funnel-sync.ts';
import type { FunnelSyncPlanActivities, PlanCounts } from '../activities/funnel-sync-plan.ts';
import type { FunnelType } from '../domain/funnels.ts';
import type { IntakeRange } from '../domain/intake-window.ts';
import { type DeliveryNews, deliverySignal } from './brevo-delivery.ts';
import { describeRun } from './funnel-sync-details.ts';
import { logicalTime } from './logical-time.ts';
import { scheduledOccurrence } from './occurrence.ts';
import { DATABASE_WORK } from './retries.ts';

interface FunnelSyncInput {
  /** Logical time, ISO 8601; unset: that of the schedule, or the start. */
  readonly asOf?: string;
  /** Plan only; a worker that runs dry plans whatever is asked. */
  readonly dryRun?: boolean;
  readonly carried?: Carried;
}

/** What a continued run brings along. */
interface Carried {
  readonly asOf: string;
  readonly runId: string;
  readonly progress: Progress;
  readonly ranges: readonly IntakeRange[];
  readonly cursor: IntakeCursor | undefined;
  /** Absent in runs of before there were batches. */
  readonly batches?: Batches;
}

/** The moments as of which the run works, one after the other; the last one is its own. */
interface Batches {
  readonly steps: readonly string[];
  /** Of those, how many are done. */
  readonly done: number;
}

interface Progress {
  readonly payments: { readonly mirrored: number; readonly withdrawn: number };
  readonly sittings: { readonly inWindow: number; readonly judged: number };
}

/** Counts only, never people. */
export type FunnelSyncResult =
  | ({ readonly asOf: string; readonly dryRun: false } & RunCounts &
      Progress & {
        /** `accepted` and `rejected` while this run waited; `pending` over everything. */
        readonly brevo: {
          readonly state: 'done' | 'under_way' | 'stopped';
          readonly accepted: number;
          readonly rejected: number;
          readonly pending: number;
        };
      })
  | { readonly asOf: string; readonly dryRun: true; readonly plan: PlanCounts };

/** A run waits this long for Brevo; the delivery goes on without it. */
const DELIVERY_PATIENCE = '10 minutes';
/** Pages of sittings in one run's history before it goes on as a new one. */
const PAGES_PER_RUN = 200;

const activities = proxyActivities<FunnelSyncActivities>(DATABASE_WORK);
const { planRun } = proxyActivities<FunnelSyncPlanActivities>(DATABASE_WORK);
const { deliveryBacklog } = proxyActivities<BrevoDeliveryActivities>(DATABASE_WORK);

/**
 * New test takers in, their purchases back, Brevo up to date. Works as of its logical time, so a late, caught-up or
 * backfilled run does what the punctual one would have done; several at once are safe. After a long gap it first works
 * as of moments within the gap, so that somebody who took a test and bought meanwhile has entered and converted, as
 * the runs that did not come would have had it.
 */
export async function funnelSync(input: FunnelSyncInput = {}): Promise<FunnelSyncResult> {
  let news: DeliveryNews | undefined;
  setHandler(deliverySignal, (told) => {
    news = told;
  });

  const carried = input.carried ?? (await begin());
  if ('dryRun' in carried) return carried;
  const { asOf, runId } = carried;
  const { payments } = carried.progress;
  const { steps, done } = carried.batches ?? { steps: [asOf], done: 0 };
  let { inWindow, judged } = carried.progress.sittings;
  let { ranges, cursor } = carried;
  let pages = 0;
  let entered = 0;
  let converted = 0;

  for (let batch = done; batch < steps.length; batch += 1) {
    const step = steps[batch] ?? asOf;
    const label = labelOf({ steps, done: batch });
    if (batch > done) {
      ({ ranges, inWindow } = await planIntake({
        step,
        summary: `${label}Find sittings (${entered} entered, ${converted} converted so far)`,
      }));
    }
    for (let [range] = ranges; range !== undefined; [range] = ranges) {
      pages += 1;
      if (pages > PAGES_PER_RUN) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof funnelSync>({
          ...input,
          carried: {
            asOf,
            runId,
            ranges,
            cursor,
            progress: { payments, sittings: { inWindow, judged } },
            batches: { steps, done: batch },
          },
        });
      }
      const taken = await activities.takeIn.executeWithOptions(
        {
          summary: `${label}Sittings of ${range.from}h to ${range.to}h (${judged} judged, ${entered} entered so far)`,
        },
        [{ asOf: step, runId, range, cursor }],
      );
      judged += taken.judged;
      entered += taken.entered;
      cursor = taken.next;
      if (cursor === undefined) ranges = ranges.slice(1);
    }
    for (let more = true; more; ) {
      const page = await activities.matchPurchases.executeWithOptions(
        { summary: `${label}Match purchases with entries (${converted} converted so far)` },
        [{ asOf: step, runId }],
      );
      converted += page.converted;
      more = page.more;
    }
  }

  const counts = await activities.countRun.executeWithOptions(
    { summary: `Count what this run did (${judged} sittings judged, ${entered} people entered)` },
    [{ runId }],
  );
  const summarized = { asOf, judged, mirrored: payments.mirrored, counts };
  setCurrentDetails(describeRun(summarized));

  await activities.wakeDelivery.executeWithOptions(
    {
      summary: `Wake the delivery to Brevo (${total(counts.entered)} entries, ${total(counts.converted)} purchases of this run)`,
    },
    [{ waiter: workflowInfo().workflowId }],
  );
  await condition(() => news !== undefined, DELIVERY_PATIENCE);
  const { pending } = await deliveryBacklog.executeWithOptions(
    {
      summary: `What is still to go to Brevo (${news?.accepted ?? 0} accepted, ${news?.rejected ?? 0} refused)`,
    },
    [],
  );
  const result: FunnelSyncResult = {
    asOf,
    dryRun: false,
    ...counts,
    payments,
    sittings: { inWindow, judged },
    brevo: {
      state: news?.kind ?? 'under_way',
      accepted: news?.accepted ?? 0,
      rejected: news?.rejected ?? 0,
      pending,
    },
  };
  setCurrentDetails(describeRun({ ...summarized, brevo: result.brevo }));
  if (news?.kind === 'stopped') {
    throw ApplicationFailure.nonRetryable(`${news.message} (${pending} changes pending)`, news.code, result);
  }
  return result;

  async function begin(): Promise<Carried | FunnelSyncResult> {
    const asOf = logicalTime(input.asOf);
    const runId = workflowInfo().firstExecutionRunId;
    const { dryRun } = await activities.runMode.executeWithOptions({ summary: 'Live or dry?' }, []);
    if (dryRun || input.dryRun === true) return plan(asOf);
    const payments = { mirrored: 0, withdrawn: 0 };
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: Awaited<ReturnType<typeof activities.mirrorPurchases>> =
        await activities.mirrorPurchases.executeWithOptions(
          {
            summary:
              after === 0 ? 'Mirror paid certificates' : `Mirror paid certificates after payment ${after}`,
          },
          [{ asOf, after }],
        );
      payments.mirrored += page.mirrored;
      payments.withdrawn += page.withdrawn;
      after = page.next;
    }
    // Payments of the whole gap at once: every step looks only at those dated up to it.
    const steps = input.asOf === undefined ? (scheduledOccurrence()?.backlogSteps ?? []) : [];
    const batches = { steps: [...steps, asOf], done: 0 };
    const { ranges, inWindow } = await planIntake({
      step: steps[0] ?? asOf,
      summary: `${labelOf(batches)}Find sittings that are new or changed (payments: ${payments.mirrored} new, ${payments.withdrawn} withdrawn)`,
    });
    return {
      asOf,
      runId,
      ranges,
      cursor: undefined,
      batches,
      progress: { payments, sittings: { inWindow, judged: 0 } },
    };
  }
}

async function planIntake({
  step,
  summary,
}: {
  readonly step: string;
  readonly summary: string;
}): Promise<IntakePlan> {
  const plan = await activities.planIntake.executeWithOptions({ summary }, [{ asOf: step }]);
  setCurrentDetails(
    `${summary}\n\nAs of ${step}: ${plan.inWindow} sittings in the window, ${plan.toRead} of them to be looked at.`,
  );
  return plan;
}

function labelOf({ steps, done }: Batches): string {
  if (steps.length === 1) return '';
  return `Batch ${done + 1} of ${steps.length}, as of ${steps[done]?.replace('.000Z', 'Z')}: `;
}

async function plan(asOf: string): Promise<FunnelSyncResult> {
  const counts = await planRun.executeWithOptions({ summary: 'Dry run: plan, write nothing' }, [{ asOf }]);
  setCurrentDetails(
    `Dry run as of ${asOf}: nothing was written.\n\n\`\`\`json\n${JSON.stringify(counts, undefined, 2)}\n\`\`\``,
  );
  return { asOf, dryRun: true, plan: counts };
}

function total(counts: Readonly<Record<FunnelType, number>>): number {
  return counts.language + counts.non_language;
}
