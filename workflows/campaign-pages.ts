import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { BatchProgress, MessageBatchActivities } from '../activities/message-batches.ts';
import { type PassedPage, pageBatch } from '../domain/campaigns/run.ts';
import type { SendPolicy } from '../domain/sending/message.ts';
import { stopPagesSignal } from './campaign/messages.ts';
import { BREVO_WORK } from './retries.ts';

export interface CampaignPagesInput {
  readonly runId: number;
  /** Some dozens, the earliest first; `at` ISO 8601 UTC. */
  readonly pages: readonly { readonly page: number; readonly at: string }[];
  readonly policy: SendPolicy;
  /** This run's share of the campaign's rate. */
  readonly perSecond: number | undefined;
  readonly mailTaskQueue: string;
}

export interface CampaignPagesResult {
  /** What was seen of each page that was looked at. The others are as they were. */
  readonly passed: readonly PassedPage[];
  /** Why only an operator can help; undefined: nobody has to. */
  readonly trouble: string | undefined;
}

/** What is open for so short is waited for; a page that needs more time is given back. */
const WORTH_WAITING_MS = 5_000;
const SHORTEST_MS = 1_000;

/**
 * Sends pages of a campaign one after the other: each until nothing of it is due, so that a few mails that wait for a cap
 * or a window hold no other page up. Ends early when it is told to stop, with what it has done.
 */
export async function campaignPages(input: CampaignPagesInput): Promise<CampaignPagesResult> {
  const { runId, pages, policy, perSecond, mailTaskQueue } = input;
  const { sendBatch } = proxyActivities<MessageBatchActivities>({
    ...BREVO_WORK,
    taskQueue: mailTaskQueue,
    // Whoever pauses or cancels decides by what was really done.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  const passed = new Map<number, PassedPage>();
  const work = new CancellationScope();
  let isStopped = false;
  setHandler(stopPagesSignal, () => {
    isStopped = true;
    work.cancel();
  });
  let trouble: string | undefined;
  try {
    await work.run(async () => {
      for (const { page, at } of pages) {
        const early = Date.parse(at) - Date.now();
        if (early > 0) await sleep(early, { summary: `Page ${page} is due` });
        await pass(page);
        setCurrentDetails(`${passed.size} of ${pages.length} pages looked at.`);
      }
    });
  } catch (error) {
    if (!isCancellation(error)) trouble = troubleOf(error);
    else if (!isStopped) throw error;
  }
  return { passed: [...passed.values()], trouble };

  async function pass(page: number): Promise<void> {
    const batch = pageBatch({ runId, page });
    for (;;) {
      const progress = await sendBatch.executeWithOptions({ summary: `Send page ${page}` }, [
        { batch, policy, ...(perSecond === undefined ? {} : { perSecond }) },
      ]);
      note(page, progress);
      // A rate is also held between two calls.
      if (perSecond !== undefined) await sleep(1000 / perSecond, { summary: `${perSecond} a second` });
      const { askAgainAt } = progress;
      if (askAgainAt === undefined) return;
      const wait = Date.parse(askAgainAt) - Date.now();
      if (wait > WORTH_WAITING_MS) return;
      await sleep(Math.max(SHORTEST_MS, wait), { summary: `${progress.open} mails of page ${page} wait` });
    }
  }

  function note(page: number, { askAgainAt, accepted, rejected, withheld, uncertain }: BatchProgress): void {
    passed.set(page, { page, nextAt: askAgainAt, accepted, rejected, withheld, uncertain });
  }
}

/** @throws what is no trouble of the work: it is a fault of this code */
function troubleOf(error: unknown): string {
  if (!(error instanceof ActivityFailure)) throw error;
  return error.cause instanceof ApplicationFailure ? (error.cause.type ?? 'failed') : 'failed';
}
