import { Temporal } from 'temporal-polyfill';

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** What a dynamic date means at one logical time. */
export interface ResolvedDate {
  /** Calendar day in the report's zone, YYYY-MM-DD. */
  readonly day: string;
  /** Moment in UTC with microseconds where there are any, `2025-01-31T23:00:00Z`. */
  readonly instant: string;
}

const EDGE = /^(startOf|endOf)(This|Last|Next)(Day|Week|Month|Quarter|Year)$/;
const AGO = /^(\d{1,4}) (minute|hour|day|week|month|quarter|year)s? ago$/;
const AHEAD = /^in (\d{1,4}) (minute|hour|day|week|month|quarter|year)s?$/;

/** All forms of a dynamic date, for help texts. */
export const DYNAMIC_DATES = [
  'now',
  'today',
  'yesterday',
  'tomorrow',
  'startOf… and endOf… with This, Last or Next and Day, Week, Month, Quarter or Year, like startOfLastMonth',
  'N minutes (hours, days, weeks, months, quarters, years) ago, like 7 days ago',
  'in N minutes (hours, …), like in 2 weeks',
] as const;

export function isDynamicDate(expression: string): boolean {
  return (
    ['now', 'today', 'yesterday', 'tomorrow'].includes(expression) ||
    EDGE.test(expression) ||
    AGO.test(expression) ||
    AHEAD.test(expression)
  );
}

/**
 * Resolves a dynamic date such as `startOfLastMonth` from the logical time of a run.
 *
 * Weeks begin on Monday. `today`, `yesterday`, `tomorrow` and `startOf…` are the first moment of that day in the zone
 * (not midnight where a clock change skips it), `endOf…` is the last microsecond before the next period. `N … ago`
 * keeps the wall-clock time from days upwards; 31 March less a month is the last of February.
 * @param input.asOf logical time of the run
 * @param input.timezone IANA zone of the report
 * @returns undefined for an expression that is none
 */
export function resolveDynamicDate({
  expression,
  asOf,
  timezone,
}: {
  readonly expression: string;
  readonly asOf: Date;
  readonly timezone: string;
}): ResolvedDate | undefined {
  const now = Temporal.Instant.fromEpochMilliseconds(asOf.getTime()).toZonedDateTimeISO(timezone);
  const days = { today: 0, yesterday: -1, tomorrow: 1 }[expression];
  if (expression === 'now') return resolved(now);
  if (days !== undefined) return resolved(now.startOfDay().add({ days }).startOfDay());
  const edge = EDGE.exec(expression);
  if (edge !== null) return edgeOf({ now, edge });
  const [, count, unit] = AGO.exec(expression) ?? [];
  if (count !== undefined)
    return resolved(now.subtract(durationOf({ count: Number(count), unit: unit as Unit })));
  const [, ahead, aheadUnit] = AHEAD.exec(expression) ?? [];
  if (ahead !== undefined)
    return resolved(now.add(durationOf({ count: Number(ahead), unit: aheadUnit as Unit })));
  return undefined;
}

function edgeOf({
  now,
  edge,
}: {
  readonly now: Temporal.ZonedDateTime;
  readonly edge: RegExpExecArray;
}): ResolvedDate {
  const [, side, which, period = ''] = edge;
  const unit = period.toLowerCase() as Unit;
  const step = { This: 0, Last: -1, Next: 1 }[which ?? ''] ?? 0;
  const first = startOfPeriod({ day: now.toPlainDate(), unit }).add(durationOf({ count: step, unit }));
  if (side === 'startOf') return resolved(first.toZonedDateTime(now.timeZoneId));
  const next = first.add(durationOf({ count: 1, unit })).toZonedDateTime(now.timeZoneId);
  return resolved(next.subtract({ microseconds: 1 }));
}

function startOfPeriod({
  day,
  unit,
}: {
  readonly day: Temporal.PlainDate;
  readonly unit: Unit;
}): Temporal.PlainDate {
  if (unit === 'week') return day.subtract({ days: day.dayOfWeek - 1 });
  if (unit === 'month') return day.with({ day: 1 });
  if (unit === 'quarter') return day.with({ day: 1, month: day.month - ((day.month - 1) % 3) });
  if (unit === 'year') return day.with({ day: 1, month: 1 });
  return day;
}

function durationOf({ count, unit }: { readonly count: number; readonly unit: Unit }): Temporal.Duration {
  return unit === 'quarter'
    ? Temporal.Duration.from({ months: count * 3 })
    : Temporal.Duration.from({ [`${unit}s`]: count });
}

function resolved(at: Temporal.ZonedDateTime): ResolvedDate {
  return { day: at.toPlainDate().toString(), instant: at.toInstant().toString() };
}
