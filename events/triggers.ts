import type { DurationText } from '../domain/journeys/durations.ts';
import type { EventData, EventType } from './event-types.ts';
import type { Json } from './json.ts';

/** An event for which a trigger decides. Its data has been checked by its type when it was accepted. */
export interface TriggerEvent<T extends EventType = EventType> {
  /** Row number. */
  readonly id: number;
  readonly eventId: string;
  readonly type: T;
  readonly resource: string;
  readonly contactId: number | undefined;
  /** When it happened, as the sender says, and when we took it. */
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly data: EventData<T>;
}

/** Several types of one person, in any order, no further apart than `within`. */
export interface AllOf<T extends EventType> {
  readonly all: readonly T[];
  readonly within: DurationText;
}

export type Target =
  | { readonly kind: 'journey'; readonly journey: string }
  | { readonly kind: 'workflow'; readonly workflow: string };

interface Common<T extends EventType> {
  /** Lower case words joined by hyphens; part of workflow ids, so it is never used for anything else. */
  readonly id: string;
  /** Any of these types, or `allOf` of them. */
  readonly on: readonly T[] | AllOf<T>;
  /** An exact resource, or a beginning and `*`: `lead.*` is `lead.42` and not `lead-magnet.42`. Unset: any. */
  readonly resource?: string;
  readonly where?: (event: TriggerEvent<T>) => boolean;
  /** What happened longer ago than this when it came in starts nothing. Unset: however old. */
  readonly within?: DurationText;
}

export type TriggerOptions<T extends EventType> =
  /** The person of the event enters; the journey reads what it needs of them by itself. */
  | (Common<T> & { readonly start: Extract<Target, { kind: 'journey' }> })
  /** The workflow's one argument: ids, counts and times. It stands in Temporal's history, so no personal data. */
  | (Common<T> & {
      readonly start: Extract<Target, { kind: 'workflow' }>;
      readonly map: (event: TriggerEvent<T>) => Readonly<Record<string, Json>>;
    });

/** A declared trigger; `checkTriggers` looks at all of them. */
export interface Trigger {
  readonly kind: 'trigger';
  readonly id: string;
  readonly types: readonly string[];
  /** Set where all types are needed, and not any. */
  readonly allWithin: DurationText | undefined;
  readonly resource: string | undefined;
  readonly within: DurationText | undefined;
  readonly start: Target;
  readonly where: (event: TriggerEvent) => boolean;
  readonly map: (event: TriggerEvent) => Readonly<Record<string, Json>>;
}

/**
 * Declares what an event starts. Each event starts at most one run of each trigger.
 * @example
 * trigger({ id: 'new-lead-handler', on: ['lead.opted_in'], resource: 'lead.*', start: journey('new-lead-handler') })
 */
export function trigger<const T extends EventType>(options: TriggerOptions<T>): Trigger {
  const { id, on, resource, within, start, where } = options;
  const map = 'map' in options ? options.map : () => ({});
  const isAll = 'all' in on;
  return Object.freeze({
    kind: 'trigger',
    id,
    types: Object.freeze([...(isAll ? on.all : on)]),
    allWithin: isAll ? on.within : undefined,
    resource,
    within,
    start,
    // Only events of `types` get here, and data has been checked by its type.
    where: (event: TriggerEvent) => where?.(event as unknown as TriggerEvent<T>) ?? true,
    map: (event: TriggerEvent) => map(event as unknown as TriggerEvent<T>),
  });
}

/** Every one of these types, of one person, in any order, the first and the last no further apart than `within`. */
export function allOf<const T extends EventType>(
  all: readonly T[],
  { within }: { readonly within: DurationText },
): AllOf<T> {
  return { all, within };
}

export function journey(id: string): Extract<Target, { kind: 'journey' }> {
  return { kind: 'journey', journey: id };
}

/** A workflow by its type; it gets what `map` makes. */
export function workflow(type: string): Extract<Target, { kind: 'workflow' }> {
  return { kind: 'workflow', workflow: type };
}

/** Whether it is about such an event; `where` may throw, as it is the operator's code. */
export function isTriggeredBy(trigger: Trigger, event: TriggerEvent): boolean {
  return (
    trigger.types.includes(event.type) &&
    fitsResource(trigger.resource, event.resource) &&
    trigger.where(event)
  );
}

export function fitsResource(pattern: string | undefined, resource: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? resource.startsWith(pattern.slice(0, -1)) : resource === pattern;
}
