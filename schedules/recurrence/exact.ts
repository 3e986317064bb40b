import { civilDate, dayOf } from './civil.ts';
import { conflictOf, losesMidnight } from './clock-changes.ts';
import { ALL_YEARS } from './day-calendars.ts';
import { expand, lastWallTime } from './expand.ts';
import { FIRST_INSTANT, HISTORY_ENDS, LAST_INSTANT } from './limits.ts';
import { oneShot } from './ranges.ts';
import type { RecurrenceRule, RecurrenceSet } from './rule.ts';
import { type Frame, MOST_CALENDARS, partsOf } from './rule-parts.ts';
import type { CalendarRanges, TemporalSpec } from './spec.ts';
import type { Zone } from './zone.ts';

const MOST_EXDATES = 500;
export type Exact =
  | { readonly kind: 'exact'; readonly spec: TemporalSpec; readonly reason: string }
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * A set as calendars and intervals that are right for all time that Temporal knows, or why there are none.
 * @param now instant; of the reasons why there are none, one that is still to come is told
 */
export function exactSpec(
  set: RecurrenceSet,
  { zone, now }: { readonly zone: Zone; readonly now: number },
): Exact {
  if (set.rules.length === 0) return impossible('a list of times has no pattern');
  const ends = new Set(set.rules.map((rule) => endOf(rule, set.dtstart, zone)));
  if (ends.size > 1) return impossible('its rules end at different times');
  const end = Math.min([...ends][0] ?? LAST_INSTANT, LAST_INSTANT);
  const begin = zone.read(set.dtstart).first;
  if (end < FIRST_INSTANT) return impossible('it ends before 2000, where Temporal begins');
  const since = Math.max(HISTORY_ENDS, begin);
  const conflict = [Math.max(now, since), since]
    .flatMap((from) => [...set.rules, ...set.exrules].map((rule) => ({ rule, set, zone, from, until: end })))
    .map(conflictOf)
    .find((found) => found !== undefined);
  if (conflict !== undefined) return impossible(conflict);

  const weekdays = losesMidnight(zone, { from: since, until: end }) ? 'date' : 'weekday';
  const frame: Frame = { set, zone, since, weekdays, years: yearsBetween(begin, end) };
  const parts = set.rules.map((rule) => partsOf(rule, frame));
  const blocked = parts.find((part) => typeof part === 'string');
  if (typeof blocked === 'string') return impossible(blocked);
  const pieces = parts.filter((part) => typeof part !== 'string');
  if (pieces.some(({ skip }) => skip.length > 0) && (pieces.length > 1 || set.rdates.length > 0)) {
    return impossible('what one of its rules leaves out, Temporal would leave out of all');
  }

  const lone = lonely({ set, zone, begin, end });
  if (typeof lone === 'string') return impossible(lone);
  const without = set.exrules.map((rule) =>
    rule.count === undefined && rule.until === undefined ? partsOf(rule, frame) : 'it ends',
  );
  const skipped = without.filter((part) => typeof part !== 'string');
  if (skipped.length < without.length || skipped.some(({ intervals }) => intervals.length > 0)) {
    return impossible('its EXRULE is no calendar');
  }

  const spec: TemporalSpec = {
    timezone: zone.name,
    calendars: [...pieces.flatMap(({ calendars }) => calendars), ...lone.calendars],
    intervals: pieces.flatMap(({ intervals }) => intervals),
    skip: [
      ...pieces.flatMap(({ skip }) => skip),
      ...skipped.flatMap(({ calendars }) => calendars),
      ...lone.skip,
    ],
    ...(begin > FIRST_INSTANT ? { startAt: begin } : {}),
    ...(end < LAST_INSTANT ? { endAt: end } : {}),
    jitter: 0,
  };
  const size = spec.calendars.length + spec.skip.length + spec.intervals.length;
  if (size > MOST_CALENDARS) return impossible(`it would take ${size} calendars`);
  return { kind: 'exact', spec, reason: reasonOf(spec, zone) };
}

function impossible(reason: string): Exact {
  return { kind: 'impossible', reason };
}

function reasonOf(spec: TemporalSpec, { name }: Zone): string {
  const what = [
    ...(spec.calendars.length > 0
      ? [`${spec.calendars.length} calendar${spec.calendars.length === 1 ? '' : 's'}`]
      : []),
    ...(spec.intervals.length > 0
      ? [`${spec.intervals.length} interval${spec.intervals.length === 1 ? '' : 's'}`]
      : []),
    ...(spec.skip.length > 0 ? [`${spec.skip.length} left out`] : []),
  ];
  return `the same for all time as ${what.join(', ')} in ${name}; no change of clocks meets it`;
}

/** Last instant of a rule that ends. */
function endOf(rule: RecurrenceRule, dtstart: number, zone: Zone): number | undefined {
  if (rule.until !== undefined) return rule.until;
  if (rule.count === undefined) return undefined;
  const last = lastWallTime(rule, dtstart);
  return last === undefined ? undefined : zone.read(last).first;
}

/** Years of a span and one more at each end, for whatever zone. */
function yearsBetween(begin: number, end: number): readonly number[] {
  const first = civilDate(dayOf(begin)).year - 1;
  const last = civilDate(dayOf(end)).year + 1;
  return ALL_YEARS.filter((year) => year >= first && year <= last);
}

/** RDATEs as calendars of one time, EXDATEs as what is left out; or why they are neither. */
function lonely({
  set,
  zone,
  begin,
  end,
}: {
  readonly set: RecurrenceSet;
  readonly zone: Zone;
  readonly begin: number;
  readonly end: number;
}): { readonly calendars: readonly CalendarRanges[]; readonly skip: readonly CalendarRanges[] } | string {
  const added = set.rdates.filter((instant) => instant >= FIRST_INSTANT && instant <= LAST_INSTANT);
  if (added.some((instant) => instant < begin || instant > end))
    return 'an RDATE lies outside the time of its rule';
  if (set.exdates.length > MOST_EXDATES) return `it has ${set.exdates.length} EXDATEs`;
  const whole = { ...set, exdates: [] };
  const removed = set.exdates.filter(
    (instant) => expand(whole, { after: instant - 1, before: instant + 1, count: 1 }).length === 1,
  );
  const unclear = [...added, ...removed].find((instant) => zone.read(zone.toWall(instant)).kind !== 'once');
  if (unclear !== undefined) {
    return `clocks of ${zone.name} repeat the time of ${new Date(unclear * 1000).toISOString()}`;
  }
  return {
    calendars: added.map((instant) => oneShot(zone.toWall(instant))),
    skip: removed.map((instant) => oneShot(zone.toWall(instant))),
  };
}
