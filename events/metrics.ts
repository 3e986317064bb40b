import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Acceptance } from '../db/accept-events.ts';
import type { StoredEvent } from '../db/event-queue.ts';
import type { EventRun } from '../db/events.ts';
import { isEventType } from './event-types.ts';

export type OpenEvents = () => Promise<{ readonly open: number; readonly oldest: Date | undefined }>;

const HTTP_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LAG_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600];

/** What the gateway tells Prometheus: counts and times, never who. */
export interface GatewayMetrics {
  answered(answer: { readonly route: string; readonly status: number; readonly seconds: number }): void;
  accepted(acceptances: readonly Acceptance[]): void;
  dispatched(done: { readonly event: StoredEvent; readonly runs: readonly EventRun[] }): void;
  trouble(kind: string): void;
  recorded(engagements: number): void;
  charted(outcome: 'drawn' | 'cached' | 'failed'): void;
  readonly contentType: string;
  text(): Promise<string>;
}

export function createMetrics({
  openEvents,
  waiting,
}: {
  readonly openEvents: OpenEvents;
  readonly waiting: () => number;
}): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'sluice_http_request_seconds',
    help: 'Time from the whole request to its answer.',
    labelNames: ['route', 'status'] as const,
    buckets: HTTP_SECONDS,
    registers,
  });
  const events = new Counter({
    name: 'sluice_events_total',
    help: 'Events by what became of them at the door.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const dispatched = new Counter({
    name: 'sluice_events_dispatched_total',
    help: 'Events whose consequences have been started, by type; types that nobody declared are other.',
    labelNames: ['type'] as const,
    registers,
  });
  const runs = new Counter({
    name: 'sluice_event_runs_total',
    help: 'What triggers made of events.',
    labelNames: ['trigger', 'outcome'] as const,
    registers,
  });
  const lag = new Histogram({
    name: 'sluice_event_dispatch_lag_seconds',
    help: 'From accepting an event until its consequences have been started.',
    buckets: LAG_SECONDS,
    registers,
  });
  const troubles = new Counter({
    name: 'sluice_event_dispatch_troubles_total',
    help: 'Dispatches that did not get through and are tried again, by what stood in the way.',
    labelNames: ['kind'] as const,
    registers,
  });
  const engagements = new Counter({
    name: 'sluice_engagements_total',
    help: 'Events of Brevo webhooks that were news.',
    registers,
  });
  const charts = new Counter({
    name: 'sluice_charts_total',
    help: 'Images of charts that were asked for, by where they came from.',
    labelNames: ['outcome'] as const,
    registers,
  });
  registry.registerMetric(
    new Gauge({
      name: 'sluice_events_waiting',
      help: 'Events that wait to be made durable.',
      registers: [],
      collect() {
        this.set(waiting());
      },
    }),
  );
  const oldest = new Gauge({
    name: 'sluice_events_open_oldest_seconds',
    help: 'Age of the oldest accepted event that is not dispatched.',
    registers,
  });
  registry.registerMetric(
    new Gauge({
      name: 'sluice_events_open',
      help: 'Accepted events that are not dispatched yet; NaN while the database does not answer.',
      registers: [],
      async collect() {
        try {
          const found = await openEvents();
          this.set(found.open);
          oldest.set(found.oldest === undefined ? 0 : (Date.now() - found.oldest.getTime()) / 1000);
        } catch {
          this.set(Number.NaN);
          oldest.set(Number.NaN);
        }
      },
    }),
  );
  return {
    answered: ({ route, status, seconds }) => requests.observe({ route, status: String(status) }, seconds),
    accepted(acceptances) {
      for (const { status } of acceptances) events.inc({ outcome: status });
    },
    dispatched({ event, runs: made }) {
      dispatched.inc({ type: isEventType(event.type) ? event.type : 'other' });
      lag.observe(Math.max(0, Date.now() - event.receivedAt.getTime()) / 1000);
      for (const { trigger, outcome } of made) runs.inc({ trigger, outcome });
    },
    trouble: (kind) => troubles.inc({ kind }),
    recorded: (count) => engagements.inc(count),
    charted: (outcome) => charts.inc({ outcome }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
