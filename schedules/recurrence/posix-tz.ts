import { DAY, dayNumber, HOUR, isLeap, MINUTE, modulo, weekdayOf } from './civil.ts';

/** The rule by which a zone changes its clocks for ever: the last line of a TZif file (RFC 9636, 3.3; POSIX TZ). */
export interface PosixTz {
  /** Seconds east of UTC. */
  readonly standard: number;
  readonly summer?: { readonly offset: number; readonly begins: YearDay; readonly ends: YearDay };
}

interface YearDay {
  /** Day number in a year. */
  readonly on: (year: number) => number;
  /** Seconds after that day's midnight, by the clocks before the change; may be negative or above a day. */
  readonly at: number;
}

const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)';
const TIME = '[+-]?\\d{1,3}(?::\\d{2}){0,2}';
const RULE = `(?:M\\d+\\.\\d\\.\\d|J?\\d+)(?:/${TIME})?`;
const GRAMMAR = new RegExp(
  `^${NAME}(?<standard>${TIME})(?:${NAME}(?<summer>${TIME})?,(?<begins>${RULE}),(?<ends>${RULE}))?$`,
);

/** @throws Error for a text that is no such rule: the file is broken. */
export function parsePosixTz(text: string): PosixTz {
  const found = GRAMMAR.exec(text)?.groups;
  if (found?.standard === undefined) throw new Error(`not a POSIX time zone rule: ${text}`);
  // POSIX counts west of Greenwich.
  const standard = -seconds(found.standard);
  if (found.begins === undefined || found.ends === undefined) return { standard };
  const offset = found.summer === undefined ? standard + HOUR : -seconds(found.summer);
  return { standard, summer: { offset, begins: yearDay(found.begins), ends: yearDay(found.ends) } };
}

/** The changes of a year, in order: instant and offset from then on. */
export function changesOfYear(
  { standard, summer }: PosixTz,
  year: number,
): readonly { readonly at: number; readonly offset: number }[] {
  if (summer === undefined) return [];
  const begins = summer.begins.on(year) * DAY + summer.begins.at - standard;
  const ends = summer.ends.on(year) * DAY + summer.ends.at - summer.offset;
  return [
    { at: begins, offset: summer.offset },
    { at: ends, offset: standard },
  ].sort((a, b) => a.at - b.at);
}

function yearDay(text: string): YearDay {
  const [day = '', time = '2'] = text.split('/');
  const at = seconds(time);
  if (day.startsWith('M')) {
    const [month = 1, week = 1, weekday = 0] = day.slice(1).split('.').map(Number);
    return { at, on: (year) => nthWeekday({ year, month, week, weekday }) };
  }
  const number = Number(day.replace('J', ''));
  // J60 is always 1 March, 29 February is never counted.
  if (!day.startsWith('J')) return { at, on: (year) => dayNumber(year, 1, 1) + number };
  return {
    at,
    on: (year) => dayNumber(year, 1, 1) + number - 1 + (isLeap(year) && number >= 60 ? 1 : 0),
  };
}

/** @param week 1 to 4, 5 is the last. @param weekday 0 Sunday */
function nthWeekday({
  year,
  month,
  week,
  weekday,
}: Readonly<Record<'year' | 'month' | 'week' | 'weekday', number>>): number {
  const monday0 = modulo(weekday - 1, 7);
  if (week === 5) {
    const last = dayNumber(year, month + 1, 1) - 1;
    const end = month === 12 ? dayNumber(year + 1, 1, 1) - 1 : last;
    return end - modulo(weekdayOf(end) - monday0, 7);
  }
  const first = dayNumber(year, month, 1);
  return first + modulo(monday0 - weekdayOf(first), 7) + (week - 1) * 7;
}

function seconds(text: string): number {
  const [hours = 0, minutes = 0, rest = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * HOUR + minutes * MINUTE + rest);
}
