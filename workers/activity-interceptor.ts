import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { failureOf } from './failures.ts';

const HEARTBEAT_MS = 3_000;

/**
 * Around every activity: heartbeats while it runs, so that a killed worker is noticed in seconds and a terminated
 * workflow stops its activities; and failures in the form in which they may be kept.
 */
export function activityInterceptors(context: Context): ActivityInterceptors {
  return {
    inbound: {
      async execute(input, next) {
        const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
        try {
          return await next(input);
        } catch (error) {
          if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
          throw failureOf(error);
        } finally {
          clearInterval(heartbeat);
        }
      },
    },
  };
}
