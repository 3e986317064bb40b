import { DAY, dayOf, modulo } from './civil.ts';
import { type DayTimes, NO_TIMES } from './day-times.ts';
import { lastWallTime } from './expand.ts';
import type { RecurrenceRule, RecurrenceSet } from './rule.ts';
import { ruleDays } from './rule-days.ts';
import type { Transition, Zone } from './zone.ts';

/** A wall time and its instant are less than that apart. */
const AROUND = 2 * DAY;
const LARGEST_CHANGE = 26 * 3600;
/** Longer lists are told apart by what they were made of, not by what is in them. */
const COMPARED = 2000;

/** Where a rule begins and ends, all included. */
interface Ends {
  readonly firstWall: number;
  readonly lastWall: number;
  readonly lastInstant: number;
}

interface UtcDay {
  /** Instant of midnight. */
  readonly begin: number;
  /** Changes of clocks on it or so shortly before that they still move its times. */
  readonly changes: readonly Transition[];
}

/**
 * The seconds of each UTC day at which a set fires; the same object for the same seconds. Days on which nothing begins,
 * ends or changes are told by the lists of their times, so even a rule of every second costs little.
 */
export function utcDays(set: RecurrenceSet, zone: Zone): (day: number) => DayTimes {
  const all = [...set.rules, ...set.exrules];
  const ends = new Map(all.map((rule) => [rule, endsOf(rule)]));
  const special = specialDays();
  const known = new Map<string, DayTimes>();
  const names = new Map<DayTimes, number>();

  return (day) => {
    const begin = day * DAY;
    const changes = zone.transitions({ from: begin - LARGEST_CHANGE, until: begin + DAY });
    if (special.has(day) || changes.length > 0) return shared(`day ${day}`, { begin, changes });
    if (begin < set.dtstart) return NO_TIMES;
    const wall = begin + zone.offsetAt(begin);
    const lists = all.map((rule) =>
      hasEnded(rule, begin) ? '' : `${nameOf(timesOn(rule, wall))}+${nameOf(timesOn(rule, wall + DAY))}`,
    );
    return shared(`${modulo(wall, DAY)} ${lists.join('|')}`, { begin, changes });
  };

  /** A number for a list of times: the same for the same list. */
  function nameOf(times: DayTimes): string {
    if (times.length <= 24) return times.join();
    const name = names.get(times) ?? names.size;
    names.set(times, name);
    return `#${name}`;
  }

  function shared(key: string, day: UtcDay): DayTimes {
    let times = known.get(key);
    if (times === undefined) {
      const made = fire(day);
      const content = made.length <= COMPARED ? `=${made.join()}` : key;
      times = known.get(content) ?? made;
      known.set(key, times);
      known.set(content, times);
    }
    return times;
  }

  function fire(day: UtcDay): DayTimes {
    const marks = createMarks(all.some((rule) => isDense(rule, day)));
    const onDay = (instants: readonly number[]) =>
      instants.map((instant) => instant - day.begin).filter((at) => at >= 0 && at < DAY);
    for (const rule of set.rules) visit(rule, day, marks.add);
    for (const at of special.has(dayOf(day.begin)) ? onDay(set.rdates) : []) marks.add(at);
    for (const rule of set.exrules) visit(rule, day, marks.remove);
    for (const at of special.has(dayOf(day.begin)) ? onDay(set.exdates) : []) marks.remove(at);
    return marks.sorted();
  }

  function isDense(rule: RecurrenceRule, { begin }: UtcDay): boolean {
    return [begin - DAY, begin, begin + DAY].some((wall) => timesOn(rule, wall).length > COMPARED);
  }

  /** The seconds at which a rule fires: each stretch between changes of clocks by its offset. */
  function visit(rule: RecurrenceRule, { begin, changes }: UtcDay, mark: (at: number) => void): void {
    if (hasEnded(rule, begin)) return;
    const { firstWall, lastWall, lastInstant } = ends.get(rule) ?? endsOf(rule);
    /** Wall times from the instant `from` on, before `until`, by a fixed offset. */
    const stretch = ({ from, until, offset }: { from: number; until: number; offset: number }) => {
      const low = Math.max(Math.max(begin, from) + offset, firstWall);
      const high = Math.min(Math.min(begin + DAY, until, lastInstant + 1) + offset, lastWall + 1);
      for (let day = dayOf(low); day * DAY < high; day += 1) {
        const shift = day * DAY - offset - begin;
        for (const time of timesOn(rule, day * DAY)) {
          const wall = day * DAY + time;
          if (wall >= low && wall < high) mark(time + shift);
        }
      }
    };
    let from = begin - LARGEST_CHANGE;
    for (const { at, before, after } of changes) {
      stretch({ from, until: at, offset: before });
      const length = Math.abs(after - before);
      // What clocks left out comes later by as much; what they repeat has been.
      if (after > before && set.dst.gap === 'shift')
        stretch({ from: at, until: at + length, offset: before });
      from = after > before || set.dst.overlap === 'both' ? at : at + length;
    }
    stretch({ from, until: begin + DAY, offset: zone.offsetAt(begin + DAY - 1) });
  }

  function timesOn(rule: RecurrenceRule, wall: number): DayTimes {
    return ruleDays(rule, set.dtstart).timesOn(dayOf(wall));
  }

  function endsOf(rule: RecurrenceRule): Ends {
    return {
      firstWall: set.dtstart,
      lastWall:
        (rule.count === undefined ? undefined : lastWallTime(rule, set.dtstart)) ?? Number.MAX_SAFE_INTEGER,
      lastInstant: rule.until ?? Number.MAX_SAFE_INTEGER,
    };
  }

  function hasEnded(rule: RecurrenceRule, begin: number): boolean {
    const { lastWall, lastInstant } = ends.get(rule) ?? endsOf(rule);
    return Math.min(lastWall + AROUND, lastInstant) < begin;
  }

  /** UTC days on which more counts than the times of rules: one begins or ends, a date is added or taken. */
  function specialDays(): ReadonlySet<number> {
    const days = new Set([...set.rdates, ...set.exdates].map(dayOf));
    const edges = [...ends.values()].flatMap(({ lastWall, lastInstant }) => [lastWall, lastInstant]);
    for (const edge of [set.dtstart, ...edges].filter((one) => one < Number.MAX_SAFE_INTEGER)) {
      for (let day = dayOf(edge - AROUND); day <= dayOf(edge + AROUND); day += 1) days.add(day);
    }
    return days;
  }
}

/** A set of seconds of a day: few ones in a list, many in a table. */
interface Marks {
  readonly add: (at: number) => void;
  readonly remove: (at: number) => void;
  readonly sorted: () => DayTimes;
}

function createMarks(dense: boolean): Marks {
  if (!dense) {
    const few = new Set<number>();
    return {
      add: (at) => few.add(at),
      remove: (at) => few.delete(at),
      sorted: () => [...few].sort((a, b) => a - b),
    };
  }
  const table = new Uint8Array(DAY);
  return {
    add: (at) => {
      table[at] = 1;
    },
    remove: (at) => {
      table[at] = 0;
    },
    sorted: () => {
      const times: number[] = [];
      for (let at = 0; at < DAY; at += 1) if (table[at] === 1) times.push(at);
      return times;
    },
  };
}
