import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, it, onTestFinished } from 'vitest';
import { createArtefactPruneActivities } from '../activities/artefact-prune.ts';
import { writeArtefact } from '../db/artefacts.ts';
import { migrate } from '../db/migrate.ts';
import { openDatabase } from '../db/pool.ts';
import { activityInterceptors } from '../workers/activity-interceptor.ts';
import { installRuntime } from '../workers/runtime.ts';
import { createDatabase } from './support/servers.ts';

it('the nightly flow deletes expired files and says how many', async () => {
  installRuntime('error');
  const own = await createDatabase('prune');
  onTestFinished(() => own.drop());
  await migrate({ databaseUrl: own.url });
  const database = openDatabase(own.url, { connections: 2 });
  onTestFinished(() => database.close());
  const file = { name: 'a.csv', mediaType: 'text/csv', content: [Buffer.from('a,b\n')] };
  await writeArtefact(database, { ...file, expiresAt: new Date(Date.now() - 1_000) });
  const stays = await writeArtefact(database, { ...file, expiresAt: new Date(Date.now() + 60_000) });

  const taskQueue = `prune-${randomUUID()}`;
  const address = inject('temporalAddress');
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  onTestFinished(async () => {
    await Promise.all([native.close(), connection.close()]);
  });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/artefact-prune.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle,
    interceptors: { activity: [activityInterceptors] },
    activities: createArtefactPruneActivities({ database }),
  });
  const { workflow } = new Client({ connection });
  const run = workflow.execute('artefactPrune', { taskQueue, workflowId: taskQueue });
  expect(await worker.runUntil(run)).toEqual({ files: 1, bytes: 4 });
  const [rows] = await database.pool.query('SELECT id FROM artefacts');
  expect(rows).toEqual([{ id: stays.id }]);
});
