import { DAY } from '../recurrence/civil.ts';
import { compile } from '../recurrence/compile.ts';
import { expand } from '../recurrence/expand.ts';
import { timesBetween } from '../recurrence/times.ts';
import { type Check, type Finding, timeText } from './finding.ts';

const SOON_DAYS = 30;
const PAST_DAYS = 400;
const SHORT_DAYS = 60;
const MOST_NAMED = 3;
/** In thirty days; a rule with more of them does not end by accident. */
const MANY = 100_000;

/** A rule that is over, or nearly. A list of times that was written out is meant to end. */
export const ending: Check = ({ id, recurrence, timezone }, now) => {
  if (recurrence.kind !== 'rules') return [];
  const finding = (found: Omit<Finding, 'ids'>): readonly Finding[] => [{ ...found, ids: [id] }];
  const later = timesBetween(recurrence, { after: now + SOON_DAYS * DAY, count: 1 });
  if (later.length > 0) return [];
  const soon = timesBetween(recurrence, { after: now, count: MANY });
  const last = soon.at(-1);
  if (last !== undefined) {
    if (recurrence.set.rules.length === 0) return [];
    return finding({
      rule: 'ends-soon',
      message: `its last run is at ${timeText(last, timezone)}`,
      hint: 'Give it a later UNTIL or a greater COUNT if it is to go on.',
    });
  }
  const past = timesBetween(recurrence, { after: now - PAST_DAYS * DAY, before: now + 1, count: MANY }).at(
    -1,
  );
  return finding({
    rule: 'ended',
    message: `it is over; its last run was ${past === undefined ? 'more than a year ago' : `at ${timeText(past, timezone)}`}`,
    hint: 'Take it out of the catalogue, or give it times to come.',
  });
};

/** EXDATEs at which nothing would run anyway: mostly a time or a zone that is not the rule's. */
export const idleExdates: Check = ({ id, recurrence, timezone }) => {
  if (recurrence.kind !== 'rules') return [];
  const { set } = recurrence;
  const all = { ...set, exdates: [] };
  const idle = set.exdates.filter(
    (at) => expand(all, { after: at - 1, before: at + 1, count: 1 }).length === 0,
  );
  const [first] = idle;
  if (first === undefined) return [];
  const [near] = expand(all, { after: first - DAY, before: first + DAY, count: 1 });
  const more = idle.length - MOST_NAMED;
  const texts = idle.slice(0, MOST_NAMED).map((at) => timeText(at, timezone));
  return [
    {
      rule: 'idle-exdate',
      ids: [id],
      message: `EXDATE takes nothing away: nothing runs at ${texts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      hint:
        near === undefined
          ? 'Take it out, or name a time of the rule.'
          : `Did you mean ${timeText(near, timezone)}? Time and zone must be those of the run.`,
    },
  ];
};

/** A rule that has to be told time by time, and fires so often that Temporal can be told only a few weeks. */
export const shortHorizon: Check = ({ id, recurrence }, now) => {
  const { kind, window, reason } = compile(recurrence, { now });
  if (kind !== 'enumerated' || window === undefined) return [];
  const days = Math.floor((window.until - now) / DAY);
  if (days >= SHORT_DAYS) return [];
  return [
    {
      rule: 'short-horizon',
      ids: [id],
      message: `Temporal can be told its times for ${days} days ahead only (${reason})`,
      hint: 'It stops if no worker rolls them on for so long. every(…), or fewer times a day, has no such limit.',
    },
  ];
};
