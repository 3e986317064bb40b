import { DAY, dayOf, modulo } from '../recurrence/civil.ts';
import { expand } from '../recurrence/expand.ts';
import { zoneNamed } from '../recurrence/parse.ts';
import { clockText, dateText, listText } from '../recurrence/phrases.ts';
import type { DstPolicy, RecurrenceSet } from '../recurrence/rule.ts';
import type { Transition } from '../recurrence/zone.ts';
import type { Check, Finding } from './finding.ts';

const DAYS = 400;
const MOST_NAMED = 3;
/** A rule in a second of which is an instant of the hour that it lies in. */
const EACH_SECOND = 26 * 3600;

/** Local times of the next 400 days that clocks leave out or show twice, and what becomes of them. */
export const clockChanges: Check = ({ id, recurrence }, now) => {
  if (recurrence.kind !== 'rules' || recurrence.set.rules.length === 0) return [];
  const { set } = recurrence;
  const zone = zoneNamed(set.zone, 'timezone');
  return zone
    .transitions({ from: now, until: now + DAYS * DAY })
    .map((change) => (change.after > change.before ? gap(set, change) : repeated(set, change)))
    .filter((found) => found !== undefined)
    .map((found): Finding => ({ rule: 'clock-change', ids: [id], ...found }));
};

type Found = Pick<Finding, 'message' | 'hint'> | undefined;

/** Times that the one policy has and the other has not, at or after the change and before `length` is over. */
function onlyWith(
  set: RecurrenceSet,
  {
    at,
    length,
    has,
    lacks,
  }: { readonly at: number; readonly length: number } & Record<'has' | 'lacks', DstPolicy>,
): readonly number[] {
  const bounds = { after: at - 1, before: at + length, count: EACH_SECOND };
  const without = new Set(expand({ ...set, dst: lacks }, bounds));
  return expand({ ...set, dst: has }, bounds).filter((instant) => !without.has(instant));
}

/** In a gap every wall time is as late after the change as it was meant to be before it. */
function gap(set: RecurrenceSet, { at, before, after }: Transition): Found {
  const length = after - before;
  const { overlap } = set.dst;
  const moved = onlyWith(set, {
    at,
    length,
    has: { gap: 'shift', overlap },
    lacks: { gap: 'skip', overlap },
  });
  const [first] = moved;
  if (first === undefined) return undefined;
  const meant = moved.map((instant) => instant + before);
  const day = dateText(dayOf(first + before));
  const what = `clocks in ${set.zone} leave out ${timesText(meant)} on ${day}`;
  if (set.dst.gap === 'skip') {
    return {
      message: `${what}: no run then`,
      hint: "Choose a time outside, or dst: { gap: 'shift' } for a run after the change.",
    };
  }
  return {
    message: `${what}: the run comes at ${timesText(moved.map((instant) => instant + after))} (${utcText(first)})`,
    hint: 'If that is right, nothing is to be done; a time outside the change avoids it.',
  };
}

function repeated(set: RecurrenceSet, { at, before, after }: Transition): Found {
  const length = before - after;
  const { gap } = set.dst;
  const second = onlyWith(set, {
    at,
    length,
    has: { gap, overlap: 'both' },
    lacks: { gap, overlap: 'first' },
  });
  const [first] = second;
  if (first === undefined) return undefined;
  const walls = second.map((instant) => instant + after);
  const what = `clocks in ${set.zone} show ${timesText(walls)} twice on ${dateText(dayOf(first + after))}`;
  if (set.dst.overlap === 'both') {
    return {
      message: `${what}: it runs both times (${utcText(first - length)} and ${utcText(first)})`,
      hint: "Choose a time outside, or dst: { overlap: 'first' } for one run.",
    };
  }
  return {
    message: `${what}: it runs the first time only (${utcText(first - length)})`,
    hint:
      second.length > 1
        ? 'Nothing runs while clocks repeat themselves; every(…) counts elapsed time and goes on.'
        : 'If that is right, nothing is to be done; a time outside the change avoids it.',
  };
}

/** `02:30`, or `02:00, 02:15, 02:30 and 9 more`. */
function timesText(walls: readonly number[]): string {
  const texts = walls.map((wall) => clockText(modulo(wall, DAY)));
  if (texts.length <= MOST_NAMED) return listText(texts);
  return `${texts.slice(0, MOST_NAMED).join(', ')} and ${texts.length - MOST_NAMED} more`;
}

function utcText(instant: number): string {
  return new Date(instant * 1000).toISOString().replace('.000Z', 'Z');
}
