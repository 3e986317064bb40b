import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createCampaignReviewActivities } from '../../activities/campaign-review.ts';
import { createMarketingReportActivities } from '../../activities/marketing-report.ts';
import { createMessageBatchActivities } from '../../activities/message-batches.ts';
import type { ReportMailing } from '../../activities/report-mails.ts';
import type { KnownJourney } from '../../activities/review-figures.ts';
import { createScheduleRunActivities } from '../../activities/schedule-runs.ts';
import { openDatabase } from '../../db/pool.ts';
import { chartUrl } from '../../mail/chart-links.ts';
import { fileUrl } from '../../mail/file-links.ts';
import { SHIPPED_TEMPLATES } from '../../mail/templates.ts';
import { activityInterceptors } from '../../workers/activity-interceptor.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { mailTaskQueue } from '../../workers/task-queues.ts';
import { mailDeps } from './mail-deps.ts';

const PUBLIC_URL = 'https://events.example.org';
export const LINK_SECRET = 'a secret of links in tests, of more than 32 characters';

/** As JSON on the command line of a worker process. */
export interface MarketingWorkerOptions {
  readonly databaseUrl: string;
  /** `/v3` of a sandbox. */
  readonly baseUrl: string;
  readonly temporalAddress: string;
  readonly taskQueue: string;
  /** Of the workflows. */
  readonly codePath: string;
  readonly timezone: string;
  readonly recipients: readonly string[];
  readonly journeys: readonly KnownJourney[];
  readonly mail: 'set up' | 'not set up';
  readonly dryRun: boolean;
  /** How far its clock is ahead; below 0: behind. */
  readonly aheadMs: number;
  /** Dies without a word (SIGKILL) when this was done and nobody knows. */
  readonly killAfter?: 'recorded' | 'planned';
}

/** What a worker of reports is, with a clock at will. */
export async function startMarketingWorker(
  options: MarketingWorkerOptions,
): Promise<{ stop(): Promise<void> }> {
  installRuntime('error');
  const { databaseUrl, temporalAddress: address, taskQueue, timezone, dryRun } = options;
  const database = openDatabase(databaseUrl);
  const now = () => new Date(Date.now() + options.aheadMs);
  const mail = mailDeps({ database, baseUrl: options.baseUrl, templatesFolder: SHIPPED_TEMPLATES });
  const isSetUp = options.mail === 'set up';
  const mailing: ReportMailing = {
    recipients: options.recipients,
    mailTaskQueue: mailTaskQueue(taskQueue),
    plan: isSetUp ? mail : undefined,
    links: isSetUp
      ? {
          chartUrl: (chart) => chartUrl({ publicUrl: PUBLIC_URL, secret: LINK_SECRET, chart }),
          fileUrl: (file) => fileUrl({ publicUrl: PUBLIC_URL, secret: LINK_SECRET, ...file }),
        }
      : undefined,
  };
  const common = { database, timezone, mailing, dryRun, now };
  const report = createMarketingReportActivities(common);
  const review = createCampaignReviewActivities({ ...common, journeys: options.journeys });
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection });
  const interceptors = { activity: [activityInterceptors] };
  const workers = await Promise.all([
    Worker.create({
      connection: native,
      taskQueue,
      interceptors,
      workflowBundle: { codePath: options.codePath },
      activities: {
        ...createScheduleRunActivities({ database, schedules: () => [], dryRun }, () => client),
        ...review,
        ...report,
        recordMarketingDays: async (input: Parameters<typeof report.recordMarketingDays>[0]) => {
          const recorded = await report.recordMarketingDays(input);
          if (options.killAfter === 'recorded') process.kill(process.pid, 'SIGKILL');
          return recorded;
        },
        planMarketingReportMails: async (input: Parameters<typeof report.planMarketingReportMails>[0]) => {
          const planned = await report.planMarketingReportMails(input);
          if (options.killAfter === 'planned') process.kill(process.pid, 'SIGKILL');
          return planned;
        },
      },
    }),
    Worker.create({
      connection: native,
      taskQueue: mailTaskQueue(taskQueue),
      interceptors,
      activities: createMessageBatchActivities({ ...mail, now }),
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  let stopped: Promise<void> | undefined;
  const end = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await Promise.all([native.close(), connection.close(), database.close()]);
  };
  return {
    stop: () => {
      stopped ??= end();
      return stopped;
    },
  };
}

if (import.meta.main) {
  await startMarketingWorker(JSON.parse(process.argv[2] ?? '{}') as MarketingWorkerOptions);
  process.stdout.write('ready\n');
}
