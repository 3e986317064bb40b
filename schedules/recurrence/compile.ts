import { DAY, dayOf } from './civil.ts';
import { enumerate, listed, type Window } from './enumerate.ts';
import { exactSpec } from './exact.ts';
import { expand } from './expand.ts';
import { FIRST_INSTANT, LAST_INSTANT } from './limits.ts';
import { zoneNamed } from './parse.ts';
import { ANY_WEEKDAY, oneShot, toRanges } from './ranges.ts';
import type { Recurrence, RecurrenceSet } from './rule.ts';
import type { CalendarRanges, TemporalSpec } from './spec.ts';
import type { Zone } from './zone.ts';

/** What Temporal is told for a recurrence. */
export interface Compiled {
  /** `exact`: right for all time that Temporal knows. `enumerated`: right within the window, which has to be rolled. */
  readonly kind: 'exact' | 'enumerated';
  readonly spec: TemporalSpec;
  /** Why that kind, for a person. */
  readonly reason: string;
  /** Of an enumerated spec; instants, `until` excluded. */
  readonly window?: Window;
}

export interface CompileOptions {
  /** Instant. */
  readonly now: number;
  /** Bounds of an enumerated spec instead of the usual ones, instants; rounded out to whole UTC days. */
  readonly from?: number;
  readonly until?: number;
}

/** An enumerated spec reaches so far; the days behind serve backfills and catching up. */
const DAYS_AHEAD = 400;
const DAYS_BEHIND = 31;
/** Calendars and one-shot times in a spec at most. */
const MOST = 2000;
const MOST_LISTED = 2000;

/**
 * A recurrence as a Temporal spec whose matching times are the recurrence's own.
 * @see docs/recurrence.md for when a spec is exact and when it is enumerated
 */
export function compile(recurrence: Recurrence, options: CompileOptions): Compiled {
  switch (recurrence.kind) {
    case 'interval':
      return {
        kind: 'exact',
        spec: { ...EMPTY, intervals: [recurrence.interval] },
        reason: 'elapsed time, which no change of clocks touches',
      };
    case 'manual':
      return { kind: 'exact', spec: { ...EMPTY, calendars: [ON_DEMAND] }, reason: 'never by itself' };
    default:
      return compileSet(recurrence.set, options);
  }
}

const EMPTY: TemporalSpec = { timezone: 'UTC', calendars: [], intervals: [], skip: [], jitter: 0 };
/** Temporal drops a schedule without a time to come after a week; so this one has one, at the end of its days. */
const ON_DEMAND: CalendarRanges = oneShot(Date.UTC(2100, 11, 31) / 1000, 'on demand');

function compileSet(set: RecurrenceSet, { now, from, until }: CompileOptions): Compiled {
  const zone = zoneNamed(set.zone, 'timezone');
  const exact = exactSpec(set, { zone, now });
  if (exact.kind === 'exact') return exact;
  const finite = finiteTimes(set);
  if (finite !== undefined) {
    const calendars = listed(finite);
    return {
      kind: 'exact',
      spec: { ...EMPTY, calendars: calendars.length > 0 ? calendars : [NEVER] },
      reason: `${finite.length === 1 ? 'its one time is' : `all ${finite.length} of its times are`} listed: ${exact.reason}`,
    };
  }
  const window = {
    from: Math.max(FIRST_INSTANT, dayOf(from ?? now - DAYS_BEHIND * DAY) * DAY),
    until: Math.min(LAST_INSTANT + 1, dayOf(until ?? now + (DAYS_AHEAD + 1) * DAY) * DAY),
  };
  return enumerated(set, { zone, window, now, reason: exact.reason });
}

/** Temporal reads a spec without any time as one of every second. */
const NEVER: CalendarRanges = {
  ...oneShot(Date.UTC(2000, 0, 1) / 1000, 'never'),
  dayOfMonth: toRanges([31]),
  month: toRanges([2]),
  dayOfWeek: ANY_WEEKDAY,
};

function enumerated(
  set: RecurrenceSet,
  {
    zone,
    window,
    now,
    reason,
  }: { readonly zone: Zone; readonly window: Window; readonly now: number; readonly reason: string },
): Compiled {
  let found = enumerate(set, { zone, window, most: MOST });
  const yesterday = dayOf(now - DAY) * DAY;
  if (found.window.until < window.until && window.from < yesterday && yesterday < window.until) {
    // Too many: what is behind makes room for what is ahead.
    found = enumerate(set, { zone, window: { ...window, from: yesterday }, most: MOST });
  }
  return {
    kind: 'enumerated',
    spec: {
      ...EMPTY,
      calendars: found.calendars.length > 0 ? found.calendars : [NEVER],
      startAt: found.window.from,
      endAt: found.window.until - 1,
    },
    reason,
    window: found.window,
  };
}

/** All instants of a set that ends, when they are few enough to be listed. */
function finiteTimes(set: RecurrenceSet): readonly number[] | undefined {
  const ends = set.rules.every(
    ({ count, until }) => until !== undefined || (count !== undefined && count <= MOST_LISTED),
  );
  if (!ends) return undefined;
  const bounds = { after: FIRST_INSTANT - 1, before: LAST_INSTANT + 1, count: MOST_LISTED + 1 };
  const times = expand(set, bounds);
  return times.length > MOST_LISTED ? undefined : times;
}
