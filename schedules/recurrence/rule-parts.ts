import { DAY, dayOf, modulo, weekdayOf } from './civil.ts';
import { dayCalendars } from './day-calendars.ts';
import { LAST_INSTANT } from './limits.ts';
import { unitOf } from './periods.ts';
import { ANY_DAY, ANY_MONTH, ANY_WEEKDAY, ANY_YEAR, toClocks, toRanges } from './ranges.ts';
import type { Interval, RecurrenceRule, RecurrenceSet } from './rule.ts';
import { ruleDays } from './rule-days.ts';
import type { CalendarRanges } from './spec.ts';
import type { Zone } from './zone.ts';

/** A spec of this size stays far below Temporal's 2 MiB for one message. */
export const MOST_CALENDARS = 1200;

const ANY_HOUR = toRanges(Array.from({ length: 24 }, (_, hour) => hour));

const ANY_SIXTIETH = toRanges(Array.from({ length: 60 }, (_, number) => number));

export interface Pieces {
  readonly calendars: readonly CalendarRanges[];
  readonly intervals: readonly Interval[];
  readonly skip: readonly CalendarRanges[];
}

export interface Frame {
  readonly set: RecurrenceSet;
  readonly zone: Zone;
  readonly since: number;
  readonly years: readonly number[];
  readonly weekdays: 'weekday' | 'date';
}

/** One rule as calendars or intervals, or why it is neither. */
export function partsOf(rule: RecurrenceRule, frame: Frame): Pieces | string {
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
  if (zone.transitions({ from: since, until: LAST_INSTANT }).length > 0) {
    return `every ${rule.interval} ${rule.freq} does not divide the day, and clocks of ${zone.name} change`;
  }
  const offset = zone.offsetAt(since);
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

function numbersTo(most: number): readonly number[] {
  return Array.from({ length: most + 1 }, (_, number) => number);
}
