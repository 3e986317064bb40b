import type { NotifyRequest } from '../../activities/notifications.ts';
import type { JourneyDefinition } from '../../domain/journeys/definition.ts';
import type { JourneyEnd, JourneyEvent, JourneyStart } from '../../domain/journeys/run.ts';
import { type Way, wayThrough } from '../../domain/journeys/way.ts';

/**
 * What a run has to remember, plain data: a continued run gets all of it. Times are UTC milliseconds.
 */
export interface JourneyProgress {
  /** Where the person is; undefined: behind the last step. */
  step: string | undefined;
  /** The step whose begin has been noted. */
  entered: string | undefined;
  /** When the present step is due by plan, however late it is done. */
  clock: number;
  /** From here `sinceStart` counts: the begin, moved by pauses and by new dates. */
  anchor: number;
  /** A new date for the present step. */
  moved: number | undefined;
  pausedAt: number | undefined;
  /** Why the present step cannot be done; it waits for an operator. */
  parked: ParkedBy | undefined;
  /** Arms that later branches take again, by name. */
  remembered: Record<string, string>;
  sent: number;
  uncertain: number;
  /** The last mail, for the least distance between two. */
  last: { readonly dueAt: number; readonly sentAt: number } | undefined;
  /** Events that were heard already, the latest last. */
  seen: number[];
  /** Events since the last mail that nothing has waited for yet. */
  heard: JourneyEvent[];
  /** Events to which the journey still has to react. */
  reactions: JourneyEvent[];
  /** News to people that are not out yet. */
  alerts: NotifyRequest[];
}

export interface ParkedBy {
  readonly reason: string;
  /** It may pass without anybody doing something about this run. */
  readonly passes: boolean;
}

/** Why a run stands still. */
export type Waiting = 'a time' | 'an event' | 'distance to the mail before' | 'parked' | `mail: ${string}`;

/** One run at work. */
export interface Run {
  readonly input: JourneyStart;
  readonly definition: JourneyDefinition;
  readonly way: Way;
  readonly progress: JourneyProgress;
  /** Set as soon as it is known that nothing more is to be done. */
  end: JourneyEnd | undefined;
  /** What it waits for, and what an operator wants it to do about that. */
  waiting: Waiting | undefined;
  dueAt: number | undefined;
  command: 'skip' | 'retry' | undefined;
}

/** What the query `state` answers. Times are ISO 8601 UTC. */
export interface JourneyView {
  readonly runId: number;
  readonly contactId: number;
  readonly journey: string;
  readonly version: number;
  readonly definitionHash: string;
  readonly step: string | undefined;
  readonly waitingFor: Waiting | undefined;
  readonly dueAt: string | undefined;
  readonly paused: boolean;
  readonly parked: string | undefined;
  readonly sent: number;
  readonly uncertain: number;
  readonly remembered: Readonly<Record<string, string>>;
  readonly end: JourneyEnd | undefined;
}

export function firstProgress(input: JourneyStart): JourneyProgress {
  const anchor = Date.parse(input.anchorAt);
  return {
    step: undefined,
    entered: undefined,
    clock: anchor,
    anchor,
    moved: undefined,
    pausedAt: undefined,
    parked: undefined,
    remembered: {},
    sent: 0,
    uncertain: 0,
    last: undefined,
    seen: [],
    heard: [],
    reactions: [],
    alerts: [],
  };
}

export function createRun(
  input: JourneyStart,
  { definition, progress }: { readonly definition: JourneyDefinition; readonly progress: JourneyProgress },
): Run {
  return {
    input,
    definition,
    way: wayThrough(definition),
    progress,
    end: undefined,
    waiting: undefined,
    dueAt: undefined,
    command: undefined,
  };
}

export function viewOf({ input, definition, progress, waiting, dueAt, end }: Run): JourneyView {
  return {
    runId: input.runId,
    contactId: input.contactId,
    journey: definition.id,
    version: definition.version,
    definitionHash: input.definitionHash,
    step: progress.step,
    waitingFor: waiting,
    dueAt: dueAt === undefined ? undefined : new Date(dueAt).toISOString(),
    paused: progress.pausedAt !== undefined,
    parked: progress.parked?.reason,
    sent: progress.sent,
    uncertain: progress.uncertain,
    remembered: progress.remembered,
    end,
  };
}
