import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { createServer, type Server } from './server.ts';

export interface TemporalInput {
  /** The `temporal` program. */
  readonly path: string;
  /** Absolute; holds the server's database. */
  readonly directory: string;
  readonly logFile: string;
  readonly namespace: string;
  readonly port: number;
  /** Undefined: without the Web UI. */
  readonly uiPort?: number;
  /** Where the Web UI asks to have payloads decrypted. */
  readonly uiCodecEndpoint?: string;
}

/**
 * Dynamic configuration of a server that is one process. A task queue in several partitions is for many: with few pollers
 * a task can lie for a minute in one that nobody asks. And a schedule's start waits for no other's: 30 a second is for a
 * service that many share.
 */
const ONE_MACHINE: Readonly<Record<string, number | string>> = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'worker.schedulerNamespaceStartWorkflowRPS': 500,
  // What runs schedules has two pollers; when both wait at its sticky queue, the other is looked at after a minute.
  'worker.perNamespaceWorkerOptions': JSON.stringify({ MaxConcurrentWorkflowTaskPollers: 20 }),
};

/** A private Temporal dev server on 127.0.0.1 that keeps its state in a file. Not started yet. */
export function createTemporal({
  path,
  directory,
  logFile,
  namespace,
  port,
  uiPort,
  uiCodecEndpoint,
}: TemporalInput): Server {
  return createServer({
    name: 'Temporal',
    command: path,
    args: [
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--namespace',
      namespace,
      ...(uiPort === undefined ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)]),
      ...(uiCodecEndpoint === undefined ? [] : ['--ui-codec-endpoint', uiCodecEndpoint]),
      '--db-filename',
      join(directory, 'temporal.db'),
      '--log-level',
      'warn',
      // Nearly twice as fast as the default, and safe as long as the machine itself does not crash.
      '--sqlite-pragma',
      'journal_mode=wal',
      '--sqlite-pragma',
      'synchronous=1',
      ...Object.entries(ONE_MACHINE).flatMap(([name, value]) => [
        '--dynamic-config-value',
        `${name}=${value}`,
      ]),
    ],
    logFile,
    ready: { probe: () => serves({ address: `127.0.0.1:${port}`, namespace }) },
    readyWithinMs: 60_000,
    graceMs: 15_000,
    beforeStart: async () => void mkdirSync(directory, { recursive: true, mode: 0o700 }),
  });
}

async function serves({ address, namespace }: { address: string; namespace: string }): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1 second' });
    try {
      await connection.workflowService.describeNamespace({ namespace });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
