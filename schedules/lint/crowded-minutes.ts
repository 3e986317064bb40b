import { DAY, MINUTE } from '../recurrence/civil.ts';
import { timesBetween } from '../recurrence/times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import { type Finding, timeText } from './finding.ts';

const DAYS = 7;
/** So many may start in one minute. */
const ENOUGH = 3;
const MOST_NAMED = 10;
const MOST_SUGGESTED = 3;
/** More of a schedule's times than there are minutes: it starts in all of them. */
const MINUTES = (DAYS * DAY) / MINUTE;

/**
 * Minutes of the next seven days in which more than three schedules start, those apart that start in every
 * minute or spread their starts by a jitter of a minute or more. One finding for those that meet, however often they do.
 */
export function crowdedMinutes(catalogue: readonly ResolvedSchedule[], now: number): readonly Finding[] {
  const starts = startsByMinute(catalogue, now);
  const meetings = new Map<string, { readonly ids: readonly string[]; readonly minutes: number[] }>();
  for (const [minute, ids] of [...starts].sort(([a], [b]) => a - b)) {
    if (ids.length <= ENOUGH) continue;
    const key = ids.join(' ');
    const known = meetings.get(key);
    if (known === undefined) meetings.set(key, { ids, minutes: [minute] });
    else known.minutes.push(minute);
  }
  const zones = new Map(catalogue.map(({ id, timezone }) => [id, timezone]));
  return largest([...meetings.values()]).map(({ ids, minutes }) => {
    const [first = 0] = minutes;
    const [zone = 'UTC', ...others] = new Set(ids.map((id) => zones.get(id)));
    const often =
      minutes.length === 1 ? '' : `, and in ${minutes.length - 1} more minutes of the next ${DAYS} days`;
    return {
      rule: 'crowded-minute',
      ids,
      message: `${ids.length} schedules start at ${timeText(first * MINUTE, others.length === 0 ? zone : 'UTC')}${often}: ${named(ids)}`,
      hint: suggestion(minutes, starts),
    };
  });
}

function startsByMinute(catalogue: readonly ResolvedSchedule[], now: number): Map<number, string[]> {
  const starts = new Map<number, string[]>();
  for (const { id, recurrence, jitter } of catalogue) {
    if (jitter >= MINUTE * 1000) continue;
    const times = timesBetween(recurrence, { after: now, before: now + DAYS * DAY, count: MINUTES });
    const minutes = new Set(times.map((at) => Math.floor(at / MINUTE)));
    // One that starts in every minute is in everybody's way and in nobody's: no minute would be better.
    if (times.length >= MINUTES - 1 && isUnbroken(minutes)) continue;
    for (const minute of minutes) {
      const ids = starts.get(minute);
      if (ids === undefined) starts.set(minute, [id]);
      else ids.push(id);
    }
  }
  return starts;
}

function isUnbroken(minutes: ReadonlySet<number>): boolean {
  const all = [...minutes];
  return (all.at(-1) ?? 0) - (all[0] ?? 0) === all.length - 1;
}

interface Meeting {
  readonly ids: readonly string[];
  readonly minutes: readonly number[];
}

/** Those that are not part of a larger one. */
function largest(meetings: readonly Meeting[]): readonly Meeting[] {
  const kept: Meeting[] = [];
  for (const meeting of meetings.toSorted((a, b) => b.ids.length - a.ids.length)) {
    const isPart = kept.some(({ ids }) => {
      const all = new Set(ids);
      return meeting.ids.every((id) => all.has(id));
    });
    if (!isPart) kept.push(meeting);
  }
  return kept;
}

/** Minutes after each of these in which nothing starts. */
function suggestion(minutes: readonly number[], starts: ReadonlyMap<number, unknown>): string {
  const free: string[] = [];
  for (let later = 1; later < 60 && free.length < MOST_SUGGESTED; later += 1) {
    if (minutes.every((minute) => !starts.has(minute + later))) free.push(`${later}`);
  }
  const jitter = "give some a jitter, like jitter: '5m'";
  if (free.length === 0) return `No minute of the hour after it is free: ${jitter}.`;
  return `Nothing starts ${free.join(', ')} ${free.join() === '1' ? 'minute' : 'minutes'} later: move some there (stagger(…) does), or ${jitter}.`;
}

function named(ids: readonly string[]): string {
  const more = ids.length - MOST_NAMED;
  return `${ids.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
