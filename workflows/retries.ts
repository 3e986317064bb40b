import type { ActivityOptions, LocalActivityOptions } from '@temporalio/common';

/**
 * How activities are tried, by kind of work. None gives up by itself: what cannot succeed is thrown as not retryable
 * (workers/failures.ts), everything else passes some day. A worker that dies shows by its missing heartbeats.
 */
export const DATABASE_WORK: ActivityOptions = {
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
};

/** An outage of hours costs one attempt a minute, and is over at most a minute after it ends. */
export const BREVO_WORK: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

/**
 * Short work on the database within a workflow task. An outage is waited out by timers of the service, so that no task is
 * kept open for long.
 */
export const AT_HAND: LocalActivityOptions = {
  startToCloseTimeout: '1 minute',
  localRetryThreshold: '4 seconds',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
};
