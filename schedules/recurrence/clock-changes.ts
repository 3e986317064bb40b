import { DAY, dayOf, HOUR } from './civil.ts';
import type { RecurrenceRule, RecurrenceSet } from './rule.ts';
import { ruleDays } from './rule-days.ts';
import type { Transition, Zone } from './zone.ts';

interface Meeting {
  readonly rule: RecurrenceRule;
  readonly set: RecurrenceSet;
  readonly zone: Zone;
  readonly from: number;
  readonly until: number;
}

/** The first wall time of a rule that clocks leave out or repeat, in words. */
export function conflictOf({ rule, set, zone, from, until }: Meeting): string | undefined {
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

/** Where clocks jump over midnight, the server (1.29 to 1.32) takes that day for the weekday before. */
export function losesMidnight(zone: Zone, range: { readonly from: number; readonly until: number }): boolean {
  return zone
    .transitions(range)
    .some(({ at, before, after }) => after > before && dayOf(at + before - 1) < dayOf(at + after - 1));
}
