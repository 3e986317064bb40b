import { UsageError } from '../../domain/errors.ts';
import { instantOf } from '../../schedules/recurrence/when.ts';
import { findZone } from '../../schedules/recurrence/zone.ts';
import { instantText } from '../../schedules/server/exception-entries.ts';

/**
 * A time given to a command: ISO 8601 with a Z or an offset, or local to the schedule's zone.
 * @throws UsageError naming the option.
 */
export function parseTime({
  option,
  value,
  timezone,
}: {
  readonly option: string;
  readonly value: string;
  readonly timezone: string;
}): Date {
  try {
    return new Date(instantOf(value, timezone) * 1000);
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

/** `2026-12-01T08:00:00Z (2026-12-01 09:00 Europe/Berlin)`; UTC alone where the zone is UTC. */
export function timeInZone(at: Date, timezone: string): string {
  const instant = Math.floor(at.getTime() / 1000);
  const zone = findZone(timezone);
  if (zone === undefined || timezone === 'UTC') return instantText(instant);
  const local = instantText(zone.toWall(instant)).slice(0, 19).replace('T', ' ').replace(/:00$/, '');
  return `${instantText(instant)} (${local} ${timezone})`;
}
