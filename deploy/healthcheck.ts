import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import { loadSettings } from '../config.ts';
import { messageOf } from '../domain/errors.ts';
import { createDataConverter } from '../workers/data-converter.ts';

/**
 * Whether the worker of this container asks Temporal for work, as Temporal sees it. Exit code 0: it does.
 * A container of its own has a host name of its own, which is part of the worker's identity; on a machine with
 * several workers any of them counts.
 */

const WORKFLOW_TASKS = 1;
/** A worker asks again at least once a minute. */
const RECENT_MS = 180_000;

async function workerPolls(): Promise<boolean> {
  const { temporal, payloadKeys } = loadSettings();
  const { address, namespace, taskQueue } = temporal;
  const connection = await Connection.connect({ address, connectTimeout: 10_000 });
  try {
    const client = new Client({ connection, namespace, dataConverter: createDataConverter(payloadKeys) });
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the SDK does not export the enum
      taskQueueType: WORKFLOW_TASKS,
    });
    return (pollers ?? []).some(
      ({ identity, lastAccessTime }) =>
        identity?.endsWith(`@${hostname()}`) === true &&
        Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < RECENT_MS,
    );
  } finally {
    await connection.close();
  }
}

try {
  if (!(await workerPolls())) {
    process.stderr.write('no worker of this host asks Temporal for work\n');
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
