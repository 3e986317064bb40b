import { Temporal } from 'temporal-polyfill';
import { UsageError } from './errors.ts';

/** Two instants, the first included, the second not. A missing one means no bound on that side. */
export interface ReportRange {
  readonly from?: Date;
  readonly to?: Date;
}

/**
 * Turns `--from-date` (included) and `--to-date` (excluded) into instants: midnight of these days in the given zone, or the
 * first instant of a day whose midnight a clock change skips.
 *
 * @param fromDate YYYY-MM-DD
 * @param toDate YYYY-MM-DD
 * @param timezone IANA zone of both days.
 * @throws UsageError that names the option, its value and what would be right.
 */
export function parseReportRange({
  fromDate,
  toDate,
  timezone,
}: {
  fromDate?: string | undefined;
  toDate?: string | undefined;
  timezone: string;
}): ReportRange {
  const first = fromDate === undefined ? undefined : parseDay({ option: '--from-date', value: fromDate });
  const end = toDate === undefined ? undefined : parseDay({ option: '--to-date', value: toDate });
  if (first !== undefined && end !== undefined && Temporal.PlainDate.compare(first, end) >= 0) {
    throw new UsageError(
      `--from-date ${first.toString()} must be before --to-date ${end.toString()}, the first day that is left out; ` +
        `for ${first.toString()} alone write --to-date ${first.add({ days: 1 }).toString()}`,
    );
  }
  return {
    ...(first === undefined ? {} : { from: startOfDay({ day: first, timezone }) }),
    ...(end === undefined ? {} : { to: startOfDay({ day: end, timezone }) }),
  };
}

function parseDay({ option, value }: { option: string; value: string }): Temporal.PlainDate {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) {
    throw new UsageError(`${option} "${value}" is not a date; write YYYY-MM-DD, like 2024-02-29`);
  }
  try {
    return Temporal.PlainDate.from(value, { overflow: 'reject' });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(
      `${option} "${value}" is a day that does not exist; write one of the calendar, like 2024-02-29`,
    );
  }
}

function startOfDay({ day, timezone }: { day: Temporal.PlainDate; timezone: string }): Date {
  try {
    return new Date(day.toZonedDateTime(timezone).epochMilliseconds);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(
      `time zone "${timezone}" is not known; write an IANA zone, like UTC or Europe/Berlin`,
    );
  }
}
