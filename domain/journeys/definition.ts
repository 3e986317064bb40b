import type { SendPolicy, SendWindow } from '../sending/message.ts';
import type { DurationText } from './durations.ts';
import { allSteps, type Step } from './steps.ts';

/** A journey: frozen plain data. A run keeps the one that it began with. */
export interface JourneyDefinition {
  readonly id: string;
  /** For people: counted up by whoever changes it. What tells definitions apart is their hash. */
  readonly version: number;
  readonly steps: readonly Step[];
  /** Done at once whenever such an event comes, wherever the person is; they do not move the journey on. */
  readonly whenever: readonly Reaction[];
  /** Event types that end a run at once. */
  readonly exitOn: readonly string[];
  readonly reEntry: ReEntry;
  /** The event that counts as success in reports; it ends nothing. */
  readonly goal?: string;
  readonly window?: SendWindow;
  readonly cap?: NonNullable<SendPolicy['cap']>;
  readonly uncertain: SendPolicy['uncertain'];
}

interface Reaction {
  readonly event: string;
  readonly steps: readonly Step[];
}

/** `never`: once in a lifetime; `afterExit`: when no run is under way; `every`: and at most once in this time. */
export type ReEntry = 'never' | 'afterExit' | { readonly every: DurationText };

/** Event types that a run of this journey wants to hear of. */
export function listensTo({ steps, whenever, exitOn }: JourneyDefinition): ReadonlySet<string> {
  const awaited = allSteps(steps).flatMap((step) => (step.kind === 'waitFor' ? step.events : []));
  return new Set([...exitOn, ...whenever.map(({ event }) => event), ...awaited]);
}

/** Every step of the journey, reactions too. */
export function stepsOf({ steps, whenever }: JourneyDefinition): readonly Step[] {
  return [...allSteps(steps), ...whenever.flatMap((reaction) => allSteps(reaction.steps))];
}

/** Names of the experiments that split its people. */
export function experimentsOf(definition: JourneyDefinition): readonly string[] {
  return [
    ...new Set(stepsOf(definition).flatMap((step) => (step.kind === 'split' ? [step.experiment] : []))),
  ];
}
