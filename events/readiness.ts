import type { Client } from '@temporalio/client';
import { schemaState } from '../db/migrate.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';

interface Reason {
  /** A stable word. */
  readonly code: string;
  readonly detail: string;
}

/**
 * `ready`: all is well. `degraded`: events are accepted and kept, though nothing is started at present. `not_ready`: send
 * no traffic here.
 */
export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not_ready';
  readonly reasons: readonly Reason[];
}

export interface ReadinessDeps {
  readonly database: Database;
  readonly client: Client;
  readonly secrets: GatewaySecrets;
}

export interface GatewaySecrets {
  /** `whsec_…` */
  readonly events: readonly string[];
  readonly brevoToken: string | undefined;
  /** Of unsubscribe links and address hashes. */
  readonly installation: string | undefined;
}

const PATIENCE_MS = 2_000;
/** Whoever asks more often gets the same answer. */
const KEPT_MS = 1_000;

/** Asks everything that a gateway needs; whatever does not answer in time counts as not there. */
export function createReadiness(deps: ReadinessDeps): () => Promise<Readiness> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<Readiness> | undefined;
  return () => {
    if (answer === undefined || performance.now() - asked > KEPT_MS) {
      asked = performance.now();
      answer = look(deps);
    }
    return answer;
  };
}

async function look({ database, client, secrets }: ReadinessDeps): Promise<Readiness> {
  const [databaseReasons, temporalReasons] = await Promise.all([askDatabase(database), askTemporal(client)]);
  const blocking = [...secretReasons(secrets), ...databaseReasons];
  const status = blocking.length > 0 ? 'not_ready' : temporalReasons.length > 0 ? 'degraded' : 'ready';
  return { status, reasons: [...blocking, ...temporalReasons] };
}

function secretReasons({ events, brevoToken, installation }: GatewaySecrets): readonly Reason[] {
  return [
    ...(events.length > 0
      ? []
      : missing('events_secrets_missing', 'EVENTS_SECRETS is not set: no event is taken')),
    ...(brevoToken !== undefined
      ? []
      : missing(
          'brevo_webhook_token_missing',
          'BREVO_WEBHOOK_TOKEN is not set: bounces would not be heard of',
        )),
    ...(installation !== undefined
      ? []
      : missing('secret_missing', 'SLUICE_SECRET is not set: unsubscribe links cannot be read')),
  ];
}

function missing(code: string, detail: string): readonly Reason[] {
  return [{ code, detail }];
}

async function askDatabase(database: Database): Promise<readonly Reason[]> {
  try {
    const state = await within(schemaState(database));
    if (state === 'current') return [];
    return [
      {
        code: 'schema_behind',
        detail: 'the database has not been migrated for this version: sluice migrate',
      },
    ];
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'schema_newer')
      return [{ code: error.code, detail: error.message }];
    return [{ code: 'database_unreachable', detail: 'the database does not answer' }];
  }
}

async function askTemporal(client: Client): Promise<readonly Reason[]> {
  try {
    const { namespace } = client.options;
    await client.withDeadline(Date.now() + PATIENCE_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return [];
  } catch {
    return [
      {
        code: 'temporal_unreachable',
        detail: 'Temporal does not answer: events are kept and start their runs when it is back',
      },
    ];
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), PATIENCE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
