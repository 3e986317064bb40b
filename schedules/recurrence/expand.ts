import { DAY, dayOf } from './civil.ts';
import { daysEffort, type Effort, timesEffort } from './effort.ts';
import type { RecurrenceRule, RecurrenceSet } from './rule.ts';
import { ruleDays } from './rule-days.ts';
import { findZone, type Zone } from './zone.ts';

/** Bounds of an expansion, instants in seconds, both excluded. */
export interface Bounds {
  readonly after: number;
  readonly before?: number;
  /** At most so many. */
  readonly count: number;
}

/** No zone ever moved its clocks further. */
const LARGEST_CHANGE = 26 * 3600;

/**
 * The instants of a recurrence set, sorted, each once.
 *
 * A rule is worked out in wall time and put into its zone at the end, as RFC 5545 (3.3.5, 3.3.10) has it: sub-daily rules,
 * too, go by the clocks on the wall. COUNT counts a rule's own occurrences. UNTIL, RDATE and EXDATE compare as instants.
 * @throws RecurrenceError when occurrences are too rare, or too many are taken away or counted, to go on looking.
 */
export function expand(
  set: RecurrenceSet,
  { after, before = Number.POSITIVE_INFINITY, count }: Bounds,
): number[] {
  const zone = findZone(set.zone);
  if (zone === undefined) throw new Error(`unknown zone ${set.zone}`);
  const efforts = { days: daysEffort(), times: timesEffort(count) };
  const stream = (rule: RecurrenceRule) => instantsOfRule({ rule, set, zone, after, before, efforts });
  const excluded = set.exrules.map((rule) => createCursor(stream(rule)));
  const sources = [
    ...set.rules.filter((rule) => !isTakenAway(rule, set)).map(stream),
    from(set.rdates, { after, before }),
  ].map(createCursor);
  const exdates = new Set(set.exdates);

  const found: number[] = [];
  while (found.length < count) {
    const next = Math.min(...sources.map(({ peek }) => peek()));
    if (next === Number.POSITIVE_INFINITY) break;
    for (const source of sources) source.passTo(next + 1);
    for (const source of excluded) source.passTo(next);
    if (!exdates.has(next) && !excluded.some(({ peek }) => peek() === next)) found.push(next);
  }
  return found;
}

/** Nothing of a rule is left when it is its own exception, or when every second is one. */
function isTakenAway(rule: RecurrenceRule, { exrules }: RecurrenceSet): boolean {
  return exrules.some(
    (exrule) =>
      JSON.stringify(exrule) === JSON.stringify(rule) ||
      JSON.stringify(exrule) === JSON.stringify({ freq: 'SECONDLY', interval: 1, wkst: exrule.wkst }),
  );
}

interface Cursor {
  /** Infinity at the end. */
  readonly peek: () => number;
  /** Drops everything before `instant`. */
  readonly passTo: (instant: number) => void;
}

function createCursor(stream: Iterator<number>): Cursor {
  let head = take();
  function take(): number {
    const { value, done } = stream.next();
    return done === true ? Number.POSITIVE_INFINITY : value;
  }
  return {
    peek: () => head,
    passTo(instant) {
      while (head < instant) head = take();
    },
  };
}

function* from(
  instants: readonly number[],
  { after, before }: { readonly after: number; readonly before: number },
): Generator<number> {
  for (const instant of instants) if (instant > after && instant < before) yield instant;
}

interface RuleStream {
  readonly rule: RecurrenceRule;
  readonly set: RecurrenceSet;
  readonly zone: Zone;
  readonly after: number;
  readonly before: number;
  readonly efforts: { readonly days: Effort; readonly times: Effort };
}

/** Instants of one rule in (after, before), sorted, each once. */
function* instantsOfRule({ rule, set, zone, after, before, efforts }: RuleStream): Generator<number> {
  const last = Math.min(before - 1, rule.until ?? Number.POSITIVE_INFINITY);
  /** Come after later wall times: those that a gap moved, and second copies. Sorted, as they are made in order. */
  const waiting: number[] = [];
  let passed = 0;
  let given = after;
  const from = startOf(zone, after);
  for (const wall of wallTimes({ rule, dtstart: set.dtstart, from, effort: efforts.days })) {
    efforts.times.spend(1);
    const { kind, first, second, floor } = zone.read(wall);
    for (let next = waiting[passed]; next !== undefined && next < floor; next = waiting[passed]) {
      passed += 1;
      if (next > given && next <= last) yield next;
      given = Math.max(given, next);
    }
    if (floor > last) return;
    if (kind === 'gap') {
      if (set.dst.gap === 'shift') waiting.push(first);
      continue;
    }
    if (first > given) {
      yield first;
      given = first;
    }
    if (kind === 'twice' && set.dst.overlap === 'both') waiting.push(second);
  }
  for (const next of waiting.slice(passed)) {
    if (next > given && next <= last) yield next;
    given = Math.max(given, next);
  }
}

/** A wall time before everything that can come after the instant. */
function startOf(zone: Zone, after: number): number {
  if (!Number.isFinite(after)) return Number.NEGATIVE_INFINITY;
  const changes = zone.transitions({ from: after - LARGEST_CHANGE, until: after + LARGEST_CHANGE });
  return zone.toWall(after) - Math.max(0, ...changes.map((change) => Math.abs(change.after - change.before)));
}

/** A rule's wall times from `from` on, sorted; COUNT counts from DTSTART. */
function* wallTimes({
  rule,
  dtstart,
  from: earliest,
  effort,
}: {
  readonly rule: RecurrenceRule;
  readonly dtstart: number;
  readonly from: number;
  readonly effort: Effort;
}): Generator<number> {
  const days = ruleDays(rule, dtstart);
  const begin = Math.max(dtstart, earliest);
  let left = rule.count !== undefined && rule.count < days.most ? rule.count : Number.POSITIVE_INFINITY;
  const skipped = (day: number, wall: number) => {
    const index = days.timesOn(day).findIndex((time) => day * DAY + time >= wall);
    return index === -1 ? days.timesOn(day).length : index;
  };
  let day: number | undefined = days.nextDay(dayOf(dtstart), effort);
  if (left === Number.POSITIVE_INFINITY) {
    if (dayOf(begin) > dayOf(dtstart)) day = days.nextDay(dayOf(begin), effort);
  } else {
    for (; day !== undefined && day < dayOf(begin); day = days.nextDay(day + 1, effort)) {
      left -= (days.everyDay ?? days.timesOn(day)).length;
      if (day === dayOf(dtstart)) left += skipped(day, dtstart);
      if (left <= 0) return;
    }
  }
  if (day === dayOf(begin)) left -= skipped(day, begin) - skipped(day, dtstart);
  for (; day !== undefined; day = days.nextDay(day + 1, effort)) {
    const times = days.timesOn(day);
    for (let index = skipped(day, begin); index < times.length; index += 1) {
      if (left <= 0) return;
      left -= 1;
      yield day * DAY + (times[index] ?? 0);
    }
  }
}

/** The wall time with which COUNT ends a rule; undefined when the calendar ends before that. */
export function lastWallTime(rule: RecurrenceRule, dtstart: number): number | undefined {
  const days = ruleDays(rule, dtstart);
  if (rule.count === undefined || rule.count >= days.most) return undefined;
  let left = rule.count;
  const effort = daysEffort();
  for (
    let day = days.nextDay(dayOf(dtstart), effort);
    day !== undefined;
    day = days.nextDay(day + 1, effort)
  ) {
    const times = days.timesOn(day);
    const first = Math.max(
      0,
      day === dayOf(dtstart) ? times.findIndex((time) => day * DAY + time >= dtstart) : 0,
    );
    const usable =
      day === dayOf(dtstart) && day * DAY + (times.at(-1) ?? 0) < dtstart ? 0 : times.length - first;
    if (usable >= left) return day * DAY + (times[first + left - 1] ?? 0);
    left -= usable;
  }
  return undefined;
}
