import { NativeConnection, Worker } from '@temporalio/worker';
import { createMessageBatchActivities, type SendBatchRequest } from '../../../activities/message-batches.ts';
import { createMessageActivities } from '../../../activities/messages.ts';
import type { PlanRemindersInput } from '../../../activities/quiz-reminders.ts';
import { openDatabase } from '../../../db/pool.ts';
import { openQuiz } from '../../../db/quiz/connection.ts';
import { SHIPPED_TEMPLATES } from '../../../mail/templates.ts';
import { activityInterceptors } from '../../../workers/activity-interceptor.ts';
import { workflowBundle } from '../../../workers/bundle.ts';
import { createQuizActivities } from '../../../workers/quiz-deps.ts';
import { installRuntime } from '../../../workers/runtime.ts';
import { mailDeps } from '../mail-deps.ts';
import { quizDeps } from './deps.ts';

/** As JSON on the command line of a worker process. */
export interface QuizWorkerOptions {
  readonly databaseUrl: string;
  readonly quizUrl: string;
  readonly baseUrl: string;
  readonly temporalAddress: string;
  readonly taskQueue: string;
  readonly home: string;
  /** Where its clock stands, ISO 8601. */
  readonly now: string;
  /** Dies without a word (SIGKILL) in the middle of planning a page, or of sending. */
  readonly killAt?: 'planned' | 'sent some';
}

async function main({ databaseUrl, quizUrl, taskQueue, ...options }: QuizWorkerOptions): Promise<void> {
  installRuntime('error');
  const database = openDatabase(databaseUrl);
  const clock = { now: new Date(options.now) };
  const deps = quizDeps({ database, quiz: openQuiz(quizUrl), taskQueue, clock });
  const quiz = createQuizActivities({ open: () => deps });
  let mails = 0;
  const base = mailDeps({ database, baseUrl: options.baseUrl, templatesFolder: SHIPPED_TEMPLATES });
  const messages = {
    ...base,
    now: () => clock.now,
    brevo: {
      ...base.brevo,
      call: async (...args: Parameters<typeof base.brevo.call>) => {
        const answer = await base.brevo.call(...args);
        mails += 1;
        if (options.killAt === 'sent some' && mails === 3) die();
        return answer;
      },
    } as typeof base.brevo,
  };
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  const common = { connection, interceptors: { activity: [activityInterceptors] } };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      workflowBundle: { codePath: await workflowBundle(options.home) },
      activities: {
        ...quiz,
        planReminders: async (input: PlanRemindersInput) => {
          const page = await quiz.planReminders(input);
          if (options.killAt === 'planned') die();
          return page;
        },
      },
    }),
    Worker.create({
      ...common,
      taskQueue: `${taskQueue}-mail`,
      activities: {
        ...createMessageActivities(messages),
        ...createMessageBatchActivities(messages),
      } satisfies { sendBatch(request: SendBatchRequest): Promise<unknown> },
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write('ready\n');
  await running;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as QuizWorkerOptions);
