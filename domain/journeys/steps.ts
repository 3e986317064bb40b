import type { DurationText } from './durations.ts';
import type { Predicate } from './predicate.ts';

/**
 * One step of a journey: plain data, so that it can be stored, hashed, drawn, simulated and run by different readers.
 */
export type Step =
  | SendStep
  | WaitStep
  | WaitForStep
  | BranchStep
  | SplitStep
  | UpdateStep
  | NotifyStep
  | EmitStep
  | StartJourneyStep;

export type Value = string | number | boolean;

interface Named {
  /** Unique in its journey; also part of the mail's key, so it is never used for anything else. */
  readonly id: string;
}

export interface SendStep extends Named {
  readonly kind: 'send';
  readonly template: string;
  /** Variables beyond those of the contact; never personal data. */
  readonly params?: Readonly<Record<string, Value>>;
  /** Later than this it is news no more and is not sent. */
  readonly fresh?: DurationText;
}

export interface WaitStep extends Named {
  readonly kind: 'wait';
  readonly until: WaitUntil;
}

export type WaitUntil =
  /** So long after the step before was due. */
  | { readonly after: DurationText }
  /** So long after the journey began. */
  | { readonly sinceStart: DurationText }
  /** The next time that the person's clock shows it. Monday is 1, Sunday 7; no weekdays: every day. */
  | { readonly localTime: string; readonly weekdays?: readonly number[] };

export interface WaitForStep extends Named {
  readonly kind: 'waitFor';
  readonly events: readonly string[];
  readonly timeout: DurationText;
  /** Taken when one of the events came; both ways go on with the next step. */
  readonly came: readonly Step[];
  readonly otherwise: readonly Step[];
}

export interface BranchStep extends Named {
  readonly kind: 'branch';
  readonly by: BranchBy;
  /** By arm: segments, or `yes` and `no`. */
  readonly arms: Readonly<Record<string, readonly Step[]>>;
  /** The arm is remembered under this name; a later branch of the same name takes it without looking again. */
  readonly remember?: string;
}

export type BranchBy =
  | { readonly kind: 'segment' }
  | { readonly kind: 'predicate'; readonly predicate: Predicate };

export interface SplitStep extends Named {
  readonly kind: 'split';
  /** Under this name a person's arm is drawn once and for ever. */
  readonly experiment: string;
  /** Percent by arm. The arm `holdout` ends the journey: those people are only watched. */
  readonly weights: Readonly<Record<string, number>>;
  readonly arms: Readonly<Record<string, readonly Step[]>>;
}

export const HOLDOUT = 'holdout';

/** A value, or the name of the contact's field that holds it. */
export type ValueSource = Value | { readonly field: string };

export interface UpdateStep extends Named {
  readonly kind: 'update';
  /** Fields of the contact in our table. */
  readonly fields?: Readonly<Record<string, Value>>;
  readonly brevo?: {
    readonly attributes?: Readonly<Record<string, ValueSource>>;
    /** Numbers of lists that the contact joins. */
    readonly lists?: readonly number[];
  };
}

export interface NotifyStep extends Named {
  readonly kind: 'notify';
  readonly channel: string;
  /** What it is about, one line; the person's address and counts are added when it goes out. */
  readonly text: string;
}

export interface EmitStep extends Named {
  readonly kind: 'emit';
  readonly type: string;
}

export interface StartJourneyStep extends Named {
  readonly kind: 'startJourney';
  readonly journey: string;
}

/** Steps within a step, by the name of the way that leads there. */
export function armsOf(step: Step): readonly (readonly [name: string, steps: readonly Step[]])[] {
  switch (step.kind) {
    case 'branch':
    case 'split':
      return Object.entries(step.arms);
    case 'waitFor':
      return [
        ['came', step.came],
        ['otherwise', step.otherwise],
      ];
    default:
      return [];
  }
}

/** Every step, those within others too, in the order in which they are written. */
export function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => [step, ...armsOf(step).flatMap(([, inner]) => allSteps(inner))]);
}
