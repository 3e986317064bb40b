import type { Database } from '../db/pool.ts';
import type { ReportRun } from '../db/report-runs.ts';
import type { MailChart } from '../domain/mail-chart.ts';
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
  /** The image of a chart, PNG; SluiceError `busy` when too many are asked for at once. */
  readonly drawChart: (chart: MailChart) => Promise<Buffer>;
  /** A run of a report is written down and to be started; should it fail, a worker does it a little later. */
  readonly startRun: (run: Pick<ReportRun, 'id' | 'reportId' | 'workflowId'>) => void;
  /** Something new waits to be dispatched. */
  readonly onAccepted: () => void;
  /** Something that should not happen. */
  readonly onError: (failure: { readonly route: string; readonly error: unknown }) => void;
}
