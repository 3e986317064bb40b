import { DAY, dayNumber, daysInMonth, HOUR, MINUTE } from './civil.ts';
import { quote, RecurrenceError } from './error.ts';

/** A DATE or DATE-TIME as written (RFC 5545, 3.3.4 and 3.3.5). */
export interface Moment {
  /** `zoned`: local, in a zone that is named beside it. */
  readonly kind: 'date' | 'local' | 'utc' | 'zoned';
  /** Wall time; of `utc` the instant. */
  readonly wall: number;
}

const DATE = '(\\d{4})(\\d{2})(\\d{2})';
const TIME = 'T(\\d{2})(\\d{2})(\\d{2})(Z)?';
const SHAPES = {
  date: new RegExp(`^${DATE}$`),
  time: new RegExp(`^${DATE}${TIME}$`),
  // When it ends says nothing about when it begins.
  period: new RegExp(`^${DATE}${TIME}/(.+)$`),
  either: new RegExp(`^${DATE}(?:${TIME})?$`),
};
const EXAMPLES = {
  date: '20260131',
  time: '20260131T090000',
  period: '20260131T090000/PT1H',
  either: '20260131 or 20260131T090000Z',
};

/** RFC 5545, 3.3.6; with something in it. */
const DURATION = /^\+?P(?:\d+W|(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/;

/** @throws RecurrenceError that quotes the text. Second 60 reads as 59 (RFC 5545, 3.3.12). */
export function parseMoment(
  text: string,
  { part, kind }: { readonly part: string; readonly kind: keyof typeof SHAPES },
): Moment {
  const parsed = SHAPES[kind].exec(text.toUpperCase());
  if (parsed === null) {
    throw new RecurrenceError(`${part}: ${quote(text)} is not like ${EXAMPLES[kind]}`);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parsed
    .slice(1, 7)
    .map((digits: string | undefined) => Number(digits ?? 0));
  const isDate = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!isDate || hour > 23 || minute > 59 || second > 60) {
    throw new RecurrenceError(`${part}: ${quote(text)} is no date or time that exists`);
  }
  const end = parsed[8];
  if (end !== undefined && !DURATION.test(end)) parseMoment(end, { part, kind: 'time' });
  return {
    kind: parsed[4] === undefined ? 'date' : parsed[7] === undefined ? 'local' : 'utc',
    wall: dayNumber(year, month, day) * DAY + hour * HOUR + minute * MINUTE + Math.min(second, 59),
  };
}
