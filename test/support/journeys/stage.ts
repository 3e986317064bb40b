import { randomInt, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import { asc, eq } from 'drizzle-orm';
import { createJourneyContactActivities } from '../../../activities/journey-contacts.ts';
import { createJourneyActivities } from '../../../activities/journeys.ts';
import { createNotificationActivities } from '../../../activities/notifications.ts';
import { createBrevoClient } from '../../../brevo/client.ts';
import { createLimitStore } from '../../../db/brevo-limits.ts';
import { type JourneyRun, loadRun } from '../../../db/journey-runs.ts';
import { type Entered, enterJourney, journeyInput, listeningRuns, noteGoals } from '../../../db/journeys.ts';
import { migrate } from '../../../db/migrate.ts';
import { type Database, openDatabase } from '../../../db/pool.ts';
import { events } from '../../../db/schema-events.ts';
import { messages } from '../../../db/schema-messages.ts';
import { contacts } from '../../../db/schema-people.ts';
import { journeys as shipped } from '../../../domain/journeys/catalogue.ts';
import type { JourneyDefinition } from '../../../domain/journeys/definition.ts';
import type { Timing } from '../../../domain/journeys/run.ts';
import type { MessageRequest, SendResult } from '../../../domain/sending/message.ts';
import { activityInterceptors } from '../../../workers/activity-interceptor.ts';
import { installRuntime } from '../../../workers/runtime.ts';
import { eventSignal, type journey } from '../../../workflows/journey.ts';
import { createDatabase } from '../servers.ts';

const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
let bundle: Promise<WorkflowBundle> | undefined;

type Ask = (request: MessageRequest) => Promise<SendResult | undefined>;

export interface StageOptions {
  readonly address: string;
  readonly client: Client;
  readonly now: () => Promise<number>;
  /** `/v3` of a sandbox, and its key. */
  readonly brevo?: { readonly url: string; readonly key: string };
  /** Instead of the test's own sending. */
  readonly sending?: (database: Database) => {
    sendMessage(request: MessageRequest): Promise<SendResult>;
  };
}

/** People, journeys and workers, until `end`. */
export interface JourneyStage {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly taskQueue: string;
  /** What sending answers; undefined: it is accepted. Set it to make it refuse, wait or fail. */
  onSend: Ask;
  /** Webhooks by channel. */
  readonly channels: Record<string, string>;
  /** Journeys that a journey may start, beside the shipped ones. */
  readonly journeys: JourneyDefinition[];
  person(known?: {
    readonly fields?: object;
    readonly timezone?: string;
    readonly email?: string;
  }): Promise<number>;
  /** Writes an event down and tells it to the runs that listen. @returns its row. */
  event(contactId: number, type: string, data?: object): Promise<number>;
  /** Writes the event down, lets the person enter and starts the workflow. */
  enter(
    definition: JourneyDefinition,
    contactId: number,
    options?: { readonly type?: string; readonly timing?: Timing; readonly eventId?: number },
  ): Promise<Entered & { readonly handle: WorkflowHandle<typeof journey>; readonly at: number }>;
  /** Mails that were accepted, with hours since `since`. */
  mails(contactId: number, since: number): Promise<readonly (readonly [template: string, hours: number])[]>;
  run(runId: number): Promise<JourneyRun>;
  startWorkers(): Promise<void>;
  /** Stops the workers and throws everything away. */
  end(): Promise<void>;
}

/** A stage on a Temporal of whatever kind; `now` is that one's time. */
export async function setJourneyStage(options: StageOptions): Promise<JourneyStage> {
  installRuntime('error');
  const { address, client } = options;
  const own = await createDatabase('journeys');
  await migrate({ databaseUrl: own.url });
  const database = openDatabase(own.url, { connections: 4 });
  const db = database.orm;
  // Names of workflows are made of row numbers, and other tests have rows of the same Temporal, too.
  await database.pool.query(`ALTER TABLE contacts AUTO_INCREMENT = ${randomInt(2 ** 40)}`);
  const taskQueue = `journeys-${randomUUID()}`;
  const queues = { mailTaskQueue: `${taskQueue}-mail`, brevoTaskQueue: `${taskQueue}-brevo` };
  const journeys = [...shipped];
  const channels: Record<string, string> = {};
  let stop: (() => Promise<void>) | undefined;

  const stage: JourneyStage = {
    database,
    databaseUrl: own.url,
    taskQueue,
    onSend: async () => undefined,
    channels,
    journeys,
    async person({ fields = {}, timezone, email = `${randomUUID()}@example.com` } = {}) {
      const now = new Date(await options.now());
      const [{ insertId }] = await db.insert(contacts).values({
        email,
        firstName: 'Sarah',
        timezone: timezone ?? null,
        fields: JSON.stringify(fields),
        consent: 'opted_in',
        consentAt: now,
        createdAt: now,
        updatedAt: now,
      });
      return insertId;
    },
    async event(contactId, type, data = {}) {
      const now = new Date(await options.now());
      const [{ insertId: eventId }] = await db.insert(events).values({
        eventId: randomUUID(),
        bodyHash: 'x',
        type,
        resource: `contact.${contactId}`,
        contactId,
        occurredAt: now,
        receivedAt: now,
        data: JSON.stringify(data),
      });
      if (Object.keys(data).length > 0) {
        await database.pool.query('UPDATE contacts SET fields = JSON_MERGE_PATCH(fields, ?) WHERE id = ?', [
          JSON.stringify(data),
          contactId,
        ]);
      }
      await noteGoals(db, { contactId, type, occurredAt: now });
      for (const { workflowId } of await listeningRuns(db, contactId, type)) {
        await client.workflow
          .getHandle(workflowId)
          .signal(eventSignal, { eventId, type, occurredAt: now.toISOString() });
      }
      return eventId;
    },
    async enter(definition, contactId, { type = 'lead.entered', timing = 'real', eventId: known } = {}) {
      const at = await options.now();
      const eventId = known ?? (await stage.event(contactId, type));
      const entered = await enterJourney(database, {
        definition,
        contactId,
        eventId,
        anchorAt: new Date(at),
        now: new Date(at),
      });
      const { workflowId, runId } = entered;
      const handle = client.workflow.getHandle<typeof journey>(workflowId);
      if (entered.reason === undefined) {
        await client.workflow
          .start<typeof journey>('journey', {
            taskQueue,
            workflowId,
            args: [await journeyInput(db, { runId, timing, ...queues })],
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
          })
          .catch((error: unknown) => {
            if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
          });
      }
      return { ...entered, handle, at };
    },
    async mails(contactId, since) {
      const rows = await db
        .select()
        .from(messages)
        .where(eq(messages.contactId, contactId))
        .orderBy(asc(messages.id));
      return rows
        .filter(({ state }) => state === 'accepted')
        .map(({ template, acceptedAt }) => [template, ((acceptedAt?.getTime() ?? 0) - since) / 3_600_000]);
    },
    async run(runId) {
      const run = await loadRun(db, runId);
      if (run === undefined) throw new Error(`there is no run ${runId}`);
      return run;
    },
    async startWorkers() {
      bundle ??= bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('../../../workflows/index.ts', import.meta.url)),
        logger: silent,
      });
      const workflowBundle = await bundle;
      const connection = await NativeConnection.connect({ address });
      const common = { connection, interceptors: { activity: [activityInterceptors] } };
      const workers = await Promise.all([
        Worker.create({
          ...common,
          taskQueue,
          workflowBundle,
          activities: {
            ...createJourneyActivities({ database, journeys, contactTimezone: 'UTC', now: serverTime }),
            ...createNotificationActivities({ database, channels, now: serverTime }),
          },
        }),
        Worker.create({
          ...common,
          taskQueue: queues.mailTaskQueue,
          activities: options.sending?.(database) ?? {
            sendMessage: (request: MessageRequest) => noteMessage(database, request, stage.onSend),
          },
        }),
        Worker.create({
          ...common,
          taskQueue: queues.brevoTaskQueue,
          activities: createJourneyContactActivities({
            database,
            dryRun: options.brevo === undefined,
            brevo: createBrevoClient({
              baseUrl: options.brevo?.url ?? 'http://127.0.0.1:9/v3',
              apiKey: options.brevo?.key,
              isReal: false,
              mode: 'live',
              limits: createLimitStore(database),
              gapMs: 0,
            }),
          }),
        }),
      ]);
      const running = Promise.all(workers.map((worker) => worker.run()));
      stop = async () => {
        for (const worker of workers) worker.shutdown();
        await running;
        await connection.close();
      };
    },
    async end() {
      await stop?.();
      await database.close();
      await own.drop();
    },
  };
  return stage;
}

/** A stage in a time that passes as quickly as there is nothing to do. */
export function setSkippingStage(
  env: TestWorkflowEnvironment,
  options: Omit<StageOptions, 'address' | 'client' | 'now'> = {},
): Promise<JourneyStage> {
  return setJourneyStage({
    ...options,
    address: env.address,
    client: env.client,
    now: () => env.currentTimeMs(),
  });
}

/** The time of the Temporal that runs the activity, which is not that of this machine. */
export function serverTime(): Date {
  return new Date(Context.current().info.currentAttemptScheduledTimestampMs);
}

/** Plays the sending ledger: one row a key, accepted unless the test wants something else. */
async function noteMessage(database: Database, request: MessageRequest, ask: Ask): Promise<SendResult> {
  const wanted = await ask(request);
  if (wanted !== undefined) return wanted;
  const { key, kind, contactId, template, dueAt, journeyRunId } = request;
  const now = serverTime();
  await database.orm
    .insert(messages)
    .values({
      messageKey: key,
      uuid: randomUUID(),
      kind,
      scope: 'marketing',
      contactId,
      email: 'somebody@example.com',
      template,
      templateVersion: '1',
      params: '{}',
      journeyRunId: journeyRunId ?? null,
      state: 'accepted',
      dueAt: new Date(dueAt),
      preparedAt: now,
      acceptedAt: now,
    })
    .onDuplicateKeyUpdate({ set: { messageKey: key } });
  const [row] = await database.orm.select().from(messages).where(eq(messages.messageKey, key));
  return { status: 'accepted', messageId: row?.id ?? 0 };
}
