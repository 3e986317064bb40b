import { Temporal } from 'temporal-polyfill';

/** Months that a report looks back over, its own included: those of the chart. */
const MONTHS_SHOWN = 6;

/** A calendar month and what is needed to count in it and the five before. */
export interface ReportMonth {
  /** `YYYY-MM` */
  readonly month: string;
  /** Of the six months, oldest first; the last is `month`. */
  readonly months: readonly string[];
  /** UTC milliseconds: the start of each of the six, then the end of the last. Half-open: a start belongs to its month. */
  readonly bounds: readonly number[];
}

/** The calendar month before the one on which an instant falls, in an IANA zone. */
export function monthBefore({ at, timezone }: { readonly at: Date; readonly timezone: string }): ReportMonth {
  const here = Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(timezone)
    .toPlainDate()
    .toPlainYearMonth();
  const starts = Array.from({ length: MONTHS_SHOWN + 1 }, (_, index) =>
    here.subtract({ months: MONTHS_SHOWN - index }),
  );
  const months = starts.slice(0, MONTHS_SHOWN).map((one) => one.toString());
  return {
    month: months[MONTHS_SHOWN - 1] ?? '',
    months,
    // Where a clock change skips midnight, the month begins with what follows.
    bounds: starts.map((one) => one.toPlainDate({ day: 1 }).toZonedDateTime(timezone).epochMilliseconds),
  };
}

const NAMES = [
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

/** `February 2025` of `2025-02`; `short`: `Feb`. */
export function monthName(month: string): {
  readonly long: string;
  readonly name: string;
  readonly short: string;
} {
  const [year = '', number = '1'] = month.split('-');
  const name = NAMES[Number(number) - 1] ?? '';
  return { long: `${name} ${year}`, name, short: name.slice(0, 3) };
}

/** Once by this key: a person of the quiz and a month. @param userId empty: what the keys of a month begin with */
export function monthlyKey({
  month,
  userId,
}: {
  readonly month: string;
  readonly userId: number | '';
}): string {
  return `monthly/${month}/${userId}`;
}
