import { NativeConnection, Worker } from '@temporalio/worker';
import { createMessageBatchActivities } from '../../activities/message-batches.ts';
import { createMessageActivities, type MessageDeps } from '../../activities/messages.ts';
import { openDatabase } from '../../db/pool.ts';
import type { MessageRequest } from '../../domain/sending/message.ts';
import { activityInterceptors } from '../../workers/activity-interceptor.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { mailDeps } from './mail-deps.ts';

/** Where a worker process may die, in the order in which a mail passes. */
export const KILL_PLACES = [
  'asked for, nothing done',
  'written down',
  'claimed, before the call',
  'called, before it is noted',
  'noted, before Temporal knows',
] as const;
type KillPlace = (typeof KILL_PLACES)[number];

/** As JSON on the command line of a worker process. */
export interface MailWorkerOptions {
  readonly databaseUrl: string;
  readonly baseUrl: string;
  readonly templatesFolder: string;
  readonly temporalAddress: string;
  readonly taskQueue: string;
  /** Dies without a word (SIGKILL) when the nth mail comes to this place. */
  readonly killAt?: { readonly place: KillPlace; readonly nth: number };
  /** How far its clock is ahead. */
  readonly aheadMs?: number;
}

async function main(options: MailWorkerOptions): Promise<void> {
  installRuntime('error');
  const database = openDatabase(options.databaseUrl);
  const deps = withHooks(mailDeps({ ...options, database }), options);
  const activities = createMessageActivities(deps);
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  const worker = await Worker.create({
    connection,
    taskQueue: options.taskQueue,
    interceptors: { activity: [activityInterceptors] },
    activities: {
      ...activities,
      ...createMessageBatchActivities(deps),
      sendMessage: async (request: MessageRequest) => {
        pass('asked for, nothing done', options);
        const result = await activities.sendMessage(request);
        pass('noted, before Temporal knows', options);
        return result;
      },
    },
  });
  const running = worker.run();
  process.stdout.write('ready\n');
  await running;
}

function withHooks(deps: MessageDeps, options: MailWorkerOptions): MessageDeps {
  return {
    ...deps,
    now: () => new Date(Date.now() + (options.aheadMs ?? 0)),
    links: {
      // Asked for while the mail is made, which is between writing it down and claiming it.
      unsubscribeUrl: (link) => {
        pass('written down', options);
        return deps.links.unsubscribeUrl(link);
      },
    },
    brevo: {
      call: async (request, schema, callOptions) => {
        if (request.method === 'POST') pass('claimed, before the call', options);
        const answer = await deps.brevo.call(request, schema, callOptions);
        if (request.method === 'POST') pass('called, before it is noted', options);
        return answer;
      },
    },
  };
}

let passed = 0;

function pass(place: KillPlace, { killAt }: MailWorkerOptions): void {
  if (place !== killAt?.place) return;
  passed += 1;
  if (passed === killAt.nth) process.kill(process.pid, 'SIGKILL');
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as MailWorkerOptions);
