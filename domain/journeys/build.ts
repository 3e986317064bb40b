import type { SendPolicy, SendWindow } from '../sending/message.ts';
import type { JourneyDefinition, ReEntry } from './definition.ts';
import type { DurationText } from './durations.ts';
import type { Predicate } from './predicate.ts';
import type { Segment } from './segment.ts';
import type { BranchBy, HOLDOUT, Step, UpdateStep, Value, WaitUntil } from './steps.ts';

/** A step whose id `defineJourney` chooses where none was given. */
export interface Draft {
  /** Also: how the id begins when nobody gave one. */
  readonly suggested: string;
  readonly id: string | undefined;
  make(id: string, named: (drafts: readonly Draft[]) => readonly Step[]): Step;
}

interface WithId {
  readonly id?: string;
}

/** Sends one mail. `fresh`: later than this after it was due, it is left out. */
export function send(
  template: string,
  {
    id,
    params,
    fresh,
  }: WithId & { readonly params?: Readonly<Record<string, Value>>; readonly fresh?: DurationText } = {},
): Draft {
  return draft(id ?? template, id, (stepId) => ({
    kind: 'send',
    id: stepId,
    template,
    ...(params === undefined ? {} : { params }),
    ...(fresh === undefined ? {} : { fresh }),
  }));
}

/**
 * Waits. All times are absolute: `'24h'` counts from when the step before was due, not from when it was done, so
 * retries and outages move nothing.
 * @example
 * wait('24h');
 * wait({ sinceStart: '72h' });
 * wait({ localTime: '09:00', weekdays: [1, 2, 3, 4, 5] });
 */
export function wait(until: DurationText | WaitUntil, { id }: WithId = {}): Draft {
  const kept: WaitUntil = typeof until === 'string' ? { after: until } : until;
  return draft(suggestWait(kept), id, (stepId) => ({ kind: 'wait', id: stepId, until: kept }));
}

function suggestWait(until: WaitUntil): string {
  if ('after' in until) return `wait-${until.after}`;
  if ('sinceStart' in until) return `wait-until-${until.sinceStart}`;
  return `wait-until-${until.localTime.replace(':', '')}`;
}

/**
 * Waits for one of the events, at most `timeout`. An event counts if it came since the last mail before (or the start)
 * and nothing else has waited for it. Time goes on from when the event happened, or from the end of the time.
 */
export function waitFor(
  event: string | readonly string[],
  {
    timeout,
    then = [],
    otherwise = [],
    id,
  }: WithId & {
    readonly timeout: DurationText;
    readonly then?: readonly Draft[];
    readonly otherwise?: readonly Draft[];
  },
): Draft {
  const events = typeof event === 'string' ? [event] : [...event];
  return draft(`wait-for-${events[0] ?? ''}`, id, (stepId, named) => ({
    kind: 'waitFor',
    id: stepId,
    events,
    timeout,
    came: named(then),
    otherwise: named(otherwise),
  }));
}

interface BranchOptions extends WithId {
  /** Under this name the arm is remembered; a later branch with the same name takes it again. */
  readonly remember?: string;
}

/**
 * Takes the arm that fits the person at that moment: one of the segments, or `yes` and `no` of a condition.
 * @example
 * branch('segment', { critical: [notify('sales', '…')], urgent: [], optimize: [] });
 * branch({ field: 'score', op: 'gte', value: 50 }, { yes: [send('high')], no: [] });
 */
export function branch(
  by: 'segment',
  arms: Readonly<Record<Segment, readonly Draft[]>>,
  options?: BranchOptions,
): Draft;
export function branch(
  by: Predicate,
  arms: Readonly<Record<'yes' | 'no', readonly Draft[]>>,
  options?: BranchOptions,
): Draft;
export function branch(
  by: 'segment' | Predicate,
  arms: Readonly<Record<string, readonly Draft[]>>,
  { id, remember }: BranchOptions = {},
): Draft {
  const kept: BranchBy = by === 'segment' ? { kind: 'segment' } : { kind: 'predicate', predicate: by };
  return draft(by === 'segment' ? 'by-segment' : 'branch', id, (stepId, named) => ({
    kind: 'branch',
    id: stepId,
    by: kept,
    arms: namedArms(arms, named),
    ...(remember === undefined ? {} : { remember }),
  }));
}

/**
 * Draws an arm for each person, the same one for ever: by a hash of person and experiment, in percent. `holdout` gets
 * nothing from here on and is only watched, so that reports can tell what the journey brings.
 * @example
 * split('subject-line', { a: 50, b: 40, holdout: 10 }, { a: [send('short')], b: [send('long')] });
 */
export function split<const Arm extends string>(
  experiment: string,
  weights: Readonly<Record<Arm, number>>,
  arms: Readonly<Partial<Record<Exclude<Arm, typeof HOLDOUT>, readonly Draft[]>>>,
  { id }: WithId = {},
): Draft {
  return draft(`split-${experiment}`, id, (stepId, named) => ({
    kind: 'split',
    id: stepId,
    experiment,
    weights,
    arms: namedArms(
      {
        ...Object.fromEntries(Object.keys(weights).map((arm) => [arm, []])),
        ...(arms as Readonly<Record<string, readonly Draft[]>>),
      },
      named,
    ),
  }));
}

/** Writes fields of the contact, here and in Brevo; the last write wins. */
export function update(
  changes: Pick<UpdateStep, 'fields' | 'brevo'>,
  { id = undefined as string | undefined } = {},
): Draft {
  return draft('update', id, (stepId) => ({ kind: 'update', id: stepId, ...changes }));
}

/** Tells people at work, once; a channel that is down delays the news and nothing else. */
export function notify(channel: string, text: string, { id }: WithId = {}): Draft {
  return draft(`notify-${channel}`, id, (stepId) => ({ kind: 'notify', id: stepId, channel, text }));
}

/** Puts an event of ours into the inbox, as if a website had sent it. */
export function emit(type: string, { id }: WithId = {}): Draft {
  return draft(`emit-${type}`, id, (stepId) => ({ kind: 'emit', id: stepId, type }));
}

/** Lets the person enter another journey, by that one's own rules; this one goes on. */
export function startJourney(journey: string, { id }: WithId = {}): Draft {
  return draft(`start-${journey}`, id, (stepId) => ({ kind: 'startJourney', id: stepId, journey }));
}

export interface JourneyOptions {
  readonly id: string;
  readonly version: number;
  readonly steps: readonly Draft[];
  /** Steps that are done at once when such an event comes, wherever the person is. */
  readonly whenever?: Readonly<Record<string, readonly Draft[]>>;
  readonly exitOn?: readonly string[];
  readonly reEntry: ReEntry;
  readonly goal?: string;
  readonly window?: SendWindow;
  readonly cap?: NonNullable<SendPolicy['cap']>;
  /** When nobody can tell whether a mail was taken: `hold` it for an operator (the default), or risk a second one. */
  readonly uncertain?: SendPolicy['uncertain'];
}

/** A journey as frozen data. What is wrong with it is found by `checkJourneys`. */
export function defineJourney(options: JourneyOptions): JourneyDefinition {
  const { steps, whenever = {}, exitOn = [], uncertain = 'hold', ...rest } = options;
  const named = createNames();
  const definition: JourneyDefinition = {
    ...rest,
    exitOn,
    uncertain,
    steps: named(steps),
    whenever: Object.entries(whenever).map(([event, drafts]) => ({ event, steps: named(drafts) })),
  };
  // A copy, so that nobody holds a part of it that can still change; also turns it into what JSON can hold.
  return deepFreeze(JSON.parse(JSON.stringify(definition)) as JourneyDefinition);
}

/** Ids that were given stay as they are, even twice; made ones are counted up. */
function createNames(): (drafts: readonly Draft[]) => readonly Step[] {
  const taken = new Map<string, number>();
  const named = (drafts: readonly Draft[]): readonly Step[] =>
    drafts.map((one) => one.make(one.id ?? free(one.suggested), named));
  return named;

  function free(suggested: string): string {
    const word = suggested.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    const count = (taken.get(word) ?? 0) + 1;
    taken.set(word, count);
    return count === 1 ? word : `${word}-${count}`;
  }
}

function draft(suggested: string, id: string | undefined, make: Draft['make']): Draft {
  return { suggested, id, make };
}

function namedArms(
  arms: Readonly<Record<string, readonly Draft[]>>,
  named: (drafts: readonly Draft[]) => readonly Step[],
): Readonly<Record<string, readonly Step[]>> {
  return Object.fromEntries(Object.entries(arms).map(([arm, drafts]) => [arm, named(drafts)]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
