import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { required, type Settings } from '../config.ts';
import { openEvents } from '../db/event-queue.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { messageOf } from '../domain/errors.ts';
import { journeys } from '../domain/journeys/catalogue.ts';
import { addressHash } from '../mail/keys.ts';
import { checkTriggers } from './check-triggers.ts';
import type { RouteDeps } from './deps.ts';
import { createDispatcher, type Dispatcher, type DispatcherDeps } from './dispatcher.ts';
import { createIntake } from './intake.ts';
import { createMetrics, type GatewayMetrics } from './metrics.ts';
import { createReadiness } from './readiness.ts';
import { startReportRun } from './report-runs.ts';
import { buildServer } from './server.ts';
import { silentConnections } from './silent-connections.ts';
import { suppressionHooks } from './suppression-hooks.ts';
import { triggers as shippedTriggers } from './trigger-catalogue.ts';
import type { Trigger } from './triggers.ts';
import { troubleOf } from './trouble.ts';

export interface Gateway {
  /** Like `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Takes no more requests, finishes those it has, writes down and gives back what is under way. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly queues: { readonly mail: string; readonly brevo: string };
  /** Workflow types that triggers may start. */
  readonly workflows: ReadonlySet<string>;
  /** Of bodies of Brevo's webhooks; the room of Brevo knows their shapes. */
  readonly parseWebhook: RouteDeps['parseWebhook'];
  /** Images of charts in mails. */
  readonly charts: { draw: RouteDeps['drawChart']; close(): Promise<void> };
  /** How payloads are written for Temporal: that of the workers. */
  readonly dataConverter: DataConverter;
  readonly triggers?: readonly Trigger[];
}

const CLOSING_MS = 50;
/** Statements of requests, of dispatching and of readiness side by side. */
const CONNECTIONS = 12;

/**
 * Opens the gateway. It starts without database and Temporal, too, and says so in /readyz: a website that is turned away
 * comes again.
 * @throws SluiceError `triggers_invalid`, `setting_missing`
 */
export async function openGateway({
  settings,
  log,
  queues,
  workflows,
  parseWebhook,
  charts,
  dataConverter,
  triggers = shippedTriggers,
}: GatewayOptions): Promise<Gateway> {
  checkTriggers(triggers, { journeys: new Set(journeys.map(({ id }) => id)), workflows });
  const database = openDatabase(required('DATABASE_URL', settings.databaseUrl), { connections: CONNECTIONS });
  const { address, namespace, taskQueue } = settings.temporal;
  const connection = Connection.lazy({ address });
  const client = new Client({ connection, namespace, dataConverter });
  const { secret } = settings;
  const hashAddress = (email: string) => addressHash(required('SLUICE_SECRET', secret), email);
  const secrets = {
    events: settings.events.secrets,
    brevoToken: settings.events.brevoToken,
    installation: secret,
  };
  const intake = createIntake({
    database,
    hooks: suppressionHooks(hashAddress),
    onBatch: (acceptances) => metrics.accepted(acceptances),
    onTrouble: (error) => log.warn({ trouble: troubleOf(error), error: nameOf(error) }, 'events not durable'),
  });
  const metrics: GatewayMetrics = createMetrics({
    openEvents: () => openEvents(database.orm),
    waiting: () => intake.depth(),
  });
  const dispatcher = createDispatcher(
    dispatching({
      database,
      client,
      log,
      metrics,
      triggers,
      queues: { flows: taskQueue, ...queues },
      isRush: () => intake.isRush(),
    }),
  );
  const app = buildServer({
    database,
    secrets,
    intake,
    triggers,
    metrics,
    readiness: createReadiness({ database, client, secrets }),
    hashAddress,
    parseWebhook,
    drawChart: (chart) => charts.draw(chart),
    startRun: (run) => {
      void startReportRun(client, { run, taskQueue }).catch((error: unknown) => {
        log.warn({ run: run.id, error: nameOf(error) }, 'a run of a report is started a little later');
      });
    },
    onAccepted: () => dispatcher.wake(),
    onError: ({ route, error }) => log.error({ route, error: nameOf(error) }, 'a request failed'),
  });
  const endSilent = silentConnections(app.server);
  const close = async () => {
    // A connection that was answering when we began to stop becomes idle later, and would be kept open for its next request.
    const closing = setInterval(() => {
      app.server.closeIdleConnections();
      endSilent();
    }, CLOSING_MS);
    await app.close();
    clearInterval(closing);
    await intake.idle();
    await dispatcher.stop();
    await Promise.all([database.close(), connection.close(), charts.close()]);
  };
  try {
    await app.listen({ host: settings.gateway.host, port: settings.gateway.port });
  } catch (error) {
    await close();
    throw error;
  }
  dispatcher.start();
  return { url: urlOf(app.server.address(), settings.gateway.host), stop: close };
}

/** What dispatching needs; the relay in a worker is made of the same. */
function dispatching({
  log,
  metrics,
  ...parts
}: Pick<DispatcherDeps, 'database' | 'client' | 'triggers' | 'queues' | 'isRush'> & {
  readonly log: Logger;
  readonly metrics?: GatewayMetrics | undefined;
}): DispatcherDeps {
  return {
    ...parts,
    journeys,
    onDispatched: (done) => metrics?.dispatched(done),
    onTrouble({ kind, error, delayMs }) {
      metrics?.trouble(kind);
      log.warn(
        { kind, error: nameOf(error), againInMs: Math.round(delayMs) },
        'events wait to be dispatched',
      );
    },
    onFailure: ({ event, trigger, error }) =>
      log.error({ event: event.id, trigger, error: nameOf(error) }, 'a trigger failed'),
  };
}

/** A dispatcher for a process that is no gateway: it is told to drain, and looks for nothing by itself. */
export function createRelay({
  database,
  client,
  log,
  queues,
  triggers = shippedTriggers,
}: {
  readonly database: Database;
  readonly client: Client;
  readonly log: Logger;
  readonly queues: { readonly flows: string; readonly mail: string; readonly brevo: string };
  readonly triggers?: readonly Trigger[];
}): Dispatcher {
  return createDispatcher(dispatching({ database, client, log, triggers, queues, isRush: () => false }));
}

/** Messages of statements quote values, so only their names are logged. */
function nameOf(error: unknown): string {
  if (troubleOf(error) === 'database') {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const { code } = cause as { code?: unknown };
    return typeof code === 'string' ? code : 'database';
  }
  return error instanceof Error ? `${error.name}: ${messageOf(error)}` : 'unknown';
}

function urlOf(address: AddressInfo | string | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
