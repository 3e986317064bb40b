import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RowDataPacket } from 'mysql2/promise';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { parseBrevoWebhook } from '../../brevo/webhooks.ts';
import { loadSettings, type Settings } from '../../config.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { type Gateway, openGateway } from '../../events/gateway.ts';
import { signWebhook } from '../../events/standard-webhooks.ts';
import type { Trigger } from '../../events/triggers.ts';
import { createChartDrawer } from '../../reports/chart-drawer.ts';
import { createDataConverter } from '../../workers/data-converter.ts';
import { createDatabase } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
export const BREVO_TOKEN = 'token-of-the-brevo-webhook';
export const INSTALLATION_SECRET = 'the-secret-of-this-test-installation';

export interface EventBody {
  readonly id?: string;
  readonly type: string;
  readonly timestamp: string;
  readonly resource: string;
  readonly data?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

interface AnswerBody {
  readonly accepted?: readonly {
    readonly id: string;
    readonly duplicate: boolean;
    readonly runs: readonly { readonly trigger: string; readonly workflowId: string }[];
  }[];
  readonly rejected?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly status: number;
    readonly code: string;
    readonly errors?: readonly { readonly field: string; readonly message: string }[];
  }[];
  readonly title?: string;
  readonly status?: number | string;
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly reasons?: readonly { readonly code: string; readonly detail: string }[];
  readonly recorded?: number;
}

/** A database, settings, and gateways on them, in this process or of their own. */
export interface GatewayHome {
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string>>;
  readonly database: Database;
  readonly sql: <Row = RowDataPacket>(sql: string) => Promise<readonly Row[]>;
  open(more?: Readonly<Record<string, string>>): Promise<Gateway>;
  /** `sluice gateway` as a process of its own, to be killed. */
  spawn(more?: Readonly<Record<string, string>>): Promise<GatewayProcess>;
}

interface GatewayProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** Settles with code or signal when it has ended. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

let homes = 0;

export async function gatewayHome({
  env = {},
  databaseUrl,
  triggers,
}: {
  readonly env?: Readonly<Record<string, string>>;
  /** Of a server of the test's own; the database must be there. */
  readonly databaseUrl?: string;
  readonly triggers?: readonly Trigger[];
} = {}): Promise<GatewayHome> {
  const url = databaseUrl ?? (await ownDatabase());
  await migrate({ databaseUrl: url });
  homes += 1;
  const values = {
    DATABASE_URL: url,
    EVENTS_SECRETS: SECRET,
    BREVO_WEBHOOK_TOKEN: BREVO_TOKEN,
    SLUICE_SECRET: INSTALLATION_SECRET,
    GATEWAY_PORT: '0',
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_TASK_QUEUE: `gateway-${process.pid}-${homes}`,
    LOG_LEVEL: 'error',
    ...env,
  };
  const database = openDatabase(url, { connections: 4 });
  onTestFinished(() => database.close());
  // Workflow ids are made of row numbers, and all tests share a Temporal.
  await database.pool.query(`ALTER TABLE events AUTO_INCREMENT = ${randomInt(1_000, 2 ** 47)}`);
  const settingsOf = (more: Readonly<Record<string, string>>) =>
    loadSettings({ env: { ...values, ...more }, directory: '/nowhere' });
  return {
    settings: settingsOf({}),
    env: values,
    database,
    async sql<Row>(text: string) {
      const [rows] = await database.pool.query<RowDataPacket[]>(text);
      return rows as Row[];
    },
    async open(more = {}) {
      const settings = settingsOf(more);
      const { taskQueue } = settings.temporal;
      const gateway = await openGateway({
        settings,
        log: pino({ level: 'silent' }),
        queues: { mail: `${taskQueue}-mail`, brevo: `${taskQueue}-brevo` },
        workflows: new Set(['probe', 'campaign']),
        parseWebhook: parseBrevoWebhook,
        charts: createChartDrawer(),
        dataConverter: createDataConverter(settings.payloadKeys),
        ...(triggers === undefined ? {} : { triggers }),
      });
      let stopped: Promise<void> | undefined;
      const stop = () => {
        stopped ??= gateway.stop();
        return stopped;
      };
      onTestFinished(stop);
      return { url: gateway.url, stop };
    },
    spawn: (more = {}) => spawnGateway({ ...values, ...more }),
  };
}

async function ownDatabase(): Promise<string> {
  const database = await createDatabase('events');
  onTestFinished(() => database.drop());
  return database.url;
}

async function spawnGateway(env: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['cli/main.ts', 'gateway'], {
    cwd: ROOT,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => text as string),
    ended.then((how) => Promise.reject(new Error(`the gateway ended with ${how} before it was ready`))),
  ]);
  const { url } = JSON.parse(line) as { readonly url: string };
  return { child, url, ended };
}

let made = 0;

/** An opt-in of somebody new, a moment ago. */
export function optIn(more: Partial<EventBody> = {}): EventBody {
  made += 1;
  return {
    type: 'lead.opted_in',
    timestamp: new Date(Date.now() - 1000).toISOString(),
    resource: `lead.${made}`,
    data: { email: `lead${made}@example.com`, first_name: 'Lea' },
    ...more,
  };
}

/** Posts as a website does; every header can be replaced, and left out with an empty text. */
export async function post(
  url: string,
  body: unknown,
  {
    id = `test_${randomUUID()}`,
    secret = SECRET,
    at = new Date(),
    headers = {},
    path = '/v1/events',
  }: {
    readonly id?: string;
    readonly secret?: string;
    readonly at?: Date;
    readonly headers?: Readonly<Record<string, string>>;
    readonly path?: string;
  } = {},
): Promise<Answer> {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const all = {
    'content-type': 'application/json',
    ...signWebhook({ id, at, body: bytes, secret }),
    ...headers,
  };
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    body: bytes,
  });
  return answerOf(response);
}

export async function get(url: string, path: string): Promise<Answer> {
  return answerOf(await fetch(`${url}${path}`));
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, body: body as AnswerBody };
}
