import { Temporal } from 'temporal-polyfill';
import type { BoundValue } from '../../domain/reports/placeholders.ts';

/**
 * A moment as wall-clock text in the zone of a connection, `2025-02-01 00:00:00`, with a fraction only where there is
 * one. A `datetime` parameter is compared with zoneless columns in this form.
 */
export function wallClock({
  instant,
  timezone,
}: {
  readonly instant: string;
  readonly timezone: string;
}): string {
  return zoned({ instant, timezone })
    .toPlainDateTime()
    .toString({ smallestUnit: 'microsecond' })
    .replace('T', ' ')
    .replace(/\.0+$/, '');
}

/** The same with its offset, `2025-02-01 00:00:00+01:00`: right for columns with a zone and for those without. */
function wallClockWithOffset(at: { readonly instant: string; readonly timezone: string }): string {
  return `${wallClock(at)}${zoned(at).offset}`;
}

/** All values as text, which PostgreSQL reads by the type that it wants at the place. */
export function postgresValues({
  values,
  timezone,
}: {
  readonly values: readonly BoundValue[];
  readonly timezone: string;
}): (string | null)[] {
  return values.map(({ type, value }) => {
    if (value === null) return null;
    return type === 'datetime' ? wallClockWithOffset({ instant: String(value), timezone }) : String(value);
  });
}

function zoned({
  instant,
  timezone,
}: {
  readonly instant: string;
  readonly timezone: string;
}): Temporal.ZonedDateTime {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timezone);
}
