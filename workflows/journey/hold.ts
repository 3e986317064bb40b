import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { atHand } from './activities.ts';
import { describe } from './details.ts';
import type { Run, Waiting } from './state.ts';

/**
 * - `due`: the time has come, or (without a time) an operator wants another try.
 * - `met`: what it waited for beside the time is there.
 * - `skipped`: an operator wants the next step.
 * - `anew`: the time was moved, or a pause is over: find out the time again.
 * - `over`: the run has ended, or is to be continued as a new one.
 */
export type Held = 'due' | 'met' | 'skipped' | 'anew' | 'over';

interface Wait {
  readonly why: Waiting;
  /** UTC milliseconds; undefined: until somebody does something. */
  readonly dueAt: number | undefined;
  readonly met?: () => boolean;
}

/** Stands still at the present step until there is a reason to go on. An end takes effect at once. */
export async function hold(run: Run, { why, dueAt, met = () => false }: Wait): Promise<Held> {
  const { progress } = run;
  const moved = progress.moved;
  run.waiting = why;
  run.dueAt = dueAt;
  run.command = undefined;
  const called = () =>
    run.end !== undefined ||
    progress.pausedAt !== undefined ||
    run.command !== undefined ||
    progress.moved !== moved ||
    met() ||
    mustContinue();
  try {
    if (!called() && (dueAt === undefined || dueAt > Date.now())) {
      await note(run);
      await sleepUnless(called, { until: dueAt, summary: summaryOf(run) });
    }
    if (run.end !== undefined || mustContinue()) return 'over';
    if (progress.pausedAt !== undefined) return await pause(run);
    if (run.command === 'skip') return 'skipped';
    if (progress.moved !== moved) return 'anew';
    return met() ? 'met' : 'due';
  } finally {
    run.waiting = undefined;
    run.dueAt = undefined;
    run.command = undefined;
  }
}

/** Stands still while the run is paused, at whatever step. */
export async function pause(run: Run): Promise<'anew' | 'over'> {
  const { progress } = run;
  const isOver = () => run.end !== undefined || mustContinue();
  while (progress.pausedAt !== undefined && !isOver()) {
    await note(run);
    await condition(() => isOver() || progress.pausedAt === undefined);
  }
  return isOver() ? 'over' : 'anew';
}

/** The history is long enough: the run goes on as a new one, with all that it has to remember. */
export function mustContinue(): boolean {
  return workflowInfo().continueAsNewSuggested;
}

/** Shows where the person is: in the Web UI and in `journey_runs`. */
async function note(run: Run): Promise<void> {
  setCurrentDetails(describe(run));
  const { progress, waiting, dueAt, input } = run;
  const stands =
    progress.pausedAt === undefined ? (progress.parked?.reason ?? waitReason(waiting)) : 'paused';
  await atHand.recordProgress.executeWithOptions({ summary: summaryOf(run) }, [
    {
      runId: input.runId,
      step: progress.step ?? '',
      dueAt: new Date(dueAt ?? Date.now()).toISOString(),
      mailsSent: progress.sent,
      reason: stands,
    },
  ]);
}

function waitReason(waiting: Waiting | undefined): string | undefined {
  return waiting?.startsWith('mail: ') === true ? waiting.slice('mail: '.length) : undefined;
}

function summaryOf({ progress, waiting, dueAt }: Run): string {
  if (progress.pausedAt !== undefined) return `${progress.step}: paused`;
  const until = dueAt === undefined ? '' : ` until ${new Date(dueAt).toISOString().slice(0, 16)}Z`;
  return `${progress.step}: waits for ${waiting}${until}`;
}

/** A timer with a summary that can be called off, which `condition` cannot give. */
async function sleepUnless(
  called: () => boolean,
  { until, summary }: { readonly until: number | undefined; readonly summary: string },
): Promise<void> {
  if (until === undefined) return condition(called);
  const ms = until - Date.now();
  if (ms <= 0) return;
  const scope = new CancellationScope();
  const timer = scope
    .run(() => sleep(ms, { summary }))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  await Promise.race([timer, condition(called)]);
  scope.cancel();
}
