import { proxyActivities, sleep } from '@temporalio/workflow';
import type { MessageActivities } from '../../../activities/messages.ts';
import type { BatchCounts, MessageRequest, SendResult } from '../../../domain/sending/message.ts';
import { type DeliverBatchInput, deliverBatch } from '../../../workflows/deliver-batch.ts';

export { messageResend } from '../../../workflows/message-resend.ts';

/** Sends one mail as every flow does: asks again when it is told to, and leaves the tries to Temporal. */
export async function sendOne({
  request,
  mailTaskQueue,
}: {
  readonly request: MessageRequest;
  readonly mailTaskQueue: string;
}): Promise<SendResult> {
  const { sendMessage } = proxyActivities<MessageActivities>({
    taskQueue: mailTaskQueue,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '4 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '1 second' },
  });
  for (;;) {
    const result = await sendMessage(request);
    if (result.status !== 'later') return result;
    await sleep(Math.max(0, Date.parse(result.at) - Date.now()));
  }
}

/** Sends a batch as every flow does. */
export async function sendMany(batch: DeliverBatchInput): Promise<BatchCounts> {
  return deliverBatch(batch);
}
