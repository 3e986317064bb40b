import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { JourneyEvent } from '../../domain/journeys/run.ts';
import type { JourneyView } from './state.ts';

/** Something happened to the person; the same one twice counts once. */
export const eventSignal = defineSignal<[JourneyEvent]>('event');
/** The person's clock stands still. Nothing is sent until it is resumed; all times then move by the length of the pause. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** Ends the run at once; a send under way finishes. `reason` is a word: `operator`, `erasure`. */
export const stopSignal = defineSignal<[{ readonly reason: string }]>('stop');

/** Where the person is, what comes next and when, and why it waits. */
export const stateQuery = defineQuery<JourneyView>('state');

/** Goes on with the step after `step`, which must be the one at which the run waits. */
export const skipStepUpdate = defineUpdate<void, [{ readonly step: string }]>('skipStep');
/** Tries a parked step once more. */
export const retryStepUpdate = defineUpdate<void, [{ readonly step: string }]>('retryStep');
/** Moves the time of the step at which the run waits, and all later ones with it. `at` is ISO 8601 with a zone. */
export const rescheduleUpdate = defineUpdate<void, [{ readonly step: string; readonly at: string }]>(
  'reschedule',
);
