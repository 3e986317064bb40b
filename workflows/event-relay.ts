import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { EventRelayActivities, RelayResult } from '../activities/event-relay.ts';
import { DATABASE_WORK } from './retries.ts';

const { relayEvents } = proxyActivities<EventRelayActivities>({
  ...DATABASE_WORK,
  // The next minute is another try.
  scheduleToCloseTimeout: '10 minutes',
});

/** Starts what accepted events cause and no gateway has started: all gateways are down, or one died over it. */
export async function eventRelay(): Promise<RelayResult> {
  const result = await relayEvents.executeWithOptions({ summary: 'Dispatch events that wait too long' }, []);
  setCurrentDetails(
    `${result.dispatched} events dispatched${result.trouble === undefined ? '' : `; in the way: ${result.trouble}`}`,
  );
  return result;
}
