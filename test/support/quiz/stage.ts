import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createConnection, type Connection as QuizAdmin } from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';
import { createMessageBatchActivities } from '../../../activities/message-batches.ts';
import { createMessageActivities } from '../../../activities/messages.ts';
import type { MonthDeps } from '../../../activities/quiz-month-plan.ts';
import type { ReminderDeps } from '../../../activities/quiz-reminder-plan.ts';
import { openQuiz } from '../../../db/quiz/connection.ts';
import { createQuizSchema } from '../../../local/demo-quiz/schema.ts';
import { SHIPPED_TEMPLATES } from '../../../mail/templates.ts';
import { activityInterceptors } from '../../../workers/activity-interceptor.ts';
import { workflowBundle } from '../../../workers/bundle.ts';
import { createQuizActivities } from '../../../workers/quiz-deps.ts';
import { installRuntime } from '../../../workers/runtime.ts';
import type {
  QuizMonthlyReportInput,
  QuizMonthlyReportResult,
} from '../../../workflows/quiz-monthly-report.ts';
import type { QuizRemindersInput, QuizRemindersResult } from '../../../workflows/quiz-reminders.ts';
import { type MailRoom, openMailRoom } from '../mail.ts';
import { mailDeps } from '../mail-deps.ts';
import { createDatabase } from '../servers.ts';
import { quizDeps } from './deps.ts';
import type { QuizWorkerOptions } from './worker.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface QuizStage extends MailRoom {
  /** Of the flows and of sending: set it to let time pass. */
  readonly clock: { now: Date };
  readonly quizUrl: string;
  readonly admin: QuizAdmin;
  readonly deps: ReminderDeps & MonthDeps;
  readonly client: Client;
  readonly taskQueue: string;
  user(more?: Partial<UserRow>): Promise<number>;
  quizzes(count: number): Promise<void>;
  score(row: ScoreRow): Promise<void>;
  startWorker(): Promise<void>;
  spawnWorker(more?: Partial<QuizWorkerOptions>): Promise<ChildProcess>;
  start(flow: 'quizReminders', input: QuizRemindersInput): Promise<WorkflowHandle>;
  start(flow: 'quizMonthlyReport', input: QuizMonthlyReportInput): Promise<WorkflowHandle>;
  remind(input?: QuizRemindersInput): Promise<QuizRemindersResult>;
  report(input?: QuizMonthlyReportInput): Promise<QuizMonthlyReportResult>;
  /** Addresses to which the sandbox took a mail, sorted. */
  mailed(): Promise<readonly string[]>;
}

interface UserRow {
  readonly email: string;
  readonly name: string;
  readonly isAdmin: number;
  readonly isActive: number;
  readonly lastLogin: string | null;
  readonly registered: string;
  readonly emailPreferences: string;
  readonly timezone: string | null;
  /** daily_reminders, monthly_reports, email_notifications, reminder_time */
  readonly preferences: readonly [number, number, number, string | null];
}

interface ScoreRow {
  readonly userId: number;
  readonly quizId?: number;
  readonly at: string;
  readonly percentage: number | null;
  readonly passed?: number;
  readonly taken?: number | null;
}

/** A learning site, a ledger, a Brevo and a Temporal for the running test; it is 18:00 of 10 February 2025, UTC. */
export async function openQuizStage(
  more: Partial<Pick<ReminderDeps, 'timezone' | 'reminderHour' | 'dryRun'>> = {},
): Promise<QuizStage> {
  installRuntime('error');
  const room = await openMailRoom();
  const source = await createDatabase('quiz');
  const admin = await createConnection({ uri: source.url });
  await createQuizSchema(admin);
  const quiz = openQuiz(source.url);
  const clock = { now: new Date('2025-02-10T18:00:00Z') };
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const taskQueue = `quiz-${randomUUID()}`;
  const deps = { ...quizDeps({ database: room.database, quiz, taskQueue, clock }), ...more };
  onTestFinished(async () => {
    await Promise.all([quiz.close(), admin.end(), connection.close()]);
    await source.drop();
  });
  let users = 0;
  const start = async (flow: string, input: object) =>
    client.workflow.start(flow, { workflowId: randomUUID(), taskQueue, args: [input] });

  return {
    ...room,
    clock,
    quizUrl: source.url,
    admin,
    deps,
    client,
    taskQueue,
    async user(given = {}) {
      users += 1;
      const one: UserRow = {
        email: `learner${users}@example.com`,
        name: `learner${users}`,
        isAdmin: 0,
        isActive: 1,
        lastLogin: '2025-02-01 10:00:00',
        registered: '2024-10-01 10:00:00',
        emailPreferences: 'enabled',
        timezone: null,
        preferences: [1, 1, 1, null],
        ...given,
      };
      const [{ insertId }] = (await admin.query(
        `INSERT INTO users (email, username, is_admin, is_active, last_login, registration_date, email_preferences, timezone)
         VALUES (?)`,
        [
          [
            one.email,
            one.name,
            one.isAdmin,
            one.isActive,
            one.lastLogin,
            one.registered,
            one.emailPreferences,
            one.timezone,
          ],
        ],
      )) as unknown as [{ insertId: number }];
      if (given.preferences !== undefined)
        await admin.query('INSERT INTO user_preferences VALUES (?)', [[insertId, ...one.preferences]]);
      return insertId;
    },
    async quizzes(count) {
      await admin.query("INSERT IGNORE INTO subjects (id, name) VALUES (1, 'Mathematics')");
      await admin.query("INSERT IGNORE INTO chapters (id, subject_id, name) VALUES (1, 1, 'Algebra')");
      await admin.query('INSERT INTO quizzes (id, chapter_id, name, is_active, created_at) VALUES ?', [
        Array.from({ length: count }, (_, index) => [
          index + 1,
          1,
          `Quiz ${index + 1}`,
          1,
          `2025-01-${String(index + 1).padStart(2, '0')} 10:00:00`,
        ]),
      ]);
    },
    async score({ userId, quizId = 1, at, percentage, passed = 0, taken = null }) {
      await admin.query(
        `INSERT INTO scores (user_id, quiz_id, time_stamp_of_attempt, time_taken, percentage, passed) VALUES (?)`,
        [[userId, quizId, at, taken, percentage, passed]],
      );
    },
    async startWorker() {
      const native = await NativeConnection.connect({ address });
      const messages = {
        ...mailDeps({
          database: room.database,
          baseUrl: `${room.sandbox.url}/v3`,
          templatesFolder: SHIPPED_TEMPLATES,
        }),
        now: () => clock.now,
      };
      const common = { connection: native, interceptors: { activity: [activityInterceptors] } };
      const workers = await Promise.all([
        Worker.create({
          ...common,
          taskQueue,
          workflowBundle: { codePath: await workflowBundle(String(process.env.SLUICE_HOME)) },
          activities: createQuizActivities({ open: () => deps }),
        }),
        Worker.create({
          ...common,
          taskQueue: `${taskQueue}-mail`,
          activities: { ...createMessageActivities(messages), ...createMessageBatchActivities(messages) },
        }),
      ]);
      const running = Promise.all(workers.map((worker) => worker.run()));
      onTestFinished(async () => {
        for (const worker of workers) worker.shutdown();
        await running;
        await native.close();
      });
    },
    spawnWorker: (options = {}) =>
      spawnWorker({
        databaseUrl: room.databaseUrl,
        quizUrl: source.url,
        baseUrl: `${room.sandbox.url}/v3`,
        temporalAddress: address,
        taskQueue,
        now: clock.now.toISOString(),
        home: String(process.env.SLUICE_HOME),
        ...options,
      }),
    start,
    remind: async (input = {}) =>
      (await (
        await start('quizReminders', { asOf: clock.now.toISOString(), ...input })
      ).result()) as QuizRemindersResult,
    report: async (input = {}) =>
      (await (
        await start('quizMonthlyReport', { asOf: clock.now.toISOString(), ...input })
      ).result()) as QuizMonthlyReportResult,
    mailed: async () =>
      (await room.sandbox.control.mails()).map((mail) => mail.to[0]?.email ?? '').toSorted(),
  };
}

async function spawnWorker(options: QuizWorkerOptions): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['test/support/quiz/worker.ts', JSON.stringify(options)], {
    cwd: ROOT,
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
