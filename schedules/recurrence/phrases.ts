import { civilDate, DAY, dayOf, HOUR, MINUTE, modulo } from './civil.ts';
import type { Zone } from './zone.ts';

/** Dates, times, numbers and lists in plain English. */

const WEEKDAY_WORDS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const MONTH_WORDS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
const SMALL = ['', 'first', 'second', 'third', 'fourth', 'fifth'] as const;

/** @param weekday 0 Monday … 6 Sunday */
export function weekdayWord(weekday: number): string {
  return WEEKDAY_WORDS[weekday] ?? '';
}

/** @param month 1 to 12 */
export function monthWord(month: number): string {
  return MONTH_WORDS[month - 1] ?? '';
}

/** `a, b and c`. */
export function listText(items: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** Sorted numbers, three and more in a row as `9 to 17`. */
export function runTexts(numbers: readonly number[], text: (number: number) => string): readonly string[] {
  const runs: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.to === number - 1) run.to = number;
    else runs.push({ from: number, to: number });
  }
  return runs.flatMap(({ from, to }) =>
    to - from >= 2
      ? [`${text(from)} to ${text(to)}`]
      : Array.from({ length: to - from + 1 }, (_, index) => text(from + index)),
  );
}

/** `1st`, `22nd`, `113th`. */
export function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${suffix}`;
}

/** A position, from the end when negative: `first`, `20th`, `last`, `second to last`. */
export function positionText(position: number): string {
  if (position === -1) return 'last';
  const size = Math.abs(position);
  const word = SMALL[size] ?? ordinal(size);
  return position > 0 ? word : `${word} to last`;
}

/** `every day`, `every other day`, `every 3 days`. */
export function everyText(interval: number, unit: string): string {
  if (interval === 1) return `every ${unit}`;
  return interval === 2 ? `every other ${unit}` : `every ${interval} ${unit}s`;
}

/** A span in the largest unit that says it in whole numbers, weeks left out: `every 90 minutes`, `every hour`. */
export function everySpanText(seconds: number): string {
  const [unit, length] =
    seconds % DAY === 0
      ? ['day', DAY]
      : seconds % HOUR === 0
        ? ['hour', HOUR]
        : seconds % MINUTE === 0
          ? ['minute', MINUTE]
          : ['second', 1];
  const count = seconds / length;
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}

/** `09:00`; `09:00:30` where there are seconds. @param time seconds after midnight */
export function clockText(time: number): string {
  const minutes = `${twoDigits(Math.floor(time / HOUR))}:${twoDigits(Math.floor(time / MINUTE) % 60)}`;
  return time % MINUTE === 0 ? minutes : `${minutes}:${twoDigits(time % MINUTE)}`;
}

function twoDigits(number: number): string {
  return `${number}`.padStart(2, '0');
}

/** `5 January 2027`. */
export function dateText(dayNo: number): string {
  const { year, month, day } = civilDate(dayNo);
  return `${day} ${monthWord(month)} ${year}`;
}

/** `5 January 2027 at 09:00`. @param wall wall time */
export function dateTimeText(wall: number): string {
  return `${dateText(dayOf(wall))} at ${clockText(modulo(wall, DAY))}`;
}

/** An instant by a zone's clocks, told apart where they show the same time twice. */
export function instantText(instant: number, zone: Zone): string {
  const wall = zone.toWall(instant);
  const reading = zone.read(wall);
  const isSecond = reading.kind === 'twice' && instant === reading.second;
  return `${dateTimeText(wall)}${isSecond ? ' (the second time that clocks show it)' : ''}`;
}
