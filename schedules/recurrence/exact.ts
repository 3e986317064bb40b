import { civilDate, DAY, dayOf, HOUR, modulo, weekdayOf } from './civil.ts';
import { ALL_YEARS, dayCalendars } from './day-calendars.ts';
import { expand, lastWallTime } from './expand.ts';
import { ANY_DAY, ANY_MONTH, ANY_WEEKDAY, ANY_YEAR, oneShot, toClocks, toRanges } from './ranges.ts';
import type { Interval, RecurrenceRule, RecurrenceSet } from './rule.ts';
import { ruleDays, unitOf } from './rule-days.ts';
import type { CalendarRanges, TemporalSpec } from './spec.ts';
import type { Transition, Zone } from './zone.ts';

/** What Temporal's calendars know: 2000 to 2100. */
export const FIRST_INSTANT = Date.UTC(2000, 0, 1) / 1000;
export const LAST_INSTANT = Date.UTC(2101, 0, 1) / 1000 - 1;
/** A spec of this size stays far below Temporal's 2 MiB for one message. */
const MOST_CALENDARS = 1200;
const MOST_EXDATES = 500;
const ANY_HOUR = toRanges(Array.from({ length: 24 }, (_, hour) => hour));
const ANY_SIXTIETH = toRanges(Array.from({ length: 60 }, (_, number) => number));

export type Exact =
  | { readonly kind: 'exact'; readonly spec: TemporalSpec; readonly reason: string }
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * A set as calendars and intervals that are right for all time that Temporal knows, or why there are none.
 * @param since instant from which clock changes matter
 */
export function exactSpec(
  set: RecurrenceSet,
  { zone, since }: { readonly zone: Zone; readonly since: number },
): Exact {
  if (set.rules.length === 0) return impossible('a list of times has no pattern');
  const ends = new Set(set.rules.map((rule) => endOf(rule, set.dtstart, zone)));
  if (ends.size > 1) return impossible('its rules end at different times');
  const end = Math.min([...ends][0] ?? LAST_INSTANT, LAST_INSTANT);
  const begin = zone.read(set.dtstart).first;
  if (end < FIRST_INSTANT) return impossible('it ends before 2000, where Temporal begins');
  const conflict = [...set.rules, ...set.exrules]
    .map((rule) => conflictOf({ rule, set, zone, from: Math.max(since, begin), until: end }))
    .find((found) => found !== undefined);
  if (conflict !== undefined) return impossible(conflict);

  const weekdays = losesMidnight(zone, { from: Math.max(since, begin), until: end }) ? 'date' : 'weekday';
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

interface Meeting {
  readonly rule: RecurrenceRule;
  readonly set: RecurrenceSet;
  readonly zone: Zone;
  readonly from: number;
  readonly until: number;
}

/** The first wall time of a rule that clocks leave out or repeat, in words. */
function conflictOf({ rule, set, zone, from, until }: Meeting): string | undefined {
  const days = ruleDays(rule, set.dtstart);
  for (const change of zone.transitions({ from, until: until + 1 })) {
    const isGap = change.after > change.before;
    const usual = Math.abs(change.after - change.before) === HOUR;
    const asWished = isGap ? set.dst.gap === 'skip' : set.dst.overlap === 'both';
    if (usual && asWished) continue;
    // The server takes every change for one of an hour, and may repeat the hour before one that clocks repeat.
    const wall = meeting(days.timesOn, change, {
      ahead: usual && isGap ? 0 : HOUR,
      behind: usual ? 0 : HOUR,
    });
    if (wall !== undefined && wall >= set.dtstart) {
      const text = new Date(wall * 1000).toISOString().slice(0, 16).replace('T', ' ');
      return `clocks of ${zone.name} ${isGap ? 'leave out' : 'repeat'} ${text}, or change within an hour of it`;
    }
  }
  return undefined;
}

function meeting(
  timesOn: (day: number) => readonly number[],
  { at, before, after }: Transition,
  margin: { readonly ahead: number; readonly behind: number },
): number | undefined {
  const low = at + Math.min(before, after) - margin.ahead;
  const high = at + Math.max(before, after) + margin.behind;
  for (let day = dayOf(low); day <= dayOf(high - 1); day += 1) {
    const time = timesOn(day).find((one) => day * DAY + one >= low && day * DAY + one < high);
    if (time !== undefined) return day * DAY + time;
  }
  return undefined;
}

interface Pieces {
  readonly calendars: readonly CalendarRanges[];
  readonly intervals: readonly Interval[];
  readonly skip: readonly CalendarRanges[];
}

interface Frame {
  readonly set: RecurrenceSet;
  readonly zone: Zone;
  readonly since: number;
  readonly years: readonly number[];
  readonly weekdays: 'weekday' | 'date';
}

/** One rule as calendars or intervals, or why it is neither. */
function partsOf(rule: RecurrenceRule, frame: Frame): Pieces | string {
  const { set, zone, years } = frame;
  const unit = unitOf(rule.freq);
  if (unit !== undefined && ruleDays(rule, set.dtstart).everyDay === undefined) {
    return intervalParts({ rule, unit, frame });
  }
  const plain = zone.name === 'UTC' ? plainIntervals(rule, set.dtstart) : undefined;
  if (plain !== undefined) return { calendars: [], intervals: plain, skip: [] };
  const by = rule.byday !== undefined || rule.freq === 'WEEKLY' ? frame.weekdays : 'weekday';
  const groups = dayCalendars(rule, { dtstart: set.dtstart, years, by });
  const size = groups.reduce((sum, { times }) => sum + toClocks(times).length, 0);
  if (size > MOST_CALENDARS) return `it would take ${size} calendars`;
  const calendars = groups.flatMap(({ days, times }) =>
    toClocks(times).map((clock) => ({ ...days, ...clock })),
  );
  return { calendars, intervals: [], skip: [] };
}

/** Every n-th day or week, whatever the month: in UTC that is elapsed time, and says more than a list of dates. */
function plainIntervals(rule: RecurrenceRule, dtstart: number): readonly Interval[] | undefined {
  const { freq, interval, byday, bymonth, bymonthday, byyear, bysetpos, wkst } = rule;
  const isPlain = (freq === 'DAILY' && byday === undefined) || freq === 'WEEKLY';
  const limited = [bymonth, bymonthday, byyear].some((part) => part !== undefined);
  const times = bysetpos === undefined || freq === 'DAILY' ? ruleDays(rule, dtstart).everyDay : undefined;
  if (!isPlain || limited || interval === 1 || times === undefined) return undefined;
  const length = freq === 'DAILY' ? 1 : 7;
  const every = interval * length * DAY;
  if (every > 100 * 366 * DAY) return undefined;
  const day = dayOf(dtstart);
  const days =
    freq === 'DAILY'
      ? [day]
      : (byday ?? [{ weekday: weekdayOf(day) }]).map(
          ({ weekday }) => day - modulo(weekdayOf(day) - wkst, 7) + modulo(weekday - wkst, 7),
        );
  return days.flatMap((one) => times.map((time) => ({ every, offset: modulo(one * DAY + time, every) })));
}

/** A sub-daily rule whose interval does not divide the day: elapsed time, where clocks never change. */
function intervalParts({
  rule,
  unit,
  frame: { set, zone, since },
}: {
  readonly rule: RecurrenceRule;
  readonly unit: number;
  readonly frame: Frame;
}): Pieces | string {
  const begin = zone.read(set.dtstart).first;
  if (zone.transitions({ from: Math.max(begin, since), until: LAST_INSTANT }).length > 0) {
    return `every ${rule.interval} ${rule.freq} does not divide the day, and clocks of ${zone.name} change`;
  }
  const offset = zone.offsetAt(Math.max(begin, since));
  const every = rule.interval * unit;
  if (every > 100 * 366 * DAY) return 'its interval is longer than a century';
  const inUnit = ruleDays(rule, set.dtstart).timesInUnit;
  if (inUnit.length > MOST_CALENDARS) return `it would take ${inUnit.length} intervals`;
  const first = Math.floor(set.dtstart / unit) * unit - offset;
  return {
    calendars: [],
    intervals: inUnit.map((time) => ({ every, offset: modulo(first + time, every) })),
    skip: complement(rule, set.dtstart),
  };
}

/** Calendars of everything that a sub-daily rule's parts do not let through. */
function complement(rule: RecurrenceRule, dtstart: number): readonly CalendarRanges[] {
  const whenever: CalendarRanges = {
    second: ANY_SIXTIETH,
    minute: ANY_SIXTIETH,
    hour: ANY_HOUR,
    dayOfMonth: ANY_DAY,
    month: ANY_MONTH,
    year: ANY_YEAR,
    dayOfWeek: ANY_WEEKDAY,
  };
  const others = (
    field: 'hour' | 'minute' | 'second',
    most: number,
    allowed: readonly number[] | undefined,
  ) => {
    const rest = allowed === undefined ? [] : numbersTo(most).filter((number) => !allowed.includes(number));
    return rest.length === 0 ? [] : [{ ...whenever, [field]: toRanges(rest) }];
  };
  return [
    ...others('hour', 23, rule.byhour),
    ...others('minute', 59, rule.freq === 'HOURLY' ? undefined : rule.byminute),
    ...others('second', 59, rule.freq === 'SECONDLY' ? rule.bysecond : undefined),
    ...otherDays(rule, dtstart).map(({ days }) => ({ ...whenever, ...days })),
  ];
}

/** The days that a rule's day parts leave out, as calendars. */
function otherDays(rule: RecurrenceRule, dtstart: number) {
  const { bymonth, bymonthday, byyearday, byday } = rule;
  if ([bymonth, bymonthday, byyearday, byday].every((part) => part === undefined)) return [];
  return dayCalendars({ ...rule, freq: 'SECONDLY', interval: 1 }, { dtstart, which: 'others' });
}

/** Where clocks jump over midnight, the server (1.29 to 1.32) takes that day for the weekday before. */
function losesMidnight(zone: Zone, range: { readonly from: number; readonly until: number }): boolean {
  return zone
    .transitions(range)
    .some(({ at, before, after }) => after > before && dayOf(at + before - 1) < dayOf(at + after - 1));
}

/** Years of a span and one more at each end, for whatever zone. */
function yearsBetween(begin: number, end: number): readonly number[] {
  const first = civilDate(dayOf(begin)).year - 1;
  const last = civilDate(dayOf(end)).year + 1;
  return ALL_YEARS.filter((year) => year >= first && year <= last);
}

function numbersTo(most: number): readonly number[] {
  return Array.from({ length: most + 1 }, (_, number) => number);
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
