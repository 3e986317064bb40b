import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  TemporalFailure,
  TimeoutFailure,
  type WorkflowExecuteInput,
  type WorkflowInterceptorsFactory,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunName, ScheduleRunActivities, SlotEnd } from '../activities/schedule-runs.ts';
import { scheduledFor } from './logical-time.ts';
import { setScheduledOccurrence } from './occurrence.ts';
import { DATABASE_WORK } from './retries.ts';

/** The result of a run whose slot another one has. */
export interface AlreadyRan {
  readonly skipped: 'already_ran';
  readonly scheduleId: string;
  readonly slot: string;
  readonly by: RunName;
}

const { claimSlot, recordSlotEnd } = proxyActivities<ScheduleRunActivities>(DATABASE_WORK);

/** Around every flow: each time of a schedule is worked once, whoever asks for it and how often. */
export const interceptors: WorkflowInterceptorsFactory = () => ({ inbound: [{ execute: oncePerSlot }] });

/**
 * A run that a schedule started claims its slot before its first step and notes its end after the last one. What no
 * schedule started passes through untouched, and so do runs from before there was a ledger.
 */
async function oncePerSlot(
  input: WorkflowExecuteInput,
  next: (input: WorkflowExecuteInput) => Promise<unknown>,
): Promise<unknown> {
  const scheduled = scheduledFor();
  if (scheduled === undefined || !patched('schedule-ledger')) return next(input);
  const { workflowId, firstExecutionRunId: runId } = workflowInfo();
  const claim = await claimSlot.executeWithOptions({ summary: `Claim ${named(scheduled)}` }, [
    { ...scheduled, workflowId, runId },
  ]);
  if (claim.kind === 'taken') {
    setCurrentDetails(
      `Nothing to do: ${named(scheduled)} is the work of the run ${claim.by.runId} of ${claim.by.workflowId}.`,
    );
    return { skipped: 'already_ran', ...scheduled, by: claim.by } satisfies AlreadyRan;
  }
  setScheduledOccurrence(claim.occurrence);
  // A run that is being cancelled still says so.
  const ended = (end: SlotEnd) =>
    CancellationScope.nonCancellable(() =>
      recordSlotEnd.executeWithOptions({ summary: `Note that it ${end.state}` }, [
        { ...scheduled, runId, end },
      ]),
    );
  let result: unknown;
  try {
    result = await next(input);
  } catch (error) {
    // Everything else is no end: the run is continued as a new one, or a worker with mended code goes on with it.
    if (error instanceof TemporalFailure) await ended({ state: 'failed', code: codeOf(error) });
    throw error;
  }
  await ended({ state: 'completed' });
  return result;
}

function named({ scheduleId, slot }: { readonly scheduleId: string; readonly slot: string }): string {
  return `${scheduleId} of ${slot.replace('.000Z', 'Z')}`;
}

/** The code by which the failure is known; never its message, which may say anything. */
function codeOf(error: TemporalFailure): string {
  if (isCancellation(error)) return 'cancelled';
  for (let one: unknown = error; one instanceof TemporalFailure; one = one.cause) {
    if (one instanceof TimeoutFailure) return 'timed_out';
    if (one instanceof ApplicationFailure) {
      const code = one.type ?? '';
      return /^[\w.-]{1,64}$/.test(code) ? code : 'failed';
    }
  }
  return 'failed';
}
