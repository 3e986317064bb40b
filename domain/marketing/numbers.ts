import { Temporal } from 'temporal-polyfill';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const MONTHS = [
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

/** From here on a number beside others is cut to three digits and a letter, so that tables fit on a phone. */
const LARGE = 1_000_000;
/** From here on a tenth says nothing any more. */
const NO_TENTHS_FROM = 10_000;
const SCALES = [
  [1e15, 'Q'],
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
] as const;

/** 12345 as `12,345`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** As `grouped`, and from a million on with three digits: `12.3M`. */
export function compact(count: number): string {
  if (count < LARGE) return grouped(count);
  const [unit, letter] = SCALES.find(([scale]) => count >= scale) ?? [1e6, 'M'];
  const scaled = count / unit;
  if (scaled >= 1000) return `${grouped(Math.round(scaled))}${letter}`;
  return `${scaled.toFixed(scaled < 10 ? 2 : scaled < 100 ? 1 : 0)}${letter}`;
}

/**
 * The mean of `days` days, rounded half-up in whole numbers: 29 in 7 days is `4.1`. Without decimal from 10,000 on, and from
 * a million on as `compact` has it.
 */
export function meanText({ sum, days }: { readonly sum: number; readonly days: number }): string {
  if (sum / days >= NO_TENTHS_FROM) return compact(Math.round(sum / days));
  const tenths = Number((20n * BigInt(sum) + BigInt(days)) / (2n * BigInt(days)));
  return `${grouped(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** A share from 0 to 1 as per cent with one decimal: `12.3 %`. The space does not break. */
export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}

/** `10 February 2025`. */
export function dayInWords(day: string): string {
  const { day: number, month, year } = Temporal.PlainDate.from(day);
  return `${number} ${MONTHS[month - 1] ?? ''} ${year}`;
}

export function weekdayOf(day: string): string {
  return WEEKDAYS[Temporal.PlainDate.from(day).dayOfWeek - 1] ?? '';
}

export function isWeekend(day: string): boolean {
  return Temporal.PlainDate.from(day).dayOfWeek > 5;
}

/** `10 Feb`, for charts. */
export function shortDay(day: string): string {
  const { day: number, month } = Temporal.PlainDate.from(day);
  return `${number} ${(MONTHS[month - 1] ?? '').slice(0, 3)}`;
}
