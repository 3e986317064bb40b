import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { MonthDeps } from '../activities/quiz-month-plan.ts';
import { createQuizMonthlyActivities } from '../activities/quiz-monthly-report.ts';
import type { ReminderDeps } from '../activities/quiz-reminder-plan.ts';
import { createQuizReminderActivities } from '../activities/quiz-reminders.ts';
import { WORKER_HEAP } from '../bin/worker-heap.mjs';
import { migrate } from '../db/migrate.ts';
import { openDatabase } from '../db/pool.ts';
import { openQuiz } from '../db/quiz/connection.ts';
import { monthBefore } from '../domain/quiz/month.ts';
import { bulkQuiz } from '../local/demo-quiz/bulk.ts';
import { createQuizSchema } from '../local/demo-quiz/schema.ts';
import { createMysql, mysqlUrl } from '../local/mysql.ts';
import { findMysql } from '../local/mysql-program.ts';
import { freePort } from '../local/ports.ts';
import { createProgress } from '../local/progress.ts';
import { chartUrl } from '../mail/chart-links.ts';
import { addressHash } from '../mail/keys.ts';
import { loadTemplates, SHIPPED_TEMPLATES } from '../mail/templates.ts';
import { busyShare, peakMemoryMb } from './machine.ts';
import { wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';
import { removeScratch, SCRATCH_PREFIX } from './surroundings.ts';

// Statistics of all users in one pass, and both kinds of mails written into the ledger; nothing is sent.

const SECRET = 'a secret of the benchmark, of more than 32 characters';
const ACCOUNT = { user: 'bench', password: 'bench', database: '*', rights: 'all' } as const;

// With as little memory as a worker has, or the figure would say how much this machine has.
if (process.execArgv.length === 0) {
  const [script = '', ...args] = process.argv.slice(1);
  const { status } = spawnSync(process.execPath, [...WORKER_HEAP, script, ...args], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

await benchmark(
  {
    about: 'A learning site of many users: counting their month, planning their mails.',
    options: {
      users: { about: 'users', fallback: '100000' },
      scores: { about: 'attempts in six months', fallback: '5000000' },
    },
  },
  async (options) => {
    const [users, scores] = [options.count('users'), options.count('scores')];
    const measured = await withDatabases({ users, scores }, measure);
    const { counting, memoryMb, months, reminders, busyBefore, mysql } = measured;
    await printReport({
      format: options.format,
      findings: {
        title: `${users} users, ${scores} scores`,
        mysql,
        metrics: [
          {
            name: 'statistics of all users, counted and kept',
            unit: 's',
            values: [counting],
            target: { below: 60 },
          },
          {
            name: 'peak memory of the process after that',
            unit: 'MB',
            values: [memoryMb],
            target: { below: 300 },
          },
          { name: 'reports prepared', unit: '/s', values: [users / months], target: { atLeast: 500 } },
          { name: 'reminders prepared', unit: '/s', values: [users / reminders], target: { atLeast: 500 } },
          { name: 'machine busy just before', unit: '%', values: [busyBefore] },
        ],
        notes: [
          'Prepared: decided, made a contact, written into the ledger with all variables, so that only sending is left.',
          'Everybody is active and inactive for a month, so everybody gets both mails. One process, one database server for both databases, made by the benchmark.',
        ],
      },
    });
  },
);

interface Size {
  readonly users: number;
  readonly scores: number;
}

interface Databases extends Size {
  readonly oursUrl: string;
  readonly quizUrl: string;
  readonly mysql: string;
  /** First instant of the month after the last score. */
  readonly end: Date;
}

async function withDatabases<T>(size: Size, work: (databases: Databases) => Promise<T>): Promise<T> {
  const progress = createProgress(process.stderr);
  const scratch = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
  const step = progress.step('MySQL');
  const program = await findMysql({ step });
  const port = await freePort();
  const server = createMysql({
    program,
    directory: join(scratch, 'mysql'),
    port,
    logFile: join(scratch, 'mysql.log'),
    databases: ['ours', 'quiz'],
    accounts: [ACCOUNT],
    rootPassword: 'bench',
    options: ['--innodb-flush-log-at-trx-commit=2', '--innodb-buffer-pool-size=512M'],
  });
  try {
    await server.start();
    step.done(`port ${port}`);
    const url = (database: string) => mysqlUrl({ port, account: ACCOUNT, database });
    const now = new Date();
    const end = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
    const filling = progress.step('Filling the quiz');
    const connection = await createConnection({ uri: url('quiz') });
    try {
      await createQuizSchema(connection);
      await bulkQuiz(connection, {
        ...size,
        quizzes: 400,
        from: new Date(monthBefore({ at: end, timezone: 'UTC' }).bounds[0] ?? 0),
        to: end,
        onRows: (done, total) => {
          if (done % 1_000_000 === 0) filling.say(`${done} of ${total} scores`);
        },
      });
    } finally {
      await connection.end();
    }
    filling.done(`${size.scores} scores`);
    await migrate({ databaseUrl: url('ours') });
    return await work({
      ...size,
      oursUrl: url('ours'),
      quizUrl: url('quiz'),
      mysql: `${program.kind} (buffer pool 512 MB, flush at commit 2)`,
      end,
    });
  } finally {
    await server.stop();
    progress.close();
    removeScratch(scratch);
  }
}

async function measure({ oursUrl, quizUrl, users, mysql, end }: Databases) {
  const database = openDatabase(oursUrl);
  const quiz = openQuiz(quizUrl);
  const asOf = new Date(end.getTime() + 9 * 3_600_000).toISOString();
  const deps: ReminderDeps & MonthDeps = {
    plan: {
      database,
      templates: loadTemplates(SHIPPED_TEMPLATES),
      hashAddress: (email) => addressHash(SECRET, email),
    },
    quiz,
    baseUrl: 'https://quiz.example.com',
    timezone: 'UTC',
    contactTimezone: 'UTC',
    mailTaskQueue: 'none',
    reminderHour: 18,
    inactiveDays: 2,
    mostInARow: 3,
    chartUrl: (chart) => chartUrl({ publicUrl: 'https://events.example.com', secret: SECRET, chart }),
    dryRun: false,
    now: () => new Date(asOf),
  };
  try {
    const busyBefore = await busyShare();
    const monthly = createQuizMonthlyActivities(() => deps);
    const counting = await seconds(async () => {
      const counted = await monthly.countMonth({ asOf, snapshot: 'bench' });
      if (counted.users !== users) throw wrong(`${counted.users} of ${users} users were counted`);
    });
    const memoryMb = peakMemoryMb(process.pid) ?? Number.NaN;
    const months = await seconds(() =>
      planAll(users, (after) =>
        monthly.planMonths({ asOf, snapshot: 'bench', after, batch: 'monthly/bench' }),
      ),
    );
    const daily = createQuizReminderActivities(() => deps);
    const batches = { usual: 'reminder/bench', quiet: 'reminder/bench/q' };
    const reminders = await seconds(() =>
      planAll(users, (after) => daily.planReminders({ asOf, group: 'default_time', after, batches })),
    );
    return { busyBefore, counting, memoryMb, months, reminders, mysql };
  } finally {
    await Promise.all([database.close(), quiz.close()]);
  }
}

async function planAll(
  users: number,
  page: (after: number) => Promise<{ readonly planned: number; readonly through?: number }>,
): Promise<void> {
  let planned = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const done: Awaited<ReturnType<typeof page>> = await page(after);
    planned += done.planned;
    after = done.through;
  }
  if (planned !== users) throw wrong(`${planned} of ${users} mails were planned`);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
