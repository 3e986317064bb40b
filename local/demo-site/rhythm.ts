import { pickWeighted, type Random, wholeNumber } from './random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How far back the demo site's sittings go. */
const HISTORY_DAYS = 75;

/** Sunday first. People test themselves at the start of the week. */
const WEEKDAYS = [0.82, 1.18, 1.2, 1.12, 1.06, 0.92, 0.7] as const;

/** Hours of the day, UTC: a dip before dawn, a bump at lunch, the peak after work. */
const HOURS = [
  0.9, 0.6, 0.4, 0.3, 0.3, 0.5, 0.9, 1.5, 2.2, 2.8, 3.1, 3.2, 3.4, 3.2, 3, 3, 3.2, 3.6, 4.2, 4.6, 4.4, 3.6,
  2.5, 1.6,
] as const;

/** Since a campaign a month ago the site is much busier. */
const BUSY_DAYS = 30;
const QUIET_SHARE = 0.3;

/** Draws moments of the last 75 days up to `now` with the rhythm of days and weeks, more of them in the last 30 days. */
export function visitTimes({ random, now }: { random: Random; now: Date }): () => Date {
  const today = Math.floor(now.getTime() / DAY) * DAY;
  const days = Array.from({ length: HISTORY_DAYS + 1 }, (_, age) => {
    const start = today - age * DAY;
    const weekday = WEEKDAYS[new Date(start).getUTCDay()] ?? 1;
    const noise = 0.85 + 0.3 * random();
    return [start, weekday * noise * (age < BUSY_DAYS ? 1 : QUIET_SHARE)] as const;
  });
  const hours = HOURS.map((weight, hour) => [hour * HOUR, weight] as const);
  const oldest = now.getTime() - HISTORY_DAYS * DAY;
  return () => {
    for (;;) {
      const time =
        pickWeighted(random, days) + pickWeighted(random, hours) + Math.floor(random() * 3600) * 1000;
      if (time >= oldest && time <= now.getTime()) return new Date(time);
    }
  };
}

/** All sittings of one person, earliest first: the drawn one and its repeats, soon after or some days later, never after `now`. */
export function repeatVisits({
  random,
  first,
  now,
}: {
  random: Random;
  first: Date;
  now: Date;
}): readonly Date[] {
  const count = pickWeighted(random, [
    [1, 66],
    [2, 21],
    [3, 9],
    [4, 4],
  ]);
  const times = [first];
  let latest = first.getTime();
  while (times.length < count) {
    const pause =
      random() < 0.55
        ? wholeNumber(random, { least: 9 * 60, most: 85 * 60 }) * 1000
        : wholeNumber(random, { least: 20 * 60, most: 9 * 24 * 60 }) * MINUTE;
    if (latest + pause > now.getTime()) break;
    latest += pause;
    times.push(new Date(latest));
  }
  return times;
}

/** When somebody pays after `since`: many within the hour, most within days. Rounded to whole seconds. */
export function paymentDelay(random: Random): number {
  return (
    Math.round(
      pickWeighted(random, [
        [4 * MINUTE + random() * 50 * MINUTE, 40],
        [HOUR + random() * DAY, 33],
        [DAY + random() * 8 * DAY, 27],
      ]) / 1000,
    ) * 1000
  );
}
