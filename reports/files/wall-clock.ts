import { Temporal } from 'temporal-polyfill';

/** What clocks of one zone show. */
export interface WallClock {
  /**
   * The clock's reading at an instant, as the UTC milliseconds at which a clock in UTC would show it.
   */
  reading(instant: Date): number;
  /** `2025-02-28 18:05:00`, with a fraction where there is one. */
  words(instant: Date): string;
  /** The same with the offset from UTC, which tells the two passes of an hour in autumn apart: `… 18:05:00+01:00`. */
  wordsWithOffset(instant: Date): string;
}

const SLOT_MS = 15 * 60_000;
const MOST_SLOTS = 20_000;
const NOT_A_TIME = 'invalid time';

/**
 * @param zone IANA.
 * @throws RangeError for a zone that does not exist.
 */
export function createWallClock(zone: string): WallClock {
  // A million rows ask for the same few days again and again; a quarter of an hour is asked for once.
  const slots = new Map<number, number | undefined>();
  const exactOffset = (ms: number): number =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
  exactOffset(0);

  function offset(ms: number): number {
    const slot = Math.floor(ms / SLOT_MS);
    let known = slots.get(slot);
    if (known === undefined && !slots.has(slot)) {
      if (slots.size >= MOST_SLOTS) slots.clear();
      const first = exactOffset(slot * SLOT_MS);
      known = first === exactOffset((slot + 1) * SLOT_MS - 1) ? first : undefined;
      slots.set(slot, known);
    }
    return known ?? exactOffset(ms);
  }

  const reading = (instant: Date): number => {
    const ms = instant.getTime();
    return Number.isNaN(ms) ? ms : ms + offset(ms);
  };
  const words = (instant: Date): string => {
    const shown = reading(instant);
    if (Number.isNaN(shown)) return NOT_A_TIME;
    const [day = '', time = ''] = new Date(shown).toISOString().split('T');
    return `${day} ${time.slice(0, 8)}${time.slice(8, 12) === '.000' ? '' : time.slice(8, 12)}`;
  };
  return {
    reading,
    words,
    wordsWithOffset: (instant) =>
      Number.isNaN(instant.getTime())
        ? NOT_A_TIME
        : `${words(instant)}${offsetWords(offset(instant.getTime()))}`,
  };
}

function offsetWords(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[2] === 0 ? parts.slice(0, 2) : parts;
  return `${ms < 0 ? '-' : '+'}${shown.map((part) => String(part).padStart(2, '0')).join(':')}`;
}
