import type { Client, Connection } from '@temporalio/client';
import type { Settings } from '../config.ts';
import { remark } from './output.ts';
import { pollersOf } from './pollers.ts';

/** A run without a worker waits for one: durable, but a person at a terminal wants to know. */
export async function announce(
  flow: string,
  { client, settings }: { readonly client: Client; readonly settings: Settings },
): Promise<void> {
  const { namespace, taskQueue: queue } = settings.temporal;
  const { live } = await pollersOf(client.connection as Connection, { namespace, queue, kind: 'workflows' });
  if (live === 0) {
    process.stderr.write(
      `sluice: no worker polls task queue ${queue}; ${flow} starts once one does (sluice worker)\n`,
    );
  }
  remark(`${flow} started; Ctrl-C leaves it running in Temporal`);
}
