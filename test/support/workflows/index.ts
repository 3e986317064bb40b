import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Occurrence } from '../../../domain/occurrence.ts';
import { scheduledOccurrence } from '../../../workflows/occurrence.ts';

/** Flows for tests of schedules; `work` is whatever the test makes of it. */

export interface WorkInput {
  readonly occurrence: Occurrence | null;
  readonly runId: string;
}

interface WorkActivities {
  work(input: WorkInput): Promise<string>;
}

const { work } = proxyActivities<WorkActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 2, initialInterval: '100 milliseconds' },
});

/** Works once, as a flow does. */
export async function scheduledWork(): Promise<string> {
  return work({ occurrence: scheduledOccurrence() ?? null, runId: workflowInfo().runId });
}

/** Works in three runs of one chain. */
export async function continuedWork(done = 0): Promise<string> {
  const result = await scheduledWork();
  if (done < 2) await continueAsNew<typeof continuedWork>(done + 1);
  return result;
}

/** Works again by its schedule's retry policy. */
export async function failsFirst(): Promise<string> {
  if (workflowInfo().attempt === 1) throw ApplicationFailure.retryable('not at the first go', 'first_go');
  return scheduledWork();
}

export const endSignal = defineSignal('end');

/** Works until it is told to end. */
export async function longWork(): Promise<string> {
  let told = false;
  setHandler(endSignal, () => {
    told = true;
  });
  const result = await scheduledWork();
  await condition(() => told);
  return result;
}
