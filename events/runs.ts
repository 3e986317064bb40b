import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { StoredEvent } from '../db/event-queue.ts';
import { enterJourney, journeyInput, listeningRuns } from '../db/journeys.ts';
import type { Database } from '../db/pool.ts';
import type { JourneyDefinition } from '../domain/journeys/definition.ts';
import { journeyWorkflowId } from '../domain/journeys/ids.ts';
import { eventSignal } from '../workflows/journey/messages.ts';
import type { Json } from './json.ts';

/** No call to Temporal may hold a person's events up for longer. */
const CALL_MS = 5_000;

export interface RunsDeps {
  readonly database: Database;
  readonly client: Client;
  readonly journeys: readonly JourneyDefinition[];
  readonly queues: { readonly flows: string; readonly mail: string; readonly brevo: string };
}

/** What became of a start. `known`: a run of that id was there already. */
export interface Started {
  readonly workflowId: string;
  readonly outcome: string;
}

/** Starts a journey for the person of an event, or says by which rule they do not enter. Safe to repeat. */
export async function startJourney(
  { database, client, journeys, queues }: RunsDeps,
  {
    journey,
    event,
    contactId,
  }: { readonly journey: string; readonly event: StoredEvent; readonly contactId: number },
): Promise<Started> {
  const definition = journeys.find(({ id }) => id === journey);
  if (definition === undefined) return { workflowId: '', outcome: 'journey_missing' };
  const entered = await enterJourney(database, {
    definition,
    contactId,
    eventId: event.id,
    anchorAt: anchorOf(event),
    now: new Date(),
  });
  const { workflowId, runId, reason } = entered;
  if (reason !== undefined) return { workflowId, outcome: reason };
  const input = await journeyInput(database.orm, {
    runId,
    mailTaskQueue: queues.mail,
    brevoTaskQueue: queues.brevo,
  });
  return startOnce(client, { type: 'journey', workflowId, taskQueue: queues.flows, input, summary: journey });
}

/** Starts a workflow that is no journey. Safe to repeat. */
export async function startWorkflow(
  { client, queues }: RunsDeps,
  {
    type,
    trigger,
    event,
    input,
  }: {
    readonly type: string;
    readonly trigger: string;
    readonly event: StoredEvent;
    readonly input: Readonly<Record<string, Json>>;
  },
): Promise<Started> {
  const workflowId = triggeredWorkflowId({ trigger, eventId: event.id });
  return startOnce(client, { type, workflowId, taskQueue: queues.flows, input, summary: trigger });
}

/** Tells the person's runs that listen, but for those that this very event starts. */
export async function tellRuns(
  { database, client }: RunsDeps,
  {
    event,
    contactId,
    except,
  }: { readonly event: StoredEvent; readonly contactId: number; readonly except: ReadonlySet<string> },
): Promise<number> {
  const runs = await listeningRuns(database.orm, contactId, event.type);
  const told = runs.filter(({ workflowId }) => !except.has(workflowId));
  for (const { workflowId } of told) {
    try {
      await within(client, () =>
        client.workflow.getHandle(workflowId).signal(eventSignal, {
          eventId: event.id,
          type: event.type,
          occurredAt: event.occurredAt.toISOString(),
        }),
      );
    } catch (error) {
      // It has ended, or it is about to be started and then looks for itself what came meanwhile.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  return told.length;
}

/** The id that a journey would have; whether it starts is decided by its rules of re-entry. */
export function journeyIdFor({
  journey,
  contactId,
  eventId,
}: {
  readonly journey: string;
  readonly contactId: number;
  readonly eventId: number;
}): string {
  return journeyWorkflowId({ journey, contactId, anchor: String(eventId) });
}

function triggeredWorkflowId({
  trigger,
  eventId,
}: {
  readonly trigger: string;
  readonly eventId: number;
}): string {
  return `event/${trigger}/${eventId}`;
}

/** All times of a journey count from the event; a sender's clock that is ahead does not delay them. */
function anchorOf({ occurredAt, receivedAt }: StoredEvent): Date {
  return occurredAt < receivedAt ? occurredAt : receivedAt;
}

async function startOnce(
  client: Client,
  {
    type,
    workflowId,
    taskQueue,
    input,
    summary,
  }: {
    readonly type: string;
    readonly workflowId: string;
    readonly taskQueue: string;
    readonly input: unknown;
    readonly summary: string;
  },
): Promise<Started> {
  try {
    await within(client, () =>
      client.workflow.start(type, {
        workflowId,
        taskQueue,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        staticSummary: summary,
      }),
    );
    return { workflowId, outcome: 'started' };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { workflowId, outcome: 'known' };
    throw error;
  }
}

function within<T>(client: Client, call: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + CALL_MS, call);
}
