import { ActivityFailure } from '@temporalio/workflow';
import type { NotifyRequest } from '../../activities/notifications.ts';
import { notifyChannel } from './activities.ts';
import type { Run } from './state.ts';

/** News to people at work go out beside the journey: a channel that is down holds nobody up. */
export interface Alerts {
  tell(request: NotifyRequest): void;
  /** All are out, or given up. */
  settled(): Promise<void>;
}

export function createAlerts({ progress }: Run): Alerts {
  const underWay = new Set<Promise<void>>();
  const begin = (request: NotifyRequest): void => {
    const out = deliver(request).finally(() => {
      progress.alerts = progress.alerts.filter(({ key }) => key !== request.key);
      underWay.delete(out);
    });
    underWay.add(out);
  };
  // Those that a run before this one has begun; their keys make sure that what is out stays once.
  for (const request of progress.alerts) begin(request);
  return {
    tell(request) {
      progress.alerts.push(request);
      begin(request);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

async function deliver(request: NotifyRequest): Promise<void> {
  try {
    await notifyChannel.executeWithOptions({ summary: `Tell ${request.channel}: ${request.text}` }, [
      request,
    ]);
  } catch (error) {
    // Given up after a day; the row in `notifications` says so, and the journey is not to suffer from it.
    if (!(error instanceof ActivityFailure)) throw error;
  }
}
