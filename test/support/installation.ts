import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';
import { type FunnelSyncRun, planFunnelSync, runFunnelSync } from '../../cli/run-funnel-sync.ts';
import { loadSettings, type Settings } from '../../config.ts';
import { migrate } from '../../db/migrate.ts';
import { type Database, openDatabase } from '../../db/pool.ts';
import { createSiteSchema, type SiteBuilder } from '../../local/demo-site/builders.ts';
import { createDataConverter } from '../../workers/data-converter.ts';
import { createWorkerDeps } from '../../workers/deps.ts';
import { createWorkers } from '../../workers/main.ts';
import { installRuntime } from '../../workers/runtime.ts';
import type { FunnelSyncResult } from '../../workflows/funnel-sync.ts';
import { SANDBOX_KEY, startTestSandbox, type TestSandbox } from './sandbox-client.ts';
import { scratchFolder } from './scratch.ts';
import { createDatabase } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const LANGUAGE_LIST = 1;
export const OTHER_LIST = 2;

/** Everything that a site's operator has: a site, our database, a Brevo, a Temporal, and settings that join them. */
export interface Installation {
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string>>;
  readonly site: SiteBuilder;
  readonly ours: Database;
  readonly sandbox: TestSandbox;
  readonly client: Client;
  readonly siteSql: (sql: string) => Promise<void>;
  readonly sql: <Row = RowDataPacket>(sql: string) => Promise<readonly Row[]>;
  /** Runs funnelSync and waits; the result of a run that failed is in `failure`. */
  run(asOf?: string): Promise<FunnelSyncRun>;
  /** Runs funnelSync, which must succeed. */
  sync(asOf?: string): Promise<Extract<FunnelSyncResult, { dryRun: false }>>;
  plan(asOf?: string): Promise<FunnelSyncRun>;
  /** A worker in this process. */
  startWorker(env?: Readonly<Record<string, string>>): Promise<{ stop(): Promise<void> }>;
  /** A worker process of its own, to be killed. */
  spawnWorker(env?: Readonly<Record<string, string>>): Promise<ChildProcess>;
}

export interface InstallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly schema?: Parameters<typeof createSiteSchema>[1];
  /** mysql://…/ of a server of the test's own; unset: the shared one. */
  readonly mysqlAdminUrl?: string;
  readonly temporalAddress?: string;
}

let installations = 0;

/** A fresh installation for the running test; all of it is gone after it. */
export async function install({
  env = {},
  schema,
  mysqlAdminUrl,
  temporalAddress,
}: InstallOptions = {}): Promise<Installation> {
  const directory = scratchFolder();
  const [ours, site] = await Promise.all([
    ourDatabase('ours', mysqlAdminUrl),
    ourDatabase('site', mysqlAdminUrl),
  ]);
  const sandbox = await startTestSandbox();
  onTestFinished(() => sandbox.stop());
  await sandbox.control.seed({
    lists: [
      { id: LANGUAGE_LIST, name: 'language' },
      { id: OTHER_LIST, name: 'other' },
    ],
    attributes: [
      { name: 'FUNNEL_TYPE', type: 'text' },
      { name: 'CERTIFICATE_PURCHASED', type: 'boolean' },
      { name: 'CERTIFICATE_PURCHASED_AT', type: 'date' },
    ],
  });
  installations += 1;
  const values = {
    DATABASE_URL: ours,
    SITE_DATABASE_URL: site,
    BREVO_BASE_URL: `${sandbox.url}/v3`,
    BREVO_API_KEY: SANDBOX_KEY,
    BREVO_LANGUAGE_LIST_ID: String(LANGUAGE_LIST),
    BREVO_NON_LANGUAGE_LIST_ID: String(OTHER_LIST),
    BREVO_CONTACTS_PER_SECOND: '500',
    BREVO_CONTACTS_PER_HOUR: '100000000',
    BREVO_PROCESSES_PER_HOUR: '1000000',
    APP_DRY_RUN: 'false',
    TEMPORAL_ADDRESS: temporalAddress ?? inject('temporalAddress'),
    TEMPORAL_TASK_QUEUE: `test-${process.pid}-${installations}`,
    SLUICE_HOME: process.env.SLUICE_HOME ?? directory,
    LOG_LEVEL: 'error',
    ...env,
  };
  const settings = loadSettings({ env: values, directory });
  await migrate({ databaseUrl: ours });
  const siteConnection = await createConnection({ uri: site, multipleStatements: true });
  const builder = await createSiteSchema(siteConnection, schema);
  const database = openDatabase(ours, { connections: 2 });
  const connection = await Connection.connect({ address: values.TEMPORAL_ADDRESS });
  const client = new Client({ connection, dataConverter: createDataConverter(settings.payloadKeys) });
  onTestFinished(async () => {
    await Promise.all([siteConnection.end().catch(() => undefined), database.close(), connection.close()]);
  });

  const run: Installation['run'] = (asOf) => runFunnelSync(client, { settings, asOf });
  return {
    settings,
    env: values,
    site: builder,
    ours: database,
    sandbox,
    client,
    run,
    siteSql: async (sql) => {
      await siteConnection.query(sql);
    },
    async sql<Row>(sql: string) {
      const [rows] = await database.pool.query<RowDataPacket[]>({ sql, typeCast: true, dateStrings: true });
      return rows as Row[];
    },
    async sync(asOf) {
      const { failure, result } = await run(asOf);
      if (failure !== undefined) throw failure;
      if (result === undefined || result.dryRun) throw new Error('this was no live run');
      return result;
    },
    plan: (asOf) => planFunnelSync(client, { settings, asOf }),
    startWorker: (more = {}) => startWorkerHere(loadSettings({ env: { ...values, ...more }, directory })),
    spawnWorker: (more = {}) => spawnWorker({ ...values, ...more }),
  };
}

async function ourDatabase(prefix: string, adminUrl: string | undefined): Promise<string> {
  if (adminUrl === undefined) {
    const database = await createDatabase(prefix);
    onTestFinished(() => database.drop());
    return database.url;
  }
  const connection = await createConnection({ uri: adminUrl });
  await connection.query(`CREATE DATABASE ${prefix} CHARACTER SET utf8mb4`);
  await connection.end();
  return `${adminUrl}${prefix}`;
}

async function startWorkerHere(settings: Settings): Promise<{ stop(): Promise<void> }> {
  installRuntime('error');
  const connection = await NativeConnection.connect({ address: settings.temporal.address });
  const deps = createWorkerDeps({ settings, getClient: () => Context.current().client });
  const workers = await createWorkers({ settings, connection, deps });
  const running = Promise.all(workers.map((worker) => worker.run()));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await deps.close();
      await connection.close();
    })();
    return stopped;
  };
  onTestFinished(stop);
  return { stop };
}

async function spawnWorker(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['cli/main.ts', 'worker'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.includes('"ready":true')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code} before it was ready`)));
  });
  await ready;
  return child;
}

const WAIT_LIMIT_MS = 50_000;

/** Waits until `condition` gives something, asking again and again; says what it waited for when it gives up. */
export async function until<T>(what: string, condition: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + WAIT_LIMIT_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
