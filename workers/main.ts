import { Context } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Settings } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { CALLS_PER_ACTIVITY, steadyRate } from '../domain/brevo-changes.ts';
import { messageOf, SluiceError } from '../domain/errors.ts';
import { activityInterceptors } from './activity-interceptor.ts';
import { workflowBundle } from './bundle.ts';
import { brevoTaskQueue, createWorkerDeps, required, type WorkerDeps } from './deps.ts';
import { createLogger } from './logger.ts';

/** Work under way gets this long to end when the worker is asked to stop; what does not is tried again elsewhere. */
const SHUTDOWN_GRACE = '20 seconds';
const SHUTDOWN_FORCE = '30 seconds';
const BREVO_CALLS_AT_ONCE = 20;
const DATABASE_WORK_AT_ONCE = 4;

/**
 * Runs the workers of this process until SIGINT or SIGTERM: one for workflows and database work, one for calls to
 * Brevo, whose queue is held to the account's rate by the Temporal service, over all workers.
 * @param onReady called once both poll.
 */
export async function runWorkers(settings: Settings, onReady: () => void): Promise<void> {
  const { taskQueue, namespace } = settings.temporal;
  Runtime.install({
    logger: createLogger(settings.logLevel),
    telemetryOptions: { logging: { forward: {}, filter: 'WARN' } },
  });
  await migrate({ databaseUrl: required('DATABASE_URL', settings.databaseUrl) });
  const connection = await connect(settings.temporal.address);
  const deps = createWorkerDeps({ settings, getClient: () => Context.current().client });
  try {
    const common = { connection, namespace, ...(await workerOptions(settings)) };
    const main = await Worker.create({
      ...common,
      taskQueue,
      activities: deps.activities,
      maxConcurrentActivityTaskExecutions: DATABASE_WORK_AT_ONCE,
    });
    const brevo = await Worker.create({
      connection,
      namespace,
      taskQueue: brevoTaskQueue(taskQueue),
      activities: deps.brevoActivities,
      interceptors: { activity: [activityInterceptors] },
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
      maxConcurrentActivityTaskExecutions: BREVO_CALLS_AT_ONCE,
      maxTaskQueueActivitiesPerSecond: steadyRate(settings.brevo) / CALLS_PER_ACTIVITY,
    });
    const running = [main.run(), brevo.run()];
    onReady();
    await Promise.all(running);
  } finally {
    await deps.close();
    await connection.close();
  }
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
  Runtime.install({
    logger: createLogger('error'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const connection = await connect(settings.temporal.address);
  try {
    const worker = await Worker.create({
      connection,
      namespace: settings.temporal.namespace,
      taskQueue,
      activities: deps.activities,
      ...(await workerOptions(settings)),
    });
    return await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}

async function workerOptions(settings: Settings): Promise<Partial<WorkerOptions>> {
  return {
    workflowBundle: { codePath: await workflowBundle(settings.home) },
    interceptors: { activity: [activityInterceptors] },
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  };
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
