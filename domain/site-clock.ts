import { Temporal } from 'temporal-polyfill';

/** Converts between the site's zoneless DATETIME texts and UTC. */
export interface SiteClock {
  /**
   * UTC milliseconds of a naive `YYYY-MM-DD HH:MM:SS[.ffffff]`. A repeated hour is its first pass, a time skipped in
   * spring moves forward by the gap (RFC 5545, 3.3.5). `undefined` for zero, partly zero and impossible dates.
   */
  toUtc(naive: string): number | undefined;
  /** The site's wall-clock text, whole seconds, for an instant in UTC milliseconds. */
  toNaive(utcMs: number): string;
}

const NAIVE = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?$/;
const LAST_SECOND_OF_HOUR_MS = 3_599_000;

/** @param zone IANA zone in which the site writes. */
export function createSiteClock(zone: string): SiteClock {
  // Within most wall-clock hours the offset is one number; only hours cut by a transition are asked value by value.
  const offsets = new Map<string, number | undefined>();

  function resolve(naive: string): number | undefined {
    try {
      return Temporal.PlainDateTime.from(naive.replace(' ', 'T')).toZonedDateTime(zone, {
        disambiguation: 'compatible',
      }).epochMilliseconds;
    } catch {
      return undefined;
    }
  }

  function offsetOfHour(hour: string): number | undefined {
    if (offsets.has(hour)) return offsets.get(hour);
    const first = resolve(`${hour}:00:00`);
    const last = resolve(`${hour}:59:59`);
    const whole = first !== undefined && last === first + LAST_SECOND_OF_HOUR_MS;
    const offset = whole ? first - Date.parse(`${hour.replace(' ', 'T')}:00:00Z`) : undefined;
    offsets.set(hour, offset);
    return offset;
  }

  return {
    toUtc(naive) {
      const match = NAIVE.exec(naive);
      if (match === null || match[1] === '0000' || match[2] === '00' || match[3] === '00') return undefined;
      const offset = offsetOfHour(`${match[1]}-${match[2]}-${match[3]} ${match[4]}`);
      if (offset === undefined) return resolve(naive);
      const asUtc = Date.parse(`${naive.slice(0, 19).replace(' ', 'T')}Z`);
      if (Number.isNaN(asUtc)) return undefined;
      return asUtc + offset + Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
    },
    toNaive(utcMs) {
      return Temporal.Instant.fromEpochMilliseconds(utcMs)
        .toZonedDateTimeISO(zone)
        .toPlainDateTime()
        .toString({ smallestUnit: 'second' })
        .replace('T', ' ');
    },
  };
}
