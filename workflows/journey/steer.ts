import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { JourneyEvent } from '../../domain/journeys/run.ts';
import { hear } from './hear.ts';
import {
  eventSignal,
  pauseSignal,
  rescheduleUpdate,
  resumeSignal,
  retryStepUpdate,
  skipStepUpdate,
  stateQuery,
  stopSignal,
} from './messages.ts';
import { type Run, viewOf } from './state.ts';

/** What is said to a run before its definition is there waits here. */
export interface Door {
  /** From now on the run itself is told, first what has waited. */
  open(run: Run): void;
}

/** Registers everything that can be said to a run; to be called before its first step. */
export function openDoor(): Door {
  const early: ((run: Run) => void)[] = [];
  let told: Run | undefined;
  const tell = (say: (run: Run) => void): void => {
    if (told === undefined) early.push(say);
    else say(told);
  };
  const present = (): Run => {
    if (told === undefined) throw refused('not_begun', 'it has not begun yet');
    return told;
  };

  setHandler(eventSignal, (event: JourneyEvent) => tell((run) => hear(run, event)));
  setHandler(pauseSignal, () => {
    const now = Date.now();
    tell(({ progress }) => {
      progress.pausedAt ??= now;
    });
  });
  setHandler(resumeSignal, () => {
    const now = Date.now();
    tell((run) => resume(run, now));
  });
  setHandler(stopSignal, ({ reason }) =>
    tell((run) => {
      run.end ??= { state: 'stopped', reason };
    }),
  );
  setHandler(stateQuery, () => viewOf(present()));
  setHandler(
    skipStepUpdate,
    () => {
      present().command = 'skip';
    },
    { validator: ({ step }) => mustWaitAt(present(), step) },
  );
  setHandler(
    retryStepUpdate,
    () => {
      present().command = 'retry';
    },
    {
      validator: ({ step }) => {
        mustWaitAt(present(), step);
        if (present().progress.parked === undefined) throw refused('not_parked', `${step} is not parked`);
      },
    },
  );
  setHandler(
    rescheduleUpdate,
    ({ at }) => {
      present().progress.moved = Date.parse(at);
    },
    {
      validator: ({ step, at }) => {
        const run = present();
        mustWaitAt(run, step);
        if (run.waiting !== 'a time' && run.waiting !== 'an event')
          throw refused('not_waiting', `${step} does not wait for a time`);
        if (!/(Z|[+-]\d{2}:\d{2})$/.test(at) || Number.isNaN(Date.parse(at)))
          throw refused('no_time', 'the new time must be ISO 8601 with Z or an offset');
      },
    },
  );

  return {
    open(run) {
      told = run;
      for (const say of early.splice(0)) say(run);
    },
  };
}

/** The person's clock goes on: all that is still to come is later by the length of the pause. */
function resume({ progress }: Run, now: number): void {
  if (progress.pausedAt === undefined) return;
  const length = now - progress.pausedAt;
  progress.pausedAt = undefined;
  progress.clock += length;
  progress.anchor += length;
  if (progress.moved !== undefined) progress.moved += length;
}

function mustWaitAt(run: Run, step: string): void {
  if (run.end !== undefined) throw refused('over', 'it is over');
  if (run.progress.pausedAt !== undefined) throw refused('paused', 'it is paused; resume it first');
  if (run.waiting === undefined || run.command !== undefined)
    throw refused('busy', 'a step is under way; try again in a moment');
  if (run.progress.step !== step)
    throw refused('other_step', `it waits at ${run.progress.step ?? 'no step'}, not at ${step}`);
}

function refused(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code);
}
