import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { Settings } from '../../config.ts';
import { announce } from '../announce.ts';
import { idByHand } from '../run-funnel-sync.ts';
import { failureOfRun } from '../workflow-failure.ts';

/**
 * Starts a flow of reports through Temporal and waits for its end.
 * @param asOf logical time, ISO 8601; unset: now.
 * @throws SluiceError with the reason why the run failed.
 */
export async function runReportFlow<Result>(
  client: Client,
  {
    settings,
    flow,
    name,
    summary,
    asOf,
  }: {
    readonly settings: Settings;
    /** Workflow type. */
    readonly flow: string;
    /** As it stands in front of workflow ids. */
    readonly name: string;
    readonly summary: string;
    readonly asOf: string | undefined;
  },
): Promise<Result & { readonly workflowId: string; readonly runId: string }> {
  await announce(flow, { client, settings });
  const handle = await client.workflow.start(flow, {
    workflowId: idByHand(name),
    taskQueue: settings.temporal.taskQueue,
    args: [asOf === undefined ? {} : { asOf }],
    staticSummary: `${summary} (by hand)`,
  });
  try {
    const result = (await handle.result()) as Result;
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, ...result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw failureOfRun(error).failure;
  }
}
