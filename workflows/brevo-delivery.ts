import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { BrevoDeliveryActivities, DeliveryCounts } from '../activities/brevo-delivery.ts';
import type { BrevoImportActivities } from '../activities/brevo-imports.ts';
import { BREVO_WORK, DATABASE_WORK } from './retries.ts';

/** One delivery at a time for the whole account: that is what keeps the order of one contact's changes. */
export function brevoDeliveryId(taskQueue: string): string {
  return `${taskQueue}-brevo-delivery`;
}

/** There are changes to deliver; `waiter` is the id of a workflow that wants to hear when all are settled. */
export const wakeSignal = defineSignal<[{ readonly waiter: string }]>('wake');

/** Sent to each waiter. */
export const deliverySignal = defineSignal<[DeliveryNews]>('brevoDelivery');

export type DeliveryNews = DeliveryCounts &
  ({ readonly kind: 'done' } | { readonly kind: 'stopped'; readonly code: string; readonly message: string });

export interface BrevoDeliveryInput {
  readonly brevoTaskQueue: string;
  /** Of the account, for questions about imports. */
  readonly processesPerHour: number;
  readonly carried?: Carried;
}

interface Waiter {
  readonly id: string;
  /** Totals when it asked, so that it hears of its own time only. */
  readonly accepted: number;
  readonly rejected: number;
}

interface Carried {
  readonly waiters: readonly Waiter[];
  readonly accepted: number;
  readonly rejected: number;
  /** When processes were asked about during the last hour, UTC milliseconds. */
  readonly asked: readonly number[];
}

const NOTHING: Carried = { waiters: [], accepted: 0, rejected: 0, asked: [] };
const HOUR_MS = 3_600_000;
const LONGEST_POLL_MS = 60_000;
/** Events after which the run goes on as a new one, well below the server's warning. */
const HISTORY_EVENTS = 2_000;

/**
 * Brings every open row of `brevo_changes` to Brevo, round by round, then ends. Started or woken by whoever wrote
 * rows. Outages are waited out by its activities; a refusal of our key ends it loudly, the rows stay.
 */
export async function brevoDelivery(input: BrevoDeliveryInput): Promise<DeliveryCounts> {
  const { planDelivery, deliveryBacklog } = proxyActivities<BrevoDeliveryActivities>(DATABASE_WORK);
  const brevo = proxyActivities<BrevoDeliveryActivities & BrevoImportActivities>({
    ...BREVO_WORK,
    taskQueue: input.brevoTaskQueue,
  });
  const before = input.carried ?? NOTHING;
  const waiters: Waiter[] = [...before.waiters];
  const asked: number[] = [...before.asked];
  let { accepted, rejected } = before;
  let woken = true;

  setHandler(wakeSignal, ({ waiter }) => {
    woken = true;
    if (!waiters.some(({ id }) => id === waiter)) waiters.push({ id: waiter, accepted, rejected });
  });

  try {
    for (let round = 1; ; round += 1) {
      woken = false;
      const plan = await planDelivery.executeWithOptions(
        { summary: `Round ${round}: choose what goes out` },
        [],
      );
      if (plan.imports.length === 0 && plan.upserts.length === 0) {
        if (woken) continue;
        break;
      }
      const contacts = plan.upserts.reduce((sum, ids) => sum + ids.length, 0);
      describe(`Round ${round}: ${plan.imports.length} imports and ${contacts} single changes under way.`);
      await allOrNone(() => [
        ...plan.imports.map(async (importId) => {
          const taken = await bringIn(importId);
          accepted += taken;
        }),
        ...plan.upserts.map(async (ids) => {
          const counts = await brevo.deliverChanges.executeWithOptions(
            { summary: ids.length === 1 ? 'One contact' : `${ids.length} contacts, one by one` },
            [{ ids }],
          );
          accepted += counts.accepted;
          rejected += counts.rejected;
        }),
      ]);
      const { pending } = await deliveryBacklog.executeWithOptions(
        { summary: `Round ${round}: what is left` },
        [],
      );
      describe(`After round ${round}: ${pending} changes left.`);
      if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > HISTORY_EVENTS) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof brevoDelivery>({
          ...input,
          carried: { waiters, accepted, rejected, asked },
        });
      }
    }
  } catch (error) {
    const failure = error instanceof ActivityFailure ? error.cause : error;
    if (!(failure instanceof ApplicationFailure)) throw error;
    await tellWaiters({ kind: 'stopped', code: failure.type ?? 'unknown', message: failure.message });
    throw failure;
  }
  await tellWaiters({ kind: 'done' });
  return { accepted, rejected };

  async function bringIn(importId: number): Promise<number> {
    await brevo.submitImport.executeWithOptions({ summary: `Import ${importId}: hand over to Brevo` }, [
      { importId },
    ]);
    for (let poll = 0; ; poll += 1) {
      await sleep(Math.min(LONGEST_POLL_MS, 1000 * 2 ** poll), {
        summary: `Import ${importId}: Brevo is working on it`,
      });
      await withinBudget();
      const news = await brevo.followImport.executeWithOptions(
        { summary: `Import ${importId}: what became of it` },
        [{ importId }],
      );
      if (news.settled) return news.accepted;
    }
  }

  /** Holds the account's hourly bound on questions about processes; a delivery is alone, so it can count by itself. */
  async function withinBudget(): Promise<void> {
    for (;;) {
      const now = Date.now();
      while (asked[0] !== undefined && asked[0] <= now - HOUR_MS) asked.shift();
      if (asked.length < input.processesPerHour) break;
      await sleep((asked[0] ?? now) + HOUR_MS - now, {
        summary: 'The account allows no more questions this hour',
      });
    }
    if (input.processesPerHour < 10_000) asked.push(Date.now());
  }

  function describe(text: string): void {
    setCurrentDetails(`${text}\n\nAccepted so far: ${accepted}, refused for good: ${rejected}.`);
  }

  async function tellWaiters(
    news:
      | { readonly kind: 'done' }
      | { readonly kind: 'stopped'; readonly code: string; readonly message: string },
  ): Promise<void> {
    for (const waiter of waiters.splice(0)) {
      const counts = { accepted: accepted - waiter.accepted, rejected: rejected - waiter.rejected };
      // One that has gone on meanwhile needs no news.
      await getExternalWorkflowHandle(waiter.id)
        .signal(deliverySignal, { ...news, ...counts })
        .catch(() => undefined);
    }
  }
}

/**
 * Waits for all; when one fails for good, the others are cancelled and waited for, too, so that no call of this
 * delivery is under way when the next one starts.
 */
async function allOrNone(start: () => readonly Promise<void>[]): Promise<void> {
  const scope = new CancellationScope();
  await scope.run(async () => {
    const work = start();
    try {
      await Promise.all(work);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(work);
      throw error;
    }
  });
}
