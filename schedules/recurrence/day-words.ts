import { civilDate, dayOf, weekdayOf } from './civil.ts';
import {
  everyText,
  listText,
  monthWord,
  ordinal,
  positionText,
  runTexts,
  weekdayWord,
} from './phrases.ts';
import type { ByDay, RecurrenceRule } from './rule.ts';

/** The days of a rule, whatever their times. */
export interface DayWords {
  /** Before `at 09:00`: `weekdays`, `every Monday`, `the last day of the month`. */
  readonly head: string;
  /** After `every 15 minutes`: empty for every day, ` on weekdays`, `, every other day`. */
  readonly tail: string;
}

const BUSINESS_DAYS = '0,1,2,3,4';
const EVERY_DAY = '0,1,2,3,4,5,6';

/**
 * @param dtstart wall time, of which a rule takes the parts that it lacks (RFC 5545, 3.3.10)
 * @param isBelowADay the interval counts hours, minutes or seconds, and not these days
 */
export function dayWords(
  rule: RecurrenceRule,
  { dtstart, isBelowADay }: { readonly dtstart: number; readonly isBelowADay: boolean },
): DayWords {
  const { freq, interval } = rule;
  const full = withStart(rule, dtstart);
  const unit = isBelowADay
    ? 'day'
    : ({ DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' } as const)[
        freq as 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'
      ];
  if (interval === 1 || isBelowADay) return everyPeriod(full, unit);
  const [weekday] = full.byday ?? [];
  if (unit === 'week' && full.byday?.length === 1 && weekday !== undefined) {
    return asRhythm(`${everyText(interval, weekdayWord(weekday.weekday))}${monthsAndYears(full)}`, interval);
  }
  const every = everyText(interval, unit);
  if (unit === 'day') return asRhythm(`${every}${conditions(full)}${monthsAndYears(full)}`, interval);
  const { main, rest } = mainPart(full, unit);
  const where = unit === 'year' ? main.inYear : unit === 'month' ? main.inMonth : main.alone;
  const only = unit === 'year' ? years(full) : monthsAndYears(full);
  return { head: `${every} on ${where}${rest}${only}`, tail: `, ${every} on ${where}${rest}${only}` };
}

/** "Every 3 Tuesdays" would be three in a row. */
function asRhythm(text: string, _interval: number): DayWords {
  return { head: text, tail: `, ${text}` };
}
