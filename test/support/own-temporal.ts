import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { freePort } from '../../local/ports.ts';
import type { Server } from '../../local/server.ts';
import { createTemporal } from '../../local/temporal.ts';
import { removeSoon, scratchFolder } from './scratch.ts';

/** A Temporal of a test file's own: schedules belong to a namespace, so tests of theirs would see each other's. */
export interface OwnTemporal {
  readonly address: string;
  readonly client: Client;
  readonly server: Server;
  /** Of the Web UI, where there is one. */
  readonly webUi: string | undefined;
  end(): Promise<void>;
}

export async function startOwnTemporal({
  serves = 'api',
}: {
  readonly serves?: 'api' | 'api and Web UI';
} = {}): Promise<OwnTemporal> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-scratch-'));
  const port = await freePort();
  const uiPort = serves === 'api' ? undefined : await freePort();
  const server = createTemporal({
    path: inject('temporalPath'),
    directory,
    logFile: join(directory, 'temporal.log'),
    namespace: 'default',
    port,
    ...(uiPort === undefined ? {} : { uiPort }),
  });
  await server.start();
  const address = `127.0.0.1:${port}`;
  const connection = await Connection.connect({ address });
  return {
    address,
    server,
    webUi: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
    client: new Client({ connection }),
    async end() {
      await connection.close();
      await server.stop();
      removeSoon(directory);
    },
  };
}

/** The same client, with something happening right before each call of one method of the service. */
export function withHook(
  client: Client,
  hooks: Readonly<Partial<Record<string, (request: unknown) => Promise<void>>>>,
): Client {
  const connection = client.connection as Connection;
  const workflowService = new Proxy(connection.workflowService, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      const hook = hooks[String(name)];
      if (hook === undefined || typeof method !== 'function') return method;
      return async (request: unknown) => {
        await hook(request);
        return (method as (request: unknown) => Promise<unknown>).call(target, request);
      };
    },
  });
  const hooked = Object.create(connection, { workflowService: { value: workflowService } }) as Connection;
  return new Client({ connection: hooked, namespace: client.options.namespace });
}

let catalogues = 0;

/**
 * A catalogue module in a folder of the running test: `body` may use everything that schedules/define.ts exports.
 * @returns its path
 */
export function writeCatalogue(body: string): string {
  const define = pathToFileURL(join(import.meta.dirname, '../../schedules/define.ts')).href;
  catalogues += 1;
  const file = join(scratchFolder(), `catalogue-${catalogues}.mjs`);
  writeFileSync(
    file,
    `import { calendar, cron, defineSchedule, every, manual, once, rrule } from '${define}';\n${body}`,
  );
  return file;
}
