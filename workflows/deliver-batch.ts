import { proxyActivities, sleep } from '@temporalio/workflow';
import type {
  BatchProgress,
  MessageBatchActivities,
  SendBatchRequest,
} from '../activities/message-batches.ts';
import type { BatchCounts } from '../domain/sending/message.ts';
import { BREVO_WORK } from './retries.ts';

export interface DeliverBatchInput extends SendBatchRequest {
  /** Where mails are sent (workers/task-queues.ts). */
  readonly mailTaskQueue: string;
  /** Awaited before each call: a flow that is paused waits here. */
  readonly before?: () => Promise<void>;
  readonly onProgress?: (progress: BatchProgress) => void;
}

/** Shorter than this it is not worth asking again. */
const SHORTEST_MS = 1_000;

/**
 * Sends all mails of a batch, through outages and send windows, until none is open. Every pass costs a handful of history
 * events, whatever the number of mails.
 * @throws ActivityFailure where an operator must act first (Brevo refuses the key); the mails stay in the ledger, and a
 *   second call goes on with them.
 */
export async function deliverBatch({
  mailTaskQueue,
  before,
  onProgress,
  ...request
}: DeliverBatchInput): Promise<BatchCounts> {
  const { sendBatch } = proxyActivities<MessageBatchActivities>({
    ...BREVO_WORK,
    taskQueue: mailTaskQueue,
  });
  for (;;) {
    await before?.();
    const { open, askAgainAt, ...counts } = await sendBatch.executeWithOptions(
      { summary: `Send ${request.batch}` },
      [request],
    );
    onProgress?.({ ...counts, open, askAgainAt });
    if (askAgainAt === undefined) return counts;
    await sleep(Math.max(SHORTEST_MS, Date.parse(askAgainAt) - Date.now()), {
      summary: `${open} mails of ${request.batch} wait`,
    });
  }
}
