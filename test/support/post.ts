import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { expect, inject, onTestFinished } from 'vitest';
import type { BatchCounts, SendPolicy, SendResult } from '../../domain/sending/message.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { until } from './installation.ts';
import { acceptedMails, type MailRoom, openMailRoom, request } from './mail.ts';
import type { MailWorkerOptions } from './mail-worker.ts';
import type { sendMany, sendOne } from './workflows/sending.ts';

const ROOT = new URL('../..', import.meta.url);

export interface Post extends MailRoom {
  readonly client: Client;
  readonly taskQueue: string;
  spawnWorker(more?: Partial<MailWorkerOptions>): Promise<ChildProcess>;
  /** Asks for one mail each, in a workflow of its own. @returns what became of them. */
  sendTo(people: readonly number[]): Promise<readonly SendResult[]>;
  /** Sends a batch that is written down, in one workflow. */
  deliver(batch: string, policy?: SendPolicy): Promise<BatchCounts>;
}

let bundle: Promise<WorkflowBundle> | undefined;
let posts = 0;

/** A mail room with a worker for workflows here; mails are sent by processes that the test starts and kills. */
export async function openPost({
  temporalAddress = inject('temporalAddress'),
  mysqlAdminUrl,
}: {
  readonly temporalAddress?: string;
  readonly mysqlAdminUrl?: string;
} = {}): Promise<Post> {
  installRuntime('error');
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('test/support/workflows/sending.ts', ROOT)),
    logger: new DefaultLogger('ERROR'),
  });
  const room = await openMailRoom(mysqlAdminUrl === undefined ? {} : { mysqlAdminUrl });
  posts += 1;
  const taskQueue = `mail-${process.pid}-${posts}`;
  const mailTaskQueue = `${taskQueue}-mail`;
  const native = await NativeConnection.connect({ address: temporalAddress });
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle: await bundle });
  const running = worker.run();
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  onTestFinished(async () => {
    worker.shutdown();
    await running;
    await Promise.all([native.close(), connection.close()]);
  });
  return {
    ...room,
    client,
    taskQueue,
    spawnWorker: (more = {}) =>
      spawnWorker({
        databaseUrl: room.databaseUrl,
        baseUrl: `${room.sandbox.url}/v3`,
        templatesFolder: room.templatesFolder,
        temporalAddress,
        taskQueue: mailTaskQueue,
        ...more,
      }),
    sendTo: (people) =>
      Promise.all(
        people.map(async (contactId) => {
          const handle = await client.workflow.start<typeof sendOne>('sendOne', {
            workflowId: `${taskQueue}/${contactId}`,
            taskQueue,
            args: [{ request: request(contactId), mailTaskQueue }],
          });
          return handle.result();
        }),
      ),
    deliver: (batch, policy = { uncertain: 'hold' }) =>
      client.workflow.execute<typeof sendMany>('sendMany', {
        workflowId: `${taskQueue}/${batch}`,
        taskQueue,
        args: [{ batch, policy, mailTaskQueue }],
      }),
  };
}

async function spawnWorker(options: MailWorkerOptions): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['test/support/mail-worker.ts', JSON.stringify(options)], {
    cwd: fileURLToPath(ROOT),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  await Promise.race([once(child.stdout, 'data'), exited]);
  return child;
}

export async function people(post: Post, count: number): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let one = 0; one < count; one += 1) ids.push(await post.person());
  return ids;
}

export async function died(child: ChildProcess): Promise<void> {
  await until('the worker has died', () => Promise.resolve(child.signalCode === 'SIGKILL'));
}

/** Brevo took a mail for each exactly once, under one key each, and the ledger says so. */
export async function expectEachOnce(post: Post, count: number): Promise<void> {
  const expected = Array.from({ length: count }, (_, index) => `person${index + 1}@example.com`).toSorted();
  expect(await acceptedMails(post)).toEqual(expected);
  const rows = await post.ledger();
  expect(rows.map(({ state }) => state)).toEqual(expected.map(() => 'accepted'));
  const calls = await post.sandbox.control.ledger({ method: 'POST', route: '/smtp/email', accepted: true });
  expect(calls.map(({ idempotencyKey }) => idempotencyKey ?? '').toSorted()).toEqual(
    rows.map(({ uuid }) => uuid).toSorted(),
  );
}
