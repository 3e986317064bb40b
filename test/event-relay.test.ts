import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { expect, inject, it, onTestFinished } from 'vitest';
import { createEventRelayActivities } from '../activities/event-relay.ts';
import { createRelay } from '../events/gateway.ts';
import { activityInterceptors } from '../workers/activity-interceptor.ts';
import { installRuntime } from '../workers/runtime.ts';
import { eventRelay } from '../workflows/event-relay.ts';
import { gatewayHome, optIn, post } from './support/gateway.ts';

it('dispatches from a worker what was accepted while Temporal was away and no gateway lives any more', async () => {
  installRuntime('error');
  const home = await gatewayHome();
  const gateway = await home.open({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  const answers = await Promise.all(Array.from({ length: 12 }, () => post(gateway.url, optIn())));
  await gateway.stop();
  await home.sql('UPDATE events SET received_at = received_at - INTERVAL 1 HOUR, retry_at = NULL');

  const address = inject('temporalAddress');
  const { taskQueue } = home.settings.temporal;
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  onTestFinished(() => clientConnection.close());
  const client = new Client({ connection: clientConnection });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('../workflows/event-relay.ts', import.meta.url)),
    interceptors: { activity: [activityInterceptors] },
    activities: createEventRelayActivities(
      {
        relayEvents: ({ client: own, signal }) =>
          createRelay({
            database: home.database,
            client: own,
            log: pino({ level: 'silent' }),
            queues: { flows: `${taskQueue}-flows`, mail: `${taskQueue}-mail`, brevo: `${taskQueue}-brevo` },
          }).drain({ acceptedBeforeMs: 30_000, signal }),
      },
      () => Context.current(),
    ),
  });
  const result = await worker.runUntil(
    client.workflow.execute(eventRelay, { workflowId: `relay-${taskQueue}`, taskQueue }),
  );
  await connection.close();
  expect(result).toEqual({ dispatched: 12 });
  for (const { body } of answers) {
    const workflowId = body.accepted?.[0]?.runs[0]?.workflowId ?? '';
    expect((await client.workflow.getHandle(workflowId).describe()).type).toBe('journey');
  }
});
