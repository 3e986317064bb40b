import type { StoredEvent } from '../db/event-queue.ts';
import { type EventRun, noteRuns, runsOf, waitingEvents } from '../db/events.ts';
import { noteGoals } from '../db/journeys.ts';
import { messageOf, SluiceError } from '../domain/errors.ts';
import { lengthOf } from '../domain/journeys/durations.ts';
import { completeSet } from './complete-set.ts';
import type { EventData, EventType } from './event-types.ts';
import { journeyIdFor, type RunsDeps, startJourney, startWorkflow, tellRuns } from './runs.ts';
import { isTriggeredBy, type Trigger, type TriggerEvent } from './triggers.ts';
import { isPassing } from './trouble.ts';

export interface DispatchDeps extends RunsDeps {
  readonly triggers: readonly Trigger[];
  /** Something that waiting does not mend: noted with the event, and the others go on. */
  readonly onFailure: (failure: {
    readonly event: StoredEvent;
    readonly trigger: string;
    readonly error: unknown;
  }) => void;
}

/**
 * Does everything that one event causes: tells the person's running journeys, notes goals, starts what its triggers
 * name. Every part can be repeated, so a crash between any two is mended by doing it all again.
 * @returns what triggers made of it, to be noted with its end.
 * @throws for trouble that passes: nothing is lost, it is tried again
 */
export async function dispatchEvent(event: StoredEvent, deps: DispatchDeps): Promise<readonly EventRun[]> {
  const { contactId } = event;
  const matched = matchTriggers(event, deps);
  if (contactId !== null) {
    const own = matched.fitting.flatMap(({ start }) =>
      start.kind === 'journey'
        ? [journeyIdFor({ journey: start.journey, contactId, eventId: event.id })]
        : [],
    );
    await tellRuns(deps, { event, contactId, except: new Set(own) });
    await noteGoals(deps.database.orm, { contactId, type: event.type, occurredAt: event.occurredAt });
  }
  // Only what was tried before can have left notes.
  const noted =
    matched.fitting.length > 0 && event.attempts > 1 ? await runsOf(deps.database.orm, event.id) : [];
  const settled = new Set(
    noted.filter(({ outcome }) => outcome === 'started' || outcome === 'known').map(({ trigger }) => trigger),
  );
  const runs: EventRun[] = [...matched.failed];
  for (const trigger of matched.fitting) {
    // The rows of journeys say whether a run is to be there: one that Temporal has lost is started anew.
    const isSure = trigger.start.kind !== 'journey' || trigger.allWithin !== undefined;
    if (settled.has(trigger.id) && isSure) continue;
    runs.push(await guarded(trigger.id, event, deps, () => fire(trigger, { event, deps })));
  }
  return runs;
}

/** What an event will start, as far as that follows from the event alone. */
export function expectedRuns(
  event: StoredEvent,
  triggers: readonly Trigger[],
): readonly { readonly trigger: string; readonly workflowId: string }[] {
  const { contactId } = event;
  const known = triggerEvent(event);
  return triggers.flatMap((trigger) => {
    const { start } = trigger;
    if (contactId === null || start.kind !== 'journey' || trigger.allWithin !== undefined) return [];
    try {
      if (!isTriggeredBy(trigger, known) || isTooOld(trigger, event)) return [];
    } catch {
      return [];
    }
    return [
      {
        trigger: trigger.id,
        workflowId: journeyIdFor({ journey: start.journey, contactId, eventId: event.id }),
      },
    ];
  });
}

function matchTriggers(
  event: StoredEvent,
  deps: DispatchDeps,
): { readonly fitting: readonly Trigger[]; readonly failed: readonly EventRun[] } {
  const known = triggerEvent(event);
  const failed: EventRun[] = [];
  const fitting = deps.triggers.filter((trigger) => {
    try {
      return isTriggeredBy(trigger, known);
    } catch (error) {
      failed.push(failureOf(trigger.id, event, deps, error));
      return false;
    }
  });
  return { fitting, failed };
}

async function fire(
  trigger: Trigger,
  { event, deps }: { readonly event: StoredEvent; readonly deps: DispatchDeps },
): Promise<EventRun> {
  const none = (outcome: string): EventRun => ({ trigger: trigger.id, workflowId: '', outcome });
  if (isTooOld(trigger, event)) return none('too_old');
  const { contactId } = event;
  if (contactId === null && (trigger.start.kind === 'journey' || trigger.allWithin !== undefined))
    return none('no_contact');
  if (trigger.allWithin === undefined || contactId === null) return start(trigger, { event, deps });

  // Written down at once: the person's next event of the set looks for it.
  const waits = { trigger: trigger.id, workflowId: '', outcome: 'waiting' };
  const now = new Date();
  await noteRuns(deps.database.orm, { runs: [{ ...waits, id: event.id }], now });
  const set = completeSet({
    types: trigger.types,
    waiting: await waitingEvents(deps.database.orm, { trigger: trigger.id, contactId, upTo: event.id }),
    current: event,
    withinMs: lengthOf(trigger.allWithin),
  });
  if (set === undefined) return waits;
  const run = await start(trigger, { event, deps });
  // Its members have served; the set that follows needs others.
  const members = set.filter((id) => id !== event.id);
  await noteRuns(deps.database.orm, { runs: members.map((id) => ({ ...run, id })), now });
  return run;
}

async function start(
  trigger: Trigger,
  { event, deps }: { readonly event: StoredEvent; readonly deps: DispatchDeps },
): Promise<EventRun> {
  const { start: target } = trigger;
  if (target.kind === 'journey') {
    const { contactId } = event;
    if (contactId === null) return { trigger: trigger.id, workflowId: '', outcome: 'no_contact' };
    return {
      trigger: trigger.id,
      ...(await startJourney(deps, { journey: target.journey, event, contactId })),
    };
  }
  const input = trigger.map(triggerEvent(event));
  const started = await startWorkflow(deps, { type: target.workflow, trigger: trigger.id, event, input });
  return { trigger: trigger.id, ...started };
}

/** A trigger that cannot work holds nobody else up; what passes by waiting is thrown on. */
async function guarded(
  trigger: string,
  event: StoredEvent,
  deps: DispatchDeps,
  work: () => Promise<EventRun>,
): Promise<EventRun> {
  try {
    return await work();
  } catch (error) {
    if (isPassing(error)) throw error;
    return failureOf(trigger, event, deps, error);
  }
}

function failureOf(trigger: string, event: StoredEvent, deps: DispatchDeps, error: unknown): EventRun {
  deps.onFailure({ event, trigger, error });
  const word = error instanceof SluiceError ? error.code : messageOf(error) === '' ? 'error' : 'exception';
  return { trigger, workflowId: '', outcome: `failed:${word}`.slice(0, 64) };
}

function isTooOld(trigger: Trigger, { occurredAt, receivedAt }: StoredEvent): boolean {
  return (
    trigger.within !== undefined && receivedAt.getTime() - occurredAt.getTime() > lengthOf(trigger.within)
  );
}

function triggerEvent(event: StoredEvent): TriggerEvent {
  return {
    id: event.id,
    eventId: event.eventId,
    type: event.type as EventType,
    resource: event.resource,
    contactId: event.contactId ?? undefined,
    occurredAt: event.occurredAt,
    receivedAt: event.receivedAt,
    data: JSON.parse(event.data) as EventData<EventType>,
  };
}
