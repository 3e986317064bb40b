import type { Occurrence } from '../domain/occurrence.ts';

// Every run has its modules to itself, so this is of one run.
let occurrence: Occurrence | undefined;

/**
 * The scheduled time for which this run works, in the schedule's zone; undefined when no schedule has started it.
 * @example
 * if (scheduledOccurrence()?.weekend === true) return;
 */
export function scheduledOccurrence(): Occurrence | undefined {
  return occurrence;
}

/** Before the flow begins, once. */
export function setScheduledOccurrence(claimed: Occurrence): void {
  occurrence = claimed;
}
