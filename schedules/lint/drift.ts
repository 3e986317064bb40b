import { DAY, dayOf, HOUR, MINUTE, modulo, weekdayOf } from '../recurrence/civil.ts';
import { zoneNamed } from '../recurrence/parse.ts';
import { clockText, dateText } from '../recurrence/phrases.ts';
import { timesBetween } from '../recurrence/times.ts';
import { spanText } from '../span.ts';
import type { Check } from './finding.ts';

const DAYS = 400;
const WEEK = 7 * DAY;

/** An interval that keeps to times of the day in a zone whose clocks change, so that it does not keep to them. */
export const drift: Check = ({ id, recurrence, timezone }, now) => {
  if (recurrence.kind !== 'interval') return [];
  const { every } = recurrence.interval;
  const keepsTimes = every % HOUR === 0 && (DAY % every === 0 || every % DAY === 0);
  const zone = zoneNamed(timezone, 'timezone');
  const change = zone
    .transitions({ from: now, until: now + DAYS * DAY })
    .find(({ before, after }) => (after - before) % every !== 0);
  const [next] = timesBetween(recurrence, { after: now, count: 1 });
  if (!keepsTimes || change === undefined || next === undefined) return [];
  const wall = zone.toWall(next);
  const { before, after } = change;
  const later = clockText(modulo(next + after, DAY));
  return [
    {
      rule: 'drift',
      ids: [id],
      message: `every ${spanText(every * 1000)} is elapsed time: what comes at ${clockText(modulo(next + before, DAY))} in ${timezone} now comes at ${later} from ${dateText(dayOf(change.at + after))} on`,
      hint: `To keep to the clock on the wall, write ${asRule({ every, wall })}.`,
    },
  ];
};

/** The same times by the clocks of the zone, counted from one of them. */
function asRule({ every, wall }: { readonly every: number; readonly wall: number }): string {
  const minute = Math.floor(wall / MINUTE) % 60;
  const hour = Math.floor(modulo(wall, DAY) / HOUR);
  if (every < DAY) {
    const step = every / HOUR;
    const first = hour % step;
    return `cron('${minute} ${first === 0 ? '*' : `${first}-23`}${step === 1 ? '' : `/${step}`} * * *')`;
  }
  if (every === DAY) return `cron('${minute} ${hour} * * *')`;
  if (every === WEEK) return `cron('${minute} ${hour} * * ${(weekdayOf(dayOf(wall)) + 1) % 7}')`;
  const [freq, interval] = every % WEEK === 0 ? ['WEEKLY', every / WEEK] : ['DAILY', every / DAY];
  const start = new Date(wall * 1000).toISOString().replace(/[-:]|\.\d+Z/g, '');
  return `rrule('DTSTART:${start}\\nRRULE:FREQ=${freq};INTERVAL=${interval}')`;
}
