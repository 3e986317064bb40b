import type { Client } from '@temporalio/client';

export interface RelayResult {
  readonly dispatched: number;
  /** What stood in the way at the end, where anything did. */
  readonly trouble?: string;
}

export interface EventRelayDeps {
  /** Dispatches accepted events that wait too long, until none of them is left, something stands in the way, or it is told to stop. */
  readonly relayEvents: (input: {
    readonly client: Client;
    readonly signal: AbortSignal;
  }) => Promise<{ readonly dispatched: number; readonly trouble: string | undefined }>;
}

export interface RelayContext {
  readonly client: Client;
  readonly cancellationSignal: AbortSignal;
}

export function createEventRelayActivities(deps: EventRelayDeps, getContext: () => RelayContext) {
  return {
    /** Starts what accepted events cause and no gateway has started. */
    async relayEvents(): Promise<RelayResult> {
      const { client, cancellationSignal: signal } = getContext();
      const { dispatched, trouble } = await deps.relayEvents({ client, signal });
      return { dispatched, ...(trouble === undefined ? {} : { trouble }) };
    },
  };
}

export type EventRelayActivities = ReturnType<typeof createEventRelayActivities>;
