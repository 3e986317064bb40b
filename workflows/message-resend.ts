import { proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { MessageActivities } from '../activities/messages.ts';
import type { SendResult } from '../domain/sending/message.ts';
import { BREVO_WORK } from './retries.ts';

export interface MessageResendInput {
  /** Of the mail that is sent once more. */
  readonly messageId: number;
  readonly mailTaskQueue: string;
}

/** One for each mail, so that it is resent once however often somebody asks. */
export function messageResendId(taskQueue: string, messageId: number): string {
  return `${taskQueue}-message-resend/${messageId}`;
}

/** Sends one mail once more, because an operator asked for it. Outages are waited out. */
export async function messageResend({ messageId, mailTaskQueue }: MessageResendInput): Promise<SendResult> {
  const { resendMessage } = proxyActivities<MessageActivities>({ ...BREVO_WORK, taskQueue: mailTaskQueue });
  for (;;) {
    const result = await resendMessage.executeWithOptions(
      { summary: `Message ${messageId}: once more, under a new key` },
      [{ messageId }],
    );
    setCurrentDetails(`Message ${messageId}: ${result.status}.`);
    if (result.status !== 'later') return result;
    await sleep(Math.max(1_000, Date.parse(result.at) - Date.now()), { summary: result.reason });
  }
}
