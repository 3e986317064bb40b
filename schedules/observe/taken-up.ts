import { type Client, isGrpcServiceError } from '@temporalio/client';

const GRPC_NOT_FOUND = 5;
/** A run's first events: started, task scheduled, task taken by a worker. */
const FIRST_EVENTS = 3;

/**
 * When a worker first took up a run, from the run's own history: exact, also where the list of runs lags.
 * @returns undefined while no worker has, and of a run that Temporal has forgotten.
 */
export async function takenUpAt(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<Date | undefined> {
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: FIRST_EVENTS,
    });
    const taken = (history?.events ?? []).find(({ workflowTaskStartedEventAttributes: event }) =>
      Boolean(event),
    );
    const at = taken?.eventTime;
    return at ? new Date(Number(at.seconds ?? 0) * 1000 + (at.nanos ?? 0) / 1e6) : undefined;
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const code: number = error.code;
    if (code === GRPC_NOT_FOUND) return undefined;
    throw error;
  }
}
