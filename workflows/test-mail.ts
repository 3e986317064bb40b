import { proxyActivities, sleep } from '@temporalio/workflow';
import type { MessageActivities } from '../activities/messages.ts';
import type { SendResult } from '../domain/sending/message.ts';
import { BREVO_WORK } from './retries.ts';

export interface TestMailInput {
  readonly contactId: number;
  /** Of its own for each test mail. */
  readonly key: string;
  /** ISO 8601 UTC. */
  readonly dueAt: string;
  readonly mailTaskQueue: string;
}

/** Sends one test mail the way that all mails go: ledger, suppressions, Brevo. */
export async function testMail({ contactId, key, dueAt, mailTaskQueue }: TestMailInput): Promise<SendResult> {
  const { sendMessage } = proxyActivities<MessageActivities>({ ...BREVO_WORK, taskQueue: mailTaskQueue });
  for (;;) {
    const result = await sendMessage.executeWithOptions({ summary: 'Send the test mail' }, [
      { key, kind: 'notification', contactId, template: 'test-mail', dueAt, policy: { uncertain: 'hold' } },
    ]);
    if (result.status !== 'later') return result;
    await sleep(Math.max(1_000, Date.parse(result.at) - Date.now()));
  }
}
