/**
 * Days as Excel counts them from the end of 1899, for texts without a zone. Before March 1900 its calendar has a day that
 * never was, and after 9999 it has none: such values stay text.
 * Source: ECMA-376 part 1, 18.17.4.1 (the 1900 date base system).
 */
const FIRST = 61;
const AFTER_LAST = 2_958_466;
const UNIX_EPOCH = 25_569;
const DAY_MS = 86_400_000;

export interface Serial {
  /** As it stands in the file. */
  readonly value: number;
  readonly hasFraction: boolean;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATETIME = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;
const TIME = /^(\d{1,4}):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;

/** @param text `YYYY-MM-DD` */
export function serialOfDate(text: string): Serial | undefined {
  const parts = DATE.exec(text);
  if (parts === null) return undefined;
  const day = dayOf(parts[1], parts[2], parts[3]);
  return day === undefined ? undefined : { value: day, hasFraction: false };
}

/** @param text `YYYY-MM-DD HH:MM:SS`, perhaps with a fraction */
export function serialOfDatetime(text: string): Serial | undefined {
  const parts = DATETIME.exec(text);
  if (parts === null) return undefined;
  const day = dayOf(parts[1], parts[2], parts[3]);
  const seconds = secondsOf(parts[4], parts[5], parts[6]);
  if (day === undefined || seconds === undefined || seconds >= 86_400) return undefined;
  return withFraction({ day, seconds, fraction: parts[7] });
}

/** @param text `HH:MM:SS`, perhaps with a fraction; more than 24 hours are a duration, less than none stay text */
export function serialOfTime(text: string): Serial | undefined {
  const parts = TIME.exec(text);
  if (parts === null) return undefined;
  const seconds = secondsOf(parts[1], parts[2], parts[3]);
  return seconds === undefined ? undefined : withFraction({ day: 0, seconds, fraction: parts[4] });
}

/** @param ms what a clock shows, as the UTC milliseconds at which a clock in UTC would show it */
export function serialOfReading(ms: number): Serial | undefined {
  const value = ms / DAY_MS + UNIX_EPOCH;
  return value >= FIRST && value < AFTER_LAST ? { value, hasFraction: ms % 1000 !== 0 } : undefined;
}

function dayOf(year = '', month = '', day = ''): number | undefined {
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(ms);
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() + 1 !== Number(month)) return undefined;
  const value = ms / DAY_MS + UNIX_EPOCH;
  return value >= FIRST && value < AFTER_LAST ? value : undefined;
}

function secondsOf(hours = '', minutes = '', seconds = ''): number | undefined {
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function withFraction({
  day,
  seconds,
  fraction,
}: {
  readonly day: number;
  readonly seconds: number;
  readonly fraction: string | undefined;
}): Serial {
  const part = fraction === undefined ? 0 : Number(`0.${fraction}`);
  return { value: day + (seconds + part) / 86_400, hasFraction: part !== 0 };
}
