import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { MessageBatchActivities } from '../activities/message-batches.ts';
import type { Begun, EndRequest, Produced, QueryReportActivities } from '../activities/query-report.ts';
import type { Planned, QueryReportMailActivities } from '../activities/query-report-mails.ts';
import type { QueryReportTroubleActivities } from '../activities/query-report-trouble.ts';
import type { BatchCounts } from '../domain/sending/message.ts';
import { deliverBatch } from './deliver-batch.ts';
import { logicalTime, scheduledFor } from './logical-time.ts';
import { BREVO_WORK, DATABASE_WORK } from './retries.ts';

/** A schedule names its report; whoever else starts a run has written it down before. */
export type QueryReportInput = { readonly reportId: string } | { readonly runId: number };

/** Ids, counts and words. */
export interface QueryReportResult {
  readonly runId: number | undefined;
  readonly state: EndRequest['state'] | 'missing' | 'inactive' | 'ended';
  readonly rows?: number;
  readonly mails?: BatchCounts;
  readonly error?: string;
}

/**
 * A source that is away delays a report by half an hour before the run has failed: so long do so many tries take. Tries and
 * not time, because a query that waits for its turn has not been tried; and a query that kills its worker ends, too.
 */
const MOST_TRIES = 60;
/** Beyond the query's own time: connecting, the end of the files. */
const MARGIN_SECONDS = 300;

const { beginReportRun, endReportRun } = proxyActivities<QueryReportActivities>(DATABASE_WORK);
const { planReportMails } = proxyActivities<QueryReportMailActivities>(DATABASE_WORK);
const { planTroubleMail } = proxyActivities<QueryReportTroubleActivities>(DATABASE_WORK);

/**
 * One run of a query report: query and files, then the mails. What has been made is not made again: a mail that fails, a
 * worker that dies later, find the files in the store. Cancelling it cancels the query in its database, and the mails that
 * nobody has tried to send.
 */
export async function queryReport(input: QueryReportInput): Promise<QueryReportResult> {
  const begun = await beginReportRun.executeWithOptions({ summary: 'Write the run down' }, [request(input)]);
  if (begun.state !== 'begun') {
    setCurrentDetails(`No run: ${begun.state}.`);
    return { runId: undefined, state: begun.state };
  }
  let produced: Produced;
  try {
    produced = await produce(begun);
  } catch (error) {
    return CancellationScope.nonCancellable(() =>
      isCancellation(error) ? cancelled(begun) : failed(begun, error),
    );
  }
  try {
    return await mail(begun, produced);
  } catch (error) {
    return CancellationScope.nonCancellable(() =>
      isCancellation(error) ? cancelled(begun) : stuck(begun, { produced, error }),
    );
  }
}

type Run = Extract<Begun, { readonly state: 'begun' }>;
type Batch = Extract<Planned, { readonly state: 'planned' }>;

function request(input: QueryReportInput): Parameters<typeof beginReportRun>[0] {
  if ('runId' in input) return input;
  const { reportId } = input;
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const slot = scheduledFor()?.slot;
  return {
    reportId,
    runKey: slot === undefined ? `workflow/${firstExecutionRunId}` : `slot/${reportId}/${slot}`,
    trigger: slot === undefined ? 'manual' : 'schedule',
    asOf: logicalTime(undefined),
    workflowId,
  };
}

async function produce({ runId, reportId, timeoutSeconds, reportTaskQueue }: Run): Promise<Produced> {
  const { produceReport } = proxyActivities<QueryReportActivities>({
    ...DATABASE_WORK,
    taskQueue: reportTaskQueue,
    startToCloseTimeout: `${timeoutSeconds + MARGIN_SECONDS} seconds`,
    // The run has not ended before its query has.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...DATABASE_WORK.retry, maximumAttempts: MOST_TRIES },
  });
  setCurrentDetails(`Run ${runId} of ${reportId}: the query runs, or waits for its turn.`);
  return produceReport.executeWithOptions({ summary: `Query and files of ${reportId}` }, [{ runId }]);
}

async function mail(run: Run, produced: Produced): Promise<QueryReportResult> {
  const { runId } = run;
  const made = madeWords(run, produced);
  if (produced.mail === 'none') {
    return end(run, { state: 'skipped', produced, details: `${made} Nothing to tell.` });
  }
  setCurrentDetails(`${made} Mails are under way.`);
  const planned = await planReportMails.executeWithOptions({ summary: 'Write the mails down' }, [{ runId }]);
  if (planned.state === 'dry_run') {
    return end(run, {
      state: 'skipped',
      errorCode: 'dry_run',
      produced,
      details: `${made} Dry run: no mail.`,
    });
  }
  if (planned.state === 'mail_not_set_up') {
    const error = 'The worker has no settings for mails (sluice doctor names them); the files are stored.';
    return end(run, {
      state: 'undelivered',
      errorCode: planned.state,
      error,
      produced,
      details: `${made} ${error}`,
    });
  }
  const mails = await deliver(planned);
  const isOut = mails.rejected === 0 && mails.uncertain === 0 && mails.withheld === 0;
  return end(run, {
    ...(isOut ? { state: 'delivered' as const } : { state: 'undelivered', errorCode: 'mails_not_sent' }),
    produced,
    mails,
    details: `${made} Mails: ${countsWords(mails)}.`,
  });
}

async function deliver({ batch, mailTaskQueue }: Batch): Promise<BatchCounts> {
  const { withholdBatch } = proxyActivities<MessageBatchActivities>({
    ...BREVO_WORK,
    taskQueue: mailTaskQueue,
  });
  try {
    return await deliverBatch({ batch, mailTaskQueue, policy: { uncertain: 'hold' } });
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() =>
        withholdBatch.executeWithOptions({ summary: 'Send no more' }, [{ batch, reason: 'cancelled' }]),
      );
    }
    throw error;
  }
}

interface End extends Omit<EndRequest, 'runId'> {
  readonly produced: Produced;
  readonly mails?: BatchCounts;
  readonly details: string;
}

async function end({ runId }: Run, { produced, mails, details, ...ended }: End): Promise<QueryReportResult> {
  await endReportRun.executeWithOptions({ summary: `Note the end: ${ended.state}` }, [{ runId, ...ended }]);
  setCurrentDetails(details);
  const { state } = ended;
  return { runId, state, rows: produced.rows, ...(mails === undefined ? {} : { mails }) };
}

async function cancelled({ runId, reportId }: Run): Promise<QueryReportResult> {
  const state = 'cancelled';
  await endReportRun.executeWithOptions({ summary: 'Note that it was cancelled' }, [{ runId, state }]);
  setCurrentDetails(`Run ${runId} of ${reportId} was cancelled.`);
  return { runId, state };
}

/** The files are there and an operator must act before mails go out: `sluice report resend --failed` goes on. */
async function stuck(
  run: Run,
  { produced, error }: { readonly produced: Produced; readonly error: unknown },
): Promise<QueryReportResult> {
  const { code, message } = causeOf(error);
  const details = `${madeWords(run, produced)} Mails wait: ${message}`;
  await end(run, { state: 'undelivered', errorCode: code, error: message, produced, details });
  throw ApplicationFailure.create({ message, type: code, nonRetryable: true });
}

/** Notes the failure and tells the owner; then it fails as a workflow, too, so that Temporal shows it. */
async function failed({ runId, reportId }: Run, error: unknown): Promise<QueryReportResult> {
  const { code, message } = causeOf(error);
  const failures = await endReportRun.executeWithOptions({ summary: `Note the failure: ${code}` }, [
    { runId, state: 'failed', errorCode: code, error: message },
  ]);
  setCurrentDetails(`Run ${runId} of ${reportId} failed: ${message}`);
  if (failures !== undefined) await tellOwner({ runId, failures, scheduleId: scheduledFor()?.scheduleId });
  throw ApplicationFailure.create({ message, type: code, nonRetryable: true });
}

async function tellOwner(trouble: Parameters<typeof planTroubleMail>[0]): Promise<void> {
  const planned = await planTroubleMail.executeWithOptions({ summary: 'Tell the owner' }, [trouble]);
  if (planned.state !== 'planned' || planned.mails === 0) return;
  try {
    await deliver(planned);
  } catch (error) {
    // What stands in the way of mails hides nothing of what stood in the way of the report.
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

function causeOf(error: unknown): { readonly code: string; readonly message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'failed', message: cause.message };
  return {
    code: 'timed_out',
    message: `The run did not come to its end: ${cause instanceof Error ? cause.message : 'no reason is known'}.`,
  };
}

function madeWords({ runId, reportId }: Run, { rows, files, bytes }: Produced): string {
  return `Run ${runId} of ${reportId}: ${rows} rows, ${files} files of ${bytes} bytes.`;
}

function countsWords({ accepted, rejected, withheld, uncertain }: BatchCounts): string {
  return `${accepted} accepted, ${rejected} refused, ${withheld} withheld, ${uncertain} uncertain`;
}
