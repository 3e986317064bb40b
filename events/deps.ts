import type { Database } from '../db/pool.ts';
import type { Engagement } from '../domain/sending/engagement.ts';
import type { Intake } from './intake.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { GatewaySecrets, Readiness } from './readiness.ts';
import type { Trigger } from './triggers.ts';

/** What the routes need. */
export interface RouteDeps {
  readonly database: Database;
  readonly secrets: GatewaySecrets;
  readonly intake: Intake;
  readonly triggers: readonly Trigger[];
  readonly metrics: GatewayMetrics;
  readonly readiness: () => Promise<Readiness>;
  /** Keyed hash of a canonical address. */
  readonly hashAddress: (canonicalEmail: string) => string;
  /** Of bodies of Brevo's webhooks. */
  readonly parseWebhook: (body: unknown) => readonly Engagement[];
  /** Something new waits to be dispatched. */
  readonly onAccepted: () => void;
  /** Something that should not happen. */
  readonly onError: (failure: { readonly route: string; readonly error: unknown }) => void;
}
