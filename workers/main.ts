import { Context } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { required, type Settings } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { callsPerActivity, steadyRate } from '../domain/brevo-changes.ts';
import { messageOf, SluiceError } from '../domain/errors.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { activityInterceptors } from './activity-interceptor.ts';
import { workflowBundle } from './bundle.ts';
import { loadCampaigns } from './campaign-catalogue.ts';
import { createDataConverter } from './data-converter.ts';
import { createWorkerDeps, type WorkerDeps } from './deps.ts';
import { missingForMail } from './mail-deps.ts';
import { installRuntime } from './runtime.ts';
import { brevoTaskQueue, mailTaskQueue, reportTaskQueue } from './task-queues.ts';

/** Work under way gets this long to end when the worker is asked to stop; what does not is tried again elsewhere. */
const SHUTDOWN_GRACE = '20 seconds';
const SHUTDOWN_FORCE = '30 seconds';
const BREVO_CALLS_AT_ONCE = 20;
const DATABASE_WORK_AT_ONCE = 4;
const MAILS_AT_ONCE = 50;
/** Each holds a batch of rows and the parts of its files in memory. */
const REPORTS_AT_ONCE = 2;
/**
 * Runs that are kept at hand between two of their tasks. The SDK would keep 10, because the worker's heap is small, and
 * build every other one anew from its history; one takes about 0.4 MB.
 */
const WORKFLOWS_CACHED = 100;
/**
 * An activity hears with its heartbeat that it is cancelled, and the SDK would hold back heartbeats for 8 of the 10 seconds
 * that they may take. A campaign that is paused, or a query that is called off, ends within about three.
 */
const HEARS_SOON = { maxHeartbeatThrottleInterval: '1 second' } as const;
/** Small work of journeys within their workflow tasks; more would only wait for a connection. */
const WORK_AT_HAND = 16;
const ACTIVITY_OPTIONS: Pick<WorkerOptions, 'interceptors' | 'shutdownGraceTime' | 'shutdownForceTime'> = {
  interceptors: { activity: [activityInterceptors] },
  shutdownGraceTime: SHUTDOWN_GRACE,
  shutdownForceTime: SHUTDOWN_FORCE,
};

/**
 * Runs the workers of this process until SIGINT or SIGTERM: one for workflows and database work, one for calls to
 * Brevo, whose queue is held to the account's rate by the Temporal service, over all workers, and one for mails, which take
 * their turns in the database.
 * @param onReady called once all poll.
 */
export async function runWorkers(settings: Settings, onReady: () => void): Promise<void> {
  installRuntime(settings.logLevel);
  const catalogue = await loadCatalogue(settings);
  // A campaign that cannot be sent keeps the worker from starting, and not its audience from its mail.
  await loadCampaigns(settings);
  await migrate({ databaseUrl: required('DATABASE_URL', settings.databaseUrl) });
  const connection = await connect(settings.temporal.address);
  const deps = createWorkerDeps({ settings, catalogue, getClient: () => Context.current().client });
  try {
    const workers = await createWorkers({ settings, connection, deps });
    const missing = missingForMail(settings);
    if (missing.length > 0)
      Runtime.instance().logger.warn('mails wait: settings are missing', { missing: missing.join() });
    const running = workers.map((worker) => worker.run());
    onReady();
    await Promise.all(running);
  } finally {
    await deps.close();
    await connection.close();
  }
}

/** The workers of a process, not yet running; the one for mails only where they can be sent. */
export async function createWorkers({
  settings,
  connection,
  deps,
}: {
  readonly settings: Settings;
  readonly connection: NativeConnection;
  readonly deps: WorkerDeps;
}): Promise<readonly Worker[]> {
  const { taskQueue, namespace } = settings.temporal;
  const dataConverter = createDataConverter(settings.payloadKeys);
  const main = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue,
    activities: deps.activities,
    maxConcurrentActivityTaskExecutions: DATABASE_WORK_AT_ONCE,
    maxConcurrentLocalActivityExecutions: WORK_AT_HAND,
    maxCachedWorkflows: WORKFLOWS_CACHED,
    ...ACTIVITY_OPTIONS,
    workflowBundle: { codePath: await workflowBundle(settings.home, dataConverter) },
  });
  const rate = steadyRate(settings.brevo);
  const brevo = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: brevoTaskQueue(taskQueue),
    activities: deps.brevoActivities,
    maxConcurrentActivityTaskExecutions: BREVO_CALLS_AT_ONCE,
    maxTaskQueueActivitiesPerSecond: rate / callsPerActivity(rate),
    ...ACTIVITY_OPTIONS,
  });
  const reports = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: reportTaskQueue(taskQueue),
    activities: deps.reportActivities,
    maxConcurrentActivityTaskExecutions: REPORTS_AT_ONCE,
    ...HEARS_SOON,
    ...ACTIVITY_OPTIONS,
  });
  if (deps.mailActivities === undefined) return [main, brevo, reports];
  const mail = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: mailTaskQueue(taskQueue),
    activities: deps.mailActivities,
    maxConcurrentActivityTaskExecutions: MAILS_AT_ONCE,
    ...HEARS_SOON,
    ...ACTIVITY_OPTIONS,
  });
  return [main, brevo, reports, mail];
}

/** One worker on a queue of its own that plans and writes nothing, for as long as `work` takes. */
export async function withDryWorker<T>(
  {
    settings,
    taskQueue,
    deps,
  }: { readonly settings: Settings; readonly taskQueue: string; readonly deps: WorkerDeps },
  work: () => Promise<T>,
): Promise<T> {
  installRuntime('error');
  const connection = await connect(settings.temporal.address);
  const dataConverter = createDataConverter(settings.payloadKeys);
  try {
    const worker = await Worker.create({
      connection,
      namespace: settings.temporal.namespace,
      dataConverter,
      taskQueue,
      activities: deps.activities,
      ...ACTIVITY_OPTIONS,
      workflowBundle: { codePath: await workflowBundle(settings.home, dataConverter) },
    });
    return await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}

async function connect(address: string): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address });
  } catch (cause) {
    throw new SluiceError(`Temporal cannot be reached at ${address}: ${messageOf(cause)}`, {
      code: 'temporal_unreachable',
      sort: 'retry',
      hint: 'Start it (npm start, or your own service) or set TEMPORAL_ADDRESS.',
      cause,
    });
  }
}
