import { asc, eq } from 'drizzle-orm';
import { reportBatch } from '../domain/reports/run.ts';
import type { MessageState } from '../domain/sending/message.ts';
import { originalKey } from '../domain/sending/message-key.ts';
import type { Executor } from './pool.ts';
import { messages } from './schema-messages.ts';

/** What became of the mail of a run to one recipient. */
export interface ReportDelivery {
  readonly message: number;
  readonly to: string;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly acceptedAt: Date | null;
}

/** One a recipient, in the order in which they were written down; of a mail that was sent once more the last one. */
export async function deliveriesOfRun(db: Executor, runId: number): Promise<readonly ReportDelivery[]> {
  const rows = await db
    .select({
      key: messages.messageKey,
      message: messages.id,
      to: messages.email,
      state: messages.state,
      reason: messages.reason,
      acceptedAt: messages.acceptedAt,
    })
    .from(messages)
    .where(eq(messages.batch, reportBatch(runId)))
    .orderBy(asc(messages.id));
  const last = new Map<string, ReportDelivery>();
  for (const { key, ...delivery } of rows) last.set(originalKey(key), delivery);
  return [...last.values()];
}
