import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type ExecutionStatus, statusNamed } from '../observe/runs.ts';
import { instantText } from '../server/exception-entries.ts';

/**
 * The latest run of a slot that Temporal started; exact, unlike the list of runs, which lags.
 * @param workflowId base of the schedule's workflow ids
 */
export async function latestRunOf(
  client: Client,
  { workflowId, slot }: { readonly workflowId: string; readonly slot: Date },
): Promise<{ readonly runId: string; readonly status: ExecutionStatus } | undefined> {
  const id = `${workflowId}-${instantText(slot.getTime() / 1000)}`;
  try {
    const { runId, status } = await client.workflow.getHandle(id).describe();
    return { runId, status: statusNamed(status.name) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
