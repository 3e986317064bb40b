import { CYCLE_DAYS, civilDate, DAY, dayNumber, HOUR, MINUTE, modulo, weekdayOf } from './civil.ts';
import type { Frequency, RecurrenceRule } from './rule.ts';

const UNITS: Partial<Record<Frequency, number>> = { HOURLY: HOUR, MINUTELY: MINUTE, SECONDLY: 1 };

/** Seconds of an hour, minute or second; undefined for days and more. */
export function unitOf(freq: Frequency): number | undefined {
  return UNITS[freq];
}

/** The periods of a rule, as days. */
export interface Period {
  /** First day of the period around a day. */
  begin(dayNo: number): number;
  /** Day after its last. */
  end(dayNo: number): number;
  /** The day itself when its period counts by INTERVAL, else the first day of the next one that does. */
  align(dayNo: number): number;
}

export function periodOf({ freq, interval, wkst }: RecurrenceRule, start: number): Period {
  if (freq === 'DAILY') {
    return {
      begin: (day) => day,
      end: (day) => day + 1,
      align: (day) => day + modulo(start - day, interval),
    };
  }
  if (freq === 'WEEKLY') {
    const begin = (day: number) => day - modulo(weekdayOf(day) - wkst, 7);
    const first = begin(start);
    return {
      begin,
      end: (day) => begin(day) + 7,
      align: (day) => {
        const ahead = modulo((first - begin(day)) / 7, interval);
        return ahead === 0 ? day : begin(day) + ahead * 7;
      },
    };
  }
  const months = freq === 'MONTHLY' ? 1 : 12;
  /** The period looked at last: days are mostly asked for in their order. */
  let last = { at: 0, begin: 0, end: 0 };
  const around = (day: number) => {
    if (day >= last.begin && day < last.end) return last;
    const { year, month } = civilDate(day);
    const at = Math.floor((year * 12 + month - 1) / months);
    last = { at, begin: dayAt(at), end: dayAt(at + 1) };
    return last;
  };
  const dayAt = (at: number) => dayNumber(Math.floor((at * months) / 12), ((at * months) % 12) + 1, 1);
  const first = around(start).at;
  return {
    begin: (day) => around(day).begin,
    end: (day) => around(day).end,
    align: (day) => {
      const { at } = around(day);
      const ahead = modulo(first - at, interval);
      return ahead === 0 ? day : dayAt(at + ahead);
    },
  };
}

/** Periods in 400 years. */
const PERIODS_A_CYCLE: Readonly<Record<Frequency, number>> = {
  SECONDLY: CYCLE_DAYS * DAY,
  MINUTELY: (CYCLE_DAYS * DAY) / MINUTE,
  HOURLY: (CYCLE_DAYS * DAY) / HOUR,
  DAILY: CYCLE_DAYS,
  WEEKLY: CYCLE_DAYS / 7,
  MONTHLY: 4800,
  YEARLY: 400,
};

/** Days after which dates, weekdays and every INTERVAL-th period repeat together: what does not come by then never does. */
export function repetition({ freq, interval }: RecurrenceRule): number {
  const periods = PERIODS_A_CYCLE[freq];
  return CYCLE_DAYS * (interval / commonDivisor(periods, interval));
}

export function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
