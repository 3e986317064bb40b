import { earliestInWindow } from '../sending/send-window.ts';
import { chooseArm } from './choose.ts';
import type { JourneyDefinition } from './definition.ts';
import { stepText } from './diagram.ts';
import { earliestSend, waitEnds, waitText } from './due.ts';
import { lengthOf } from './durations.ts';
import { nextLocalTime } from './local-time.ts';
import type { Facts } from './predicate.ts';
import { drawArm } from './split.ts';
import { armsOf, type BranchStep, HOLDOUT, type SendStep, type SplitStep, type Step } from './steps.ts';
import { wayThrough } from './way.ts';

/** One thing that happens to a person on the way. */
export interface TimetableEntry {
  /** UTC milliseconds. */
  readonly at: number;
  /** Id of the step; of what no step does undefined. */
  readonly step: string | undefined;
  readonly what: string;
  /** Why there, why then. */
  readonly why: string | undefined;
}

/** Something that is supposed to happen to the person meanwhile. */
export interface SupposedEvent {
  readonly type: string;
  /** UTC milliseconds. */
  readonly at: number;
  /** What it changes about the person. */
  readonly fields: Facts;
}

export interface TimetableInput {
  readonly definition: JourneyDefinition;
  /** When the person enters, UTC milliseconds. */
  readonly at: number;
  readonly facts: Facts;
  /** IANA zone of the person. */
  readonly zone: string;
  /** For the arms of experiments; undefined: the widest arm. */
  readonly contactId: number | undefined;
  readonly events: readonly SupposedEvent[];
}

/**
 * What would happen to a person, with the reason of every choice, by the same rules as a run: nothing is sent, written or
 * asked. Suppressions, consent and the cap over all journeys are not looked at; send windows are.
 */
export function timetableOf(input: TimetableInput): readonly TimetableEntry[] {
  const { definition, zone, contactId } = input;
  const way = wayThrough(definition);
  const entries: TimetableEntry[] = [];
  const remembered = new Map<string, string>();
  const coming = input.events.filter(({ at }) => at >= input.at).toSorted((a, b) => a.at - b.at);
  let facts = input.facts;
  let heard: SupposedEvent[] = [];
  let clock = input.at;
  /** When things really happen: the clock, but for mails that a window or the distance holds back. */
  let now = input.at;
  let last: { readonly dueAt: number; readonly sentAt: number } | undefined;
  const walk = { isOver: false };

  add({
    at: input.at,
    step: undefined,
    what: `enters ${definition.id} version ${definition.version}`,
    why: undefined,
  });
  for (let id = way.first; id !== undefined && !walk.isOver; ) {
    const step = way.step(id);
    if (step === undefined) break;
    const arm = take(step);
    id = arm === undefined ? way.after(id) : way.into(id, arm);
  }
  if (!walk.isOver) add({ at: now, step: undefined, what: 'completed', why: undefined });
  return entries;

  function add(entry: TimetableEntry): void {
    entries.push(entry);
  }

  /** @returns the arm that is taken. */
  function take(step: Step): string | undefined {
    switch (step.kind) {
      case 'send':
        mail(step);
        return undefined;
      case 'wait': {
        const { until } = step;
        const dueAt =
          'localTime' in until
            ? nextLocalTime({ from: clock, localTime: until.localTime, weekdays: until.weekdays, zone })
            : waitEnds(until, { clock, anchor: input.at, timing: 'real' });
        pass(dueAt);
        if (!walk.isOver) add({ at: now, step: step.id, what: 'goes on', why: waitText(step) });
        clock = dueAt;
        return undefined;
      }
      case 'waitFor': {
        const { events, timeout } = step;
        const dueAt = clock + lengthOf(timeout);
        const came = pass(dueAt, events);
        if (walk.isOver) return undefined;
        clock = came === undefined ? dueAt : Math.max(clock, came.at);
        add({
          at: now,
          step: step.id,
          what: came === undefined ? 'waited in vain' : `${came.type} came`,
          why: `waits for ${events.join(' or ')}, at most ${timeout}`,
        });
        return came === undefined ? 'otherwise' : 'came';
      }
      case 'branch':
        return choose(step, remembered);
      case 'split':
        return draw(step);
      default:
        add({ at: now, step: step.id, what: stepText(step), why: undefined });
        return undefined;
    }
  }

  /** Lets time pass up to `dueAt` with all that happens meanwhile. @returns the awaited event, which ends it early. */
  function pass(dueAt: number, awaited: readonly string[] = []): SupposedEvent | undefined {
    for (;;) {
      const known = heard.find(({ type }) => awaited.includes(type));
      if (known !== undefined) {
        heard = heard.filter((event) => event !== known);
        return known;
      }
      const [event] = coming;
      if (event === undefined || event.at > dueAt) break;
      coming.shift();
      now = Math.max(now, event.at);
      happen(event);
      if (walk.isOver) return undefined;
    }
    now = Math.max(now, dueAt);
    return undefined;
  }

  function happen(event: SupposedEvent): void {
    facts = { ...facts, ...event.fields };
    heard.push(event);
    const isExit = definition.exitOn.includes(event.type);
    const goal = definition.goal === event.type ? 'the goal is reached' : undefined;
    add({ at: event.at, step: undefined, what: event.type, why: isExit ? 'exits' : goal });
    if (isExit) {
      walk.isOver = true;
      add({ at: event.at, step: undefined, what: 'exited', why: event.type });
      return;
    }
    for (const { steps } of definition.whenever.filter((one) => one.event === event.type)) react(steps);
  }

  function react(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.kind !== 'branch') {
        add({ at: now, step: step.id, what: stepText(step), why: 'reaction' });
        continue;
      }
      const arm = choose(step, undefined);
      react(new Map(armsOf(step)).get(arm) ?? []);
    }
  }

  function choose({ id, by, remember }: BranchStep, memory: Map<string, string> | undefined): string {
    const known = remember === undefined ? undefined : memory?.get(remember);
    if (known !== undefined) {
      add({ at: now, step: id, what: `way: ${known}`, why: `as before (${remember})` });
      return known;
    }
    const { arm, reason } = chooseArm(by, facts);
    if (remember !== undefined) memory?.set(remember, arm);
    add({ at: now, step: id, what: `way: ${arm}`, why: reason });
    return arm;
  }

  function draw({ id, experiment, weights }: SplitStep): string {
    const widest = Object.entries(weights).toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
    const arm = contactId === undefined ? widest : drawArm({ experiment, contactId, weights });
    const why =
      contactId === undefined ? 'the widest arm, as no contact is given' : `drawn for contact ${contactId}`;
    add({ at: now, step: id, what: `arm ${arm} of ${experiment}`, why });
    if (arm !== HOLDOUT) return arm;
    walk.isOver = true;
    add({ at: now, step: undefined, what: 'completed', why: 'holdout: gets nothing, is only watched' });
    return arm;
  }

  function mail(step: SendStep): void {
    heard = [];
    const reasons: string[] = [];
    const spaced = earliestSend({ dueAt: clock, last, timing: 'real' });
    if (spaced > Math.max(clock, now)) reasons.push('keeps its distance to the mail before');
    const from = Math.max(spaced, now);
    const { window } = definition;
    const open =
      window === undefined ? from : earliestInWindow({ window, zone, from: new Date(from) }).getTime();
    if (window !== undefined && open > from) reasons.push(`window ${window.from} to ${window.to} ${zone}`);
    if (open > now) pass(open);
    if (walk.isOver) return;
    if (step.fresh !== undefined && open > clock + lengthOf(step.fresh)) {
      add({ at: now, step: step.id, what: `${stepText(step)}: left out`, why: `older than ${step.fresh}` });
      return;
    }
    last = { dueAt: clock, sentAt: now };
    add({
      at: now,
      step: step.id,
      what: stepText(step),
      why: reasons.length > 0 ? reasons.join('; ') : undefined,
    });
  }
}
