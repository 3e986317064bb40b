import { Client, type Connection } from '@temporalio/client';
import type { Settings } from '../../config.ts';
import { SluiceError } from '../../domain/errors.ts';
import { loadCatalogue } from '../../schedules/load.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { createDataConverter } from '../../workers/data-converter.ts';
import { missingForMail } from '../../workers/mail-deps.ts';
import { brevoTaskQueue, mailTaskQueue, reportTaskQueue } from '../../workers/task-queues.ts';
import { connectTemporal } from '../context.ts';
import { pollersOf, type TaskKind } from '../pollers.ts';
import { type Check, check, type Finding, failure, skipped } from './checks.ts';
import { scheduleCheckName, scheduleChecks } from './schedules.ts';

const NAME = 'Temporal';
const CALL_MS = 8_000;
const GRPC_NOT_FOUND = 5;

export async function temporalChecks(settings: Settings): Promise<readonly Check[]> {
  let catalogue: readonly ResolvedSchedule[] = [];
  const unusable: Check[] = [];
  try {
    catalogue = await loadCatalogue(settings);
  } catch (error) {
    unusable.push({ name: 'schedule catalogue', ...failure(error) });
  }
  return [...unusable, ...(await serverChecks(settings, catalogue))];
}

async function serverChecks(
  settings: Settings,
  catalogue: readonly ResolvedSchedule[],
): Promise<readonly Check[]> {
  const { address, namespace, taskQueue } = settings.temporal;
  const queues = [
    { queue: taskQueue, kind: 'workflows' },
    { queue: taskQueue, kind: 'activities' },
    { queue: brevoTaskQueue(taskQueue), kind: 'activities' },
    ...(missingForMail(settings).length > 0
      ? []
      : [{ queue: mailTaskQueue(taskQueue), kind: 'activities' } as const]),
    ...(settings.reportConnections.length === 0
      ? []
      : [{ queue: reportTaskQueue(taskQueue), kind: 'activities' } as const]),
  ] as const;
  const queueName = ({ queue, kind }: (typeof queues)[number]) => `task queue ${queue}, ${kind}`;
  const later = [...queues.map(queueName), ...catalogue.map(({ id }) => scheduleCheckName(id))];

  let connection: Connection | undefined;
  const reached = await check(
    NAME,
    async (signal) => {
      const made = await connectTemporal(address);
      if (signal.aborted) await made.close();
      else connection = made;
      return { state: 'ok', found: `${address} answers` };
    },
    { mend: `Start Temporal at ${address} (npm start, or your own service) or correct TEMPORAL_ADDRESS.` },
  );
  if (connection === undefined) {
    return [reached, ...skipped(['Temporal namespace', ...later], 'Temporal does not answer')];
  }
  const open = connection;
  try {
    const named = await check('Temporal namespace', () => lookAtNamespace(open, namespace));
    if (named.state === 'failed') {
      return [reached, named, ...skipped(later, 'needs the namespace')];
    }
    const dataConverter = createDataConverter(settings.payloadKeys);
    const client = new Client({ connection: open, namespace, dataConverter });
    const [polls, schedules] = await Promise.all([
      Promise.all(queues.map((one) => check(queueName(one), () => lookAtQueue(open, { namespace, ...one })))),
      scheduleChecks(client, { catalogue, settings }),
    ]);
    return [reached, named, ...polls, ...schedules];
  } finally {
    await open.close();
  }
}

async function lookAtNamespace(connection: Connection, namespace: string): Promise<Finding> {
  try {
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return { state: 'ok', found: namespace };
  } catch (error) {
    if ((error as { code?: unknown }).code !== GRPC_NOT_FOUND) throw error;
    throw new SluiceError(`there is no namespace "${namespace}"`, {
      code: 'temporal_namespace_missing',
      hint: `temporal operator namespace create ${namespace}, or correct TEMPORAL_NAMESPACE.`,
      cause: error,
    });
  }
}

async function lookAtQueue(
  connection: Connection,
  input: { readonly namespace: string; readonly queue: string; readonly kind: TaskKind },
): Promise<Finding> {
  const { live, lastAgeMs } = await pollersOf(connection, input);
  if (live > 0) return { state: 'ok', found: `${live} ${live === 1 ? 'worker polls' : 'workers poll'}` };
  return {
    state: 'failed',
    found: `no worker polls${lastAgeMs === undefined ? '' : `; the last did ${Math.round(lastAgeMs / 1000)} s ago`}`,
    mend: 'sluice worker',
  };
}
