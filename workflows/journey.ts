import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
} from '@temporalio/workflow';
import type { JourneyEnd, JourneyStart } from '../domain/journeys/run.ts';
import { atHand } from './journey/activities.ts';
import { type Alerts, createAlerts } from './journey/alerts.ts';
import { describe } from './journey/details.ts';
import { hear } from './journey/hear.ts';
import { mustContinue } from './journey/hold.ts';
import { perform } from './journey/perform.ts';
import { startReactor } from './journey/react.ts';
import { createRun, firstProgress, type JourneyProgress, type Run } from './journey/state.ts';
import { openDoor } from './journey/steer.ts';

export {
  eventSignal,
  pauseSignal,
  rescheduleUpdate,
  resumeSignal,
  retryStepUpdate,
  skipStepUpdate,
  stateQuery,
  stopSignal,
} from './journey/messages.ts';

interface JourneyInput extends JourneyStart {
  /** What a continued run brings along. */
  readonly carried?: JourneyProgress;
}

export type JourneyResult = JourneyEnd & { readonly sent: number; readonly uncertain: number };

/**
 * One person's way through one journey. It keeps the definition with which it began, counts all times from its anchor,
 * and ends at once when an event of `exitOn` comes; a mail under way finishes. Holds ids only; people are read where
 * they are needed, in activities.
 */
export async function journey(input: JourneyInput): Promise<JourneyResult> {
  const door = openDoor();
  const run = await begin(input);
  door.open(run);
  const alerts = createAlerts(run);
  const reactor = startReactor(run, alerts);

  const end = await follow(run, alerts);
  if (end === undefined) {
    await reactor.close('leave');
    await condition(allHandlersFinished);
    const { carried: _, ...start } = input;
    return continueAsNew<typeof journey>({ ...start, carried: run.progress });
  }
  // Also where the run itself was cancelled.
  await CancellationScope.nonCancellable(async () => {
    setCurrentDetails(describe(run));
    const { runId } = input;
    await atHand.recordEnd.executeWithOptions({ summary: `Over: ${end.state} (${end.reason})` }, [
      { runId, end, mailsSent: run.progress.sent, at: new Date().toISOString() },
    ]);
    await reactor.close('drain');
    await alerts.settled();
    await condition(allHandlersFinished);
  });
  const { sent, uncertain } = run.progress;
  return { ...end, sent, uncertain };
}

async function begin({ carried, ...input }: JourneyInput): Promise<Run> {
  const { runId, journey: id, definitionHash: hash } = input;
  const begun = await atHand.beginJourney.executeWithOptions(
    { summary: carried === undefined ? `Begin ${id}` : `Go on with ${id}` },
    [{ runId, journey: id, hash }],
  );
  if (begun.definition === undefined) {
    throw ApplicationFailure.nonRetryable(`there is no definition ${hash} of ${id}`, 'definition_missing');
  }
  const progress = carried ?? firstProgress(input);
  const run = createRun(input, { definition: begun.definition, progress });
  run.end = begun.end;
  if (carried !== undefined) return run;
  progress.step = run.way.first;
  for (const event of begun.missed) hear(run, event);
  return run;
}

/** Step by step to the end. @returns `undefined`: the run is to go on as a new one. */
async function follow(run: Run, alerts: Alerts): Promise<JourneyEnd | undefined> {
  const { progress, way } = run;
  try {
    while (run.end === undefined && progress.step !== undefined) {
      if (mustContinue()) return undefined;
      const step = way.step(progress.step);
      if (step === undefined) {
        throw ApplicationFailure.nonRetryable(`there is no step ${progress.step}`, 'step_missing');
      }
      // Over without an end: it is to be continued.
      if ((await perform(run, { step, alerts })) === 'over' && run.end === undefined) return undefined;
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    run.end = { state: 'stopped', reason: 'cancelled' };
  }
  run.end ??= { state: 'completed', reason: 'completed' };
  return run.end;
}
