import { ApplicationFailure, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { MessageActivities } from '../activities/messages.ts';
import type { QueryReportMailActivities } from '../activities/query-report-mails.ts';
import type { SendResult } from '../domain/sending/message.ts';
import { deliverBatch } from './deliver-batch.ts';
import { BREVO_WORK, DATABASE_WORK } from './retries.ts';

export interface ReportResendInput {
  readonly runId: number;
}

export interface ReportResendResult {
  /** Mails that were sent once more, under new keys. */
  readonly resent: number;
  /** Whether all mails of the run are out now. */
  readonly delivered: boolean;
}

/** One at a time for a run. */
export function reportResendId(taskQueue: string, runId: number): string {
  return `${taskQueue}-report-resend/${runId}`;
}

const { planReportMails, failedReportMails, noteReportResent } =
  proxyActivities<QueryReportMailActivities>(DATABASE_WORK);

/**
 * Sends what of a run's mails has not gone out, because an operator asked for it: those that nobody has tried, those that
 * were refused, those of unknown outcome. Files are those of the run; the query does not run again.
 */
export async function reportResend({ runId }: ReportResendInput): Promise<ReportResendResult> {
  const planned = await planReportMails.executeWithOptions({ summary: 'Those that are not written down' }, [
    { runId },
  ]);
  if (planned.state !== 'planned') {
    throw ApplicationFailure.nonRetryable(
      planned.state === 'dry_run'
        ? 'the worker runs dry and sends nothing (APP_DRY_RUN)'
        : 'the worker has no settings for mails; sluice doctor names them',
      planned.state,
    );
  }
  const { batch, mailTaskQueue } = planned;
  await deliverBatch({ batch, mailTaskQueue, policy: { uncertain: 'hold' } });
  const failed = await failedReportMails.executeWithOptions({ summary: 'Which did not go out' }, [{ runId }]);
  for (const messageId of failed) await resend({ messageId, mailTaskQueue });
  const delivered = await noteReportResent.executeWithOptions({ summary: 'Note how the run stands' }, [
    { runId },
  ]);
  setCurrentDetails(
    `Run ${runId}: ${failed.length} mails once more; ${delivered ? 'all are' : 'not all are'} out.`,
  );
  return { resent: failed.length, delivered };
}

async function resend({
  messageId,
  mailTaskQueue,
}: {
  readonly messageId: number;
  readonly mailTaskQueue: string;
}): Promise<void> {
  const { resendMessage } = proxyActivities<MessageActivities>({ ...BREVO_WORK, taskQueue: mailTaskQueue });
  for (;;) {
    const result: SendResult = await resendMessage.executeWithOptions(
      { summary: `Message ${messageId}: once more, under a new key` },
      [{ messageId }],
    );
    if (result.status !== 'later') return;
    await sleep(Math.max(1_000, Date.parse(result.at) - Date.now()), { summary: result.reason });
  }
}
