import type { JourneyDefinition } from './definition.ts';
import { durationMs } from './durations.ts';
import { armsOf, HOLDOUT, type Step, type WaitUntil } from './steps.ts';

/** A way round through journeys that start each other takes at least this long, or it is an endless loop. */
const LEAST_ROUND_MS = 3_600_000;

/** One thing sets off another: a journey, or what is done whenever an event comes. */
interface Push {
  readonly from: string;
  readonly to: string;
  /** The shortest time from the begin of the one to the step that sets off the other. */
  readonly afterMs: number;
}

/**
 * Steps only lead onwards, so a person can go in circles only where journeys set each other off: by `startJourney`, or
 * by an event that starts one or that one reacts to. Such a circle without waiting would go round for ever at once.
 */
export function findLoops(
  journeys: readonly JourneyDefinition[],
  startedBy: (eventType: string) => readonly string[] = () => [],
): readonly string[] {
  const pushes = journeys.flatMap((journey) => pushesOf(journey, reactionsTo));
  const found = new Map<string, string>();
  for (const from of new Set(pushes.map((push) => push.from))) follow(from, [from], 0);
  return [...found.values()];

  function reactionsTo(eventType: string): readonly string[] {
    const reacting = journeys.flatMap(({ id, whenever }) =>
      whenever.filter(({ event }) => event === eventType).map(() => reactionName(id, eventType)),
    );
    return [...startedBy(eventType), ...reacting];
  }

  function follow(at: string, path: readonly string[], spentMs: number): void {
    for (const { to, afterMs } of pushes.filter(({ from }) => from === at)) {
      const spent = spentMs + afterMs;
      if (spent >= LEAST_ROUND_MS) continue;
      if (to === path[0]) {
        const circle = path.toSorted().join('\n');
        if (!found.has(circle))
          found.set(circle, `${to}: endless loop without waiting: ${[...path, to].join(' → ')}`);
      } else if (!path.includes(to)) follow(to, [...path, to], spent);
    }
  }
}

function reactionName(journey: string, event: string): string {
  return `${journey} (whenever ${event})`;
}

function pushesOf(
  { id, steps, whenever }: JourneyDefinition,
  reactionsTo: (eventType: string) => readonly string[],
): readonly Push[] {
  const pushes: Push[] = [];
  walk(steps, { from: id, beginMs: 0 });
  for (const { event, steps: reaction } of whenever)
    walk(reaction, { from: reactionName(id, event), beginMs: 0 });
  return pushes;

  /** @returns the least time at which the line's end is reached. */
  function walk(
    line: readonly Step[],
    { from, beginMs }: { readonly from: string; readonly beginMs: number },
  ): number {
    let atMs = beginMs;
    for (const step of line) {
      pushes.push(...pushedBy(step).map((to) => ({ from, to, afterMs: atMs })));
      if (step.kind === 'wait') atMs = leastEnd(step.until, atMs);
      const ends = armsOf(step)
        .filter(([arm]) => arm !== HOLDOUT)
        .map(([, inner]) => walk(inner, { from, beginMs: atMs }));
      if (ends.length > 0) atMs = Math.min(...ends);
    }
    return atMs;
  }

  function pushedBy(step: Step): readonly string[] {
    if (step.kind === 'startJourney') return [step.journey];
    return step.kind === 'emit' ? reactionsTo(step.type) : [];
  }
}

function leastEnd(until: WaitUntil, atMs: number): number {
  if ('after' in until) return atMs + (durationMs(until.after) ?? 0);
  // A local time may be right now.
  return 'sinceStart' in until ? Math.max(atMs, durationMs(until.sinceStart) ?? 0) : atMs;
}

/** Whether a step holds itself, however deep: nobody would ever come out of it. */
export function holdsItself(steps: readonly Step[], above: readonly Step[] = []): boolean {
  return steps.some(
    (step) => above.includes(step) || armsOf(step).some(([, inner]) => holdsItself(inner, [...above, step])),
  );
}
