import { Temporal } from 'temporal-polyfill';

/**
 * The first moment at or after `from` at which a person's clock shows `localTime` on one of the weekdays. A time that
 * spring leaves out is the same length after the gap's begin, a time that autumn repeats is its first pass.
 * @param from UTC milliseconds
 * @param localTime `HH:MM`
 * @param weekdays Monday is 1, Sunday 7; none given: every day
 * @param zone IANA
 * @returns UTC milliseconds
 */
export function nextLocalTime({
  from,
  localTime,
  weekdays,
  zone,
}: {
  readonly from: number;
  readonly localTime: string;
  readonly weekdays: readonly number[] | undefined;
  readonly zone: string;
}): number {
  const time = Temporal.PlainTime.from(localTime);
  const today = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDate();
  // Eight days: today's time may be over, and the only weekday may be today's.
  for (let days = 0; days <= 8; days += 1) {
    const date = today.add({ days });
    if (weekdays !== undefined && weekdays.length > 0 && !weekdays.includes(date.dayOfWeek)) continue;
    const at = date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
    if (at >= from) return at;
  }
  throw new RangeError(`no ${localTime} on weekdays ${weekdays?.join(', ') ?? ''}`);
}
