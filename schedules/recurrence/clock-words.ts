import { DAY, HOUR, MINUTE } from './civil.ts';
import type { DayTimes } from './day-times.ts';
import { clockText, everySpanText, listText, runTexts } from './phrases.ts';
import { type CalendarClock, toClocks } from './ranges.ts';
import type { Range } from './spec.ts';

/** Times of day: `at 09:00` after the days, or `every 15 minutes from 09:00 to 17:45` before them. */
export interface ClockWords {
  readonly place: 'after' | 'before';
  readonly text: string;
}

const MOST_LISTED = 6;
/** So many at the same distance are a rhythm and no list. */
const RHYTHM = 5;
const MOST_CLOCKS = 3;

/** @param times at least one @returns undefined when no text of a sensible length says them all */
export function clockWords(times: DayTimes): ClockWords | undefined {
  return rhythm(times) ?? list(times) ?? clocks(times);
}

function rhythm(times: DayTimes): ClockWords | undefined {
  const [first = 0, second = 0] = times;
  const step = second - first;
  if (times.length < 3 || !times.every((time, index) => time === first + index * step)) return undefined;
  const isAllDay = times.length * step === DAY;
  if (!isAllDay && times.length < RHYTHM) return undefined;
  const every = everySpanText(step);
  const place = 'before';
  if (isAllDay && first === 0 && step <= HOUR) return { place, text: every };
  if (isAllDay && step === HOUR && first % MINUTE === 0) {
    const minutes = first / MINUTE;
    return { place, text: `every hour at ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} past` };
  }
  return { place, text: `${every} from ${clockText(first)} to ${clockText(times.at(-1) ?? first)}` };
}

function list(times: DayTimes): ClockWords | undefined {
  if (times.length > MOST_LISTED) return undefined;
  return { place: 'after', text: `at ${listText(times.map(clockText))}` };
}

function clocks(times: DayTimes): ClockWords | undefined {
  const found = toClocks(times);
  if (found.length > MOST_CLOCKS) return undefined;
  return { place: 'before', text: found.map(oneClock).join(', and ') };
}

/** `at minutes 0 and 10 of the hours 9 to 17`, `every 15 minutes of the hours 8 and 14`. */
function oneClock({ hour, minute, second }: CalendarClock): string {
  const hours = numbersOf(hour);
  const seconds = numbersOf(second);
  const text = [
    ...(seconds.length === 1 && seconds[0] === 0 ? [] : [partText('second', seconds)]),
    partText('minute', numbersOf(minute)),
    hours.length === 24 ? 'every hour' : `the ${plainPart('hour', hours)}`,
  ].join(' of ');
  return text.startsWith('every') ? text : `at ${text}`;
}

/** `minute 5`, `minutes 0 and 10`, `every 15 minutes`, `every minute`. */
function partText(unit: 'minute' | 'second', numbers: readonly number[]): string {
  const [first = 0, second = 60] = numbers;
  const step = second - first;
  const isRhythm =
    first === 0 &&
    numbers.length > 1 &&
    numbers.length * step === 60 &&
    numbers.every((number, index) => number === index * step);
  if (!isRhythm) return plainPart(unit, numbers);
  return step === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

/** `hour 9`, `hours 9 to 17`. */
export function plainPart(unit: 'hour' | 'minute' | 'second', numbers: readonly number[]): string {
  return `${unit}${numbers.length === 1 ? '' : 's'} ${listText(runTexts(numbers, String))}`;
}

function numbersOf(ranges: readonly Range[]): readonly number[] {
  return ranges.flatMap(({ start, end, step }) =>
    Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step),
  );
}
