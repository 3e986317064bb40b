import { Temporal } from 'temporal-polyfill';
import { SluiceError } from '../errors.ts';
import type { SendWindow } from './message.ts';

const MINUTES_A_DAY = 24 * 60;
const DAY_MS = 24 * 3_600_000;
/** Mostly it is today or tomorrow. A window of one weekday comes within seven days, or fourteen where clocks skip it. */
const SEARCH_DAYS = [2, 16];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** A window in minutes of the day; `to` is after `from` by up to a day, so that it crosses midnight where it must. */
interface Hours {
  readonly from: number;
  readonly to: number;
  readonly weekdays: readonly number[];
}

/**
 * The earliest instant, `from` or later, at which the person's clock shows a time inside the window. A window that
 * crosses midnight belongs to the weekday on which it begins; `from` equal to `to` is the whole day. A time that clocks
 * skip is not inside; where they repeat an hour, both passes are.
 * @param zone IANA zone of the person.
 * @throws SluiceError `send_window_invalid` for hours or weekdays that are none; RangeError for an unknown zone.
 */
export function earliestInWindow({
  window,
  zone,
  from,
}: {
  readonly window: SendWindow;
  readonly zone: string;
  readonly from: Date;
}): Date {
  const hours = readWindow(window);
  const start = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(zone);
  if (isInside(start, hours)) return from;
  for (const days of SEARCH_DAYS) {
    const end = start.epochMilliseconds + days * DAY_MS;
    const [first] = [...openings(start, { hours, days }), ...clockChanges(start, end)]
      .filter((one) => one.epochMilliseconds > start.epochMilliseconds && one.epochMilliseconds <= end)
      .toSorted((a, b) => a.epochMilliseconds - b.epochMilliseconds)
      .filter((one) => isInside(one, hours));
    if (first !== undefined) return new Date(first.epochMilliseconds);
  }
  throw invalid(`no time from ${from.toISOString()} on is inside ${window.from}–${window.to} in ${zone}`);
}

/** @throws SluiceError `send_window_invalid` */
function readWindow({ from, to, weekdays = EVERY_DAY }: SendWindow): Hours {
  const begin = minutesOf(from);
  const end = minutesOf(to);
  if (begin === undefined || begin === MINUTES_A_DAY || end === undefined) {
    throw invalid(`"${from}" to "${to}" is not HH:MM to HH:MM`);
  }
  if (weekdays.length === 0 || weekdays.some((day) => !EVERY_DAY.includes(day))) {
    throw invalid('weekdays are numbers from 1 (Monday) to 7 (Sunday), at least one');
  }
  return { from: begin, to: end > begin ? end : end + MINUTES_A_DAY, weekdays };
}

function minutesOf(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minutes <= MINUTES_A_DAY ? minutes : undefined;
}

function isInside(at: Temporal.ZonedDateTime, { from, to, weekdays }: Hours): boolean {
  const minute = at.hour * 60 + at.minute;
  const today = minute >= from && minute < to && weekdays.includes(at.dayOfWeek);
  const yesterday = at.dayOfWeek === 1 ? 7 : at.dayOfWeek - 1;
  return today || (minute + MINUTES_A_DAY < to && weekdays.includes(yesterday));
}

/** Every instant at which a clock shows the window's first minute; two where it shows that twice, none where never. */
function openings(
  start: Temporal.ZonedDateTime,
  { hours: { from }, days }: { readonly hours: Hours; readonly days: number },
): readonly Temporal.ZonedDateTime[] {
  const time = Temporal.PlainTime.from({ hour: Math.floor(from / 60), minute: from % 60 });
  const first = start.toPlainDate().subtract({ days: 1 });
  // A day more at both ends: the wall clock is up to a day away from where it was.
  return Array.from({ length: days + 3 }, (_, index) => first.add({ days: index })).flatMap((day) => {
    const wall = day.toPlainDateTime(time);
    const passes = (['earlier', 'later'] as const).map((disambiguation) =>
      wall.toZonedDateTime(start.timeZoneId, { disambiguation }),
    );
    return passes.filter((one) => one.toPlainDateTime().equals(wall));
  });
}

/** Clocks that are moved may land inside a window whose first minute they skipped, or repeat its last ones. */
function clockChanges(start: Temporal.ZonedDateTime, end: number): readonly Temporal.ZonedDateTime[] {
  const changes: Temporal.ZonedDateTime[] = [];
  let next = start.getTimeZoneTransition('next');
  while (next !== null && next.epochMilliseconds <= end) {
    changes.push(next);
    next = next.getTimeZoneTransition('next');
  }
  return changes;
}

function invalid(what: string): SluiceError {
  return new SluiceError(`send window: ${what}`, {
    code: 'send_window_invalid',
    hint: "Correct the window of the journey or flow; like { from: '09:00', to: '18:00', weekdays: [1, 2, 3, 4, 5] }.",
  });
}
