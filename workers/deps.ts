import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { createArtefactPruneActivities } from '../activities/artefact-prune.ts';
import { createBrevoDeliveryActivities } from '../activities/brevo-delivery.ts';
import { createBrevoImportActivities } from '../activities/brevo-imports.ts';
import { createConversionReportActivities } from '../activities/conversion-report.ts';
import { createEventRelayActivities } from '../activities/event-relay.ts';
import { createFunnelSyncActivities } from '../activities/funnel-sync.ts';
import { createFunnelSyncPlanActivities, type FunnelSyncPlan } from '../activities/funnel-sync-plan.ts';
import { createJourneyContactActivities } from '../activities/journey-contacts.ts';
import { createJourneyActivities } from '../activities/journeys.ts';
import { createNotificationActivities } from '../activities/notifications.ts';
import { createScheduleCatchUpActivities } from '../activities/schedule-catch-up.ts';
import { createScheduleHorizonActivities } from '../activities/schedule-horizon.ts';
import { createScheduleRunActivities } from '../activities/schedule-runs.ts';
import { createBrevoClient } from '../brevo/client.ts';
import { required, type Settings } from '../config.ts';
import { createLimitStore } from '../db/brevo-limits.ts';
import { type Database, openDatabase } from '../db/pool.ts';
import { openSite } from '../db/site/connection.ts';
import { loadSiteMapping } from '../db/site/mapping.ts';
import { createPaymentsReader } from '../db/site/payments.ts';
import { createSittingsReader } from '../db/site/sittings.ts';
import { createTestCounter } from '../db/site/test-counts.ts';
import { gapBetweenCalls, steadyRate } from '../domain/brevo-changes.ts';
import { CHANNELS, journeys } from '../domain/journeys/catalogue.ts';
import { assertJourneys } from '../domain/journeys/check.ts';
import { createSiteClock } from '../domain/site-clock.ts';
import { createRelay } from '../events/gateway.ts';
import { journeysStartedBy } from '../events/trigger-catalogue.ts';
import { addressHash } from '../mail/keys.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import type { ResolvedSchedule } from '../schedules/resolved.ts';
import { rollSchedules } from '../schedules/roll.ts';
import { brevoDelivery, brevoDeliveryId, wakeSignal } from '../workflows/brevo-delivery.ts';
import { campaignActivities } from './campaign-deps.ts';
import { failureOf } from './failures.ts';
import { createLeadActivities } from './lead-deps.ts';
import { jsonLog } from './logger.ts';
import { createMailActivities, mailTemplates } from './mail-deps.ts';
import { createMarketingActivities } from './marketing-deps.ts';
import { createReportRunActivities } from './query-report-deps.ts';
import { createQuizActivities, createQuizPlanning } from './quiz-deps.ts';
import { readSchedule } from './read-schedule.ts';
import { createReportStoreActivities } from './report-deps.ts';
import { createScheduleBook } from './schedule-book.ts';
import { brevoTaskQueue, mailTaskQueue } from './task-queues.ts';

/** A gateway dispatches within milliseconds; what is open for so long has none. */
const RELAY_AFTER_MS = 15_000;

/** Everything that activities need, built once for a process. */
export interface WorkerDeps {
  readonly database: Database;
  readonly activities: object;
  readonly brevoActivities: object;
  /** Undefined while settings for mails are missing. */
  readonly mailActivities: object | undefined;
  readonly reportActivities: object;
  close(): Promise<void>;
}

export interface WorkerDepsOptions {
  readonly settings: Settings;
  readonly getClient: () => Client;
  /** What runs when; none for a worker that no schedule starts. */
  readonly catalogue?: readonly ResolvedSchedule[];
  readonly onPlan?: (plan: FunnelSyncPlan) => void;
}

export function createWorkerDeps({
  settings,
  getClient,
  catalogue = [],
  onPlan = () => undefined,
}: WorkerDepsOptions): WorkerDeps {
  const database = openDatabase(required('DATABASE_URL', settings.databaseUrl));
  const site = openSite(required('SITE_DATABASE_URL', settings.site.databaseUrl));
  const mapping = loadSiteMapping(settings.site.mappingFile);
  const clock = createSiteClock(settings.site.timezone);
  const { completedStatuses, lookbackDays, timezone } = settings.site;
  const { lists, importMaxContacts } = settings.brevo;
  const callsPerSecond = steadyRate(settings.brevo);
  const sittings = createSittingsReader(site, { mapping, clock, completedStatuses });
  const testCounter = createTestCounter(site, { mapping, clock, completedStatuses, sittings });
  const payments = createPaymentsReader(site, { mapping, clock });
  const brevo = createBrevoClient({
    baseUrl: settings.brevo.baseUrl,
    apiKey: settings.brevo.apiKey,
    isReal: settings.brevo.isReal,
    mode: settings.dryRun ? 'dry' : 'live',
    limits: createLimitStore(database),
    gapMs: gapBetweenCalls(callsPerSecond),
    mailGapMs: 1000 / settings.mail.perSecond,
  });
  const brevoActivities = {
    ...createBrevoDeliveryActivities({
      database,
      brevo,
      lists,
      callsPerSecond,
      importMaxContacts,
    }),
    ...createBrevoImportActivities({ database, brevo }),
    ...createJourneyContactActivities({ database, brevo, dryRun: settings.dryRun }),
  };
  const templates = mailTemplates(settings);
  assertJourneys(journeys, {
    templates: new Set(templates.all.map(({ name }) => name)),
    channels: new Set(CHANNELS),
    startedBy: journeysStartedBy,
  });
  const mailActivities = createMailActivities({ settings, database, brevo, templates });
  const reportActivities = createReportRunActivities({ settings, database, templates });
  const quiz = createQuizPlanning({ settings, database, templates });
  const taskQueue = settings.temporal.taskQueue;
  const { secret } = settings;
  const hashAddress = secret === undefined ? undefined : (email: string) => addressHash(secret, email);
  const owner = { profile: settings.schedule.profile, taskQueue };
  const book = createScheduleBook({ db: database.orm, catalogue, owner });

  return {
    database,
    activities: {
      ...createFunnelSyncActivities(
        {
          database,
          sittings,
          payments,
          clock,
          lookbackDays,
          isOn: (funnel) => lists[funnel] !== 0,
          judgement: JSON.stringify([timezone, completedStatuses]),
          dryRun: settings.dryRun,
          hashAddress,
          wakeDelivery: async (client, waiter) => {
            await client.workflow.signalWithStart(brevoDelivery, {
              workflowId: brevoDeliveryId(taskQueue),
              taskQueue,
              args: [
                {
                  brevoTaskQueue: brevoTaskQueue(taskQueue),
                  processesPerHour: settings.brevo.processesPerHour,
                },
              ],
              signal: wakeSignal,
              signalArgs: [{ waiter }],
              staticSummary: 'Brings Brevo up to date, one contact at a time in order',
            });
          },
        },
        getClient,
      ),
      ...createFunnelSyncPlanActivities({
        database,
        sittings,
        payments,
        clock,
        lookbackDays,
        lists,
        callsPerSecond,
        importMaxContacts,
        hashAddress,
        onPlan,
      }),
      ...createConversionReportActivities({
        database,
        testCounter,
        timezone: settings.reportTimezone,
        dryRun: settings.dryRun,
      }),
      ...createScheduleRunActivities(
        { database, schedules: book.around, dryRun: settings.dryRun },
        getClient,
      ),
      ...createScheduleCatchUpActivities(
        {
          database,
          schedules: book.all,
          timesBetween,
          codeOf: (error) => failureOf(error).type ?? 'failed',
          readSchedule: (client, schedule: ResolvedSchedule) => readSchedule(client, { schedule, owner }),
        },
        getClient,
      ),
      ...createScheduleHorizonActivities(
        {
          rollSchedules: async (client) =>
            rollSchedules({ client, catalogue: await book.all(), now: new Date(), ...owner }),
        },
        getClient,
      ),
      ...createArtefactPruneActivities({ database }),
      ...createReportStoreActivities({ settings, database, getClient }),
      ...reportActivities,
      ...createEventRelayActivities(
        {
          relayEvents: ({ client, signal }) =>
            createRelay({
              database,
              client,
              log: jsonLog(settings.logLevel),
              queues: {
                flows: taskQueue,
                mail: mailTaskQueue(taskQueue),
                brevo: brevoTaskQueue(taskQueue),
              },
            }).drain({ acceptedBeforeMs: RELAY_AFTER_MS, signal }),
        },
        () => Context.current(),
      ),
      ...campaignActivities({ settings, database, templates }),
      ...createJourneyActivities({ database, journeys, contactTimezone: settings.contactTimezone }),
      ...createNotificationActivities({ database, channels: settings.channels }),
      ...createLeadActivities({ settings, database, templates }),
      ...createMarketingActivities({ settings, database, templates }),
      ...createQuizActivities(quiz),
      ...brevoActivities,
    },
    brevoActivities,
    mailActivities,
    reportActivities,
    close: async () => {
      await Promise.all([database.close(), site.close(), quiz.close()]);
    },
  };
}
