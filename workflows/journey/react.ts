import { ActivityFailure, condition, log } from '@temporalio/workflow';
import type { JourneyEvent } from '../../domain/journeys/run.ts';
import { armsOf, type Step } from '../../domain/journeys/steps.ts';
import type { Alerts } from './alerts.ts';
import { doInstant, isInstant } from './instant.ts';
import type { Run } from './state.ts';

/** What is done whenever an event comes, beside the line of the journey. */
export interface Reactor {
  /** Ends it: `drain` does first what is still to be done, `leave` keeps that for the run that goes on. */
  close(how: 'drain' | 'leave'): Promise<void>;
}

export function startReactor(run: Run, alerts: Alerts): Reactor {
  const { progress } = run;
  let closing: 'drain' | 'leave' | undefined;
  const working = work();
  return {
    close(how) {
      closing = how;
      return working;
    },
  };

  async function work(): Promise<void> {
    for (;;) {
      await condition(() => closing !== undefined || progress.reactions.length > 0);
      const [event] = progress.reactions;
      if (closing === 'leave' || event === undefined) return;
      await reactTo(event);
      progress.reactions = progress.reactions.slice(1);
    }
  }

  async function reactTo(event: JourneyEvent): Promise<void> {
    for (const { steps } of run.definition.whenever.filter((one) => one.event === event.type)) {
      try {
        await doAll(steps, event);
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        // It cannot be parked without holding the journey up; people are told instead.
        log.warn('a reaction of a journey failed', { event: event.type });
        alerts.tell({
          key: `journey/${run.input.runId}/${event.eventId}/failed`,
          channel: 'operators',
          contactId: undefined,
          text: `Journey ${run.definition.id}, run ${run.input.runId}: what is to be done whenever ${event.type} comes has failed`,
        });
      }
    }
  }

  async function doAll(steps: readonly Step[], event: JourneyEvent): Promise<void> {
    for (const step of steps) {
      if (!isInstant(step)) continue;
      const arm = await doInstant(run, { step, alerts, event });
      const inner = armsOf(step).find(([name]) => name === arm);
      if (inner !== undefined) await doAll(inner[1], event);
    }
  }
}
