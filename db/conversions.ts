import { and, asc, count, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { MySqlColumn } from 'drizzle-orm/mysql-core';
import type { DailyConversion, FunnelCount } from '../domain/conversions.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { boundsOf, type DayRange, daysOf } from '../domain/report-days.ts';
import type { ReportRange } from '../domain/report-range.ts';
import { periodOffsets } from './day-offsets.ts';
import type { Executor } from './pool.ts';
import { funnelEntries } from './schema.ts';

/** What our own tables tell of a funnel's day; the site's tests are not among it. */
export type FunnelDay = Omit<DailyConversion, 'tests'>;

/** People who entered each funnel within the range, and those of them who have bought until now. */
export async function countConversions(db: Executor, { from, to }: ReportRange): Promise<FunnelCount[]> {
  return db
    .select({
      funnel: funnelEntries.funnelType,
      entries: count(),
      purchased: sql`SUM(${funnelEntries.certificatePurchased})`.mapWith(Number),
    })
    .from(funnelEntries)
    .where(
      and(
        from === undefined ? undefined : gte(funnelEntries.enteredAt, from),
        to === undefined ? undefined : lt(funnelEntries.enteredAt, to),
      ),
    )
    .groupBy(funnelEntries.funnelType);
}

/** When the first person entered a funnel, UTC; `undefined` while nobody has. */
export async function firstEntryAt(db: Executor): Promise<Date | undefined> {
  const [row] = await db
    .select({ enteredAt: funnelEntries.enteredAt })
    .from(funnelEntries)
    .orderBy(asc(funnelEntries.enteredAt))
    .limit(1);
  return row?.enteredAt;
}

/**
 * Entries and purchases of every day of the range and both funnels, in that order, with the totals of all time up to
 * each day's end. Purchases count on the day of the payment.
 * @param timezone IANA zone of the days.
 */
export async function countDays(
  db: Executor,
  { days, timezone }: { readonly days: DayRange; readonly timezone: string },
): Promise<readonly FunnelDay[]> {
  const bounds = boundsOf(days, timezone);
  const [entries, purchases] = await Promise.all([
    countPeriods(db, { moment: funnelEntries.enteredAt, bounds }),
    countPeriods(db, { moment: funnelEntries.certificatePurchasedAt, bounds }),
  ]);
  const totals = FUNNEL_TYPES.map((funnel) => ({
    funnel,
    totalEntries: entries(BEFORE, funnel),
    totalPurchased: purchases(BEFORE, funnel),
  }));
  return daysOf(days).flatMap((day, period) =>
    totals.map((total) => {
      const counts = {
        entries: entries(period, total.funnel),
        purchases: purchases(period, total.funnel),
      };
      total.totalEntries += counts.entries;
      total.totalPurchased += counts.purchases;
      const { funnel, totalEntries, totalPurchased } = total;
      return { day, funnel, ...counts, totalEntries, totalPurchased };
    }),
  );
}

/** The period of everything before the first one. */
const BEFORE = -1;

type PeriodCounts = (period: number, funnel: FunnelType) => number;

/** One pass over the rows up to the last bound: by period and funnel, those whose moment lies in it. */
async function countPeriods(
  db: Executor,
  { moment, bounds }: { readonly moment: MySqlColumn; readonly bounds: readonly Date[] },
): Promise<PeriodCounts> {
  const period: SQL = sql`INTERVAL(TIMESTAMPDIFF(MICROSECOND, ${bounds[0]}, ${moment}), ${sql.raw(
    periodOffsets(bounds.map((bound) => bound.getTime())),
  )}) - 1`;
  const [rows] = (await db.execute(sql`
    SELECT ${period} AS period, funnel_type AS funnel, COUNT(*) AS people
    FROM ${funnelEntries} WHERE ${moment} < ${bounds.at(-1)}
    GROUP BY 1, 2`)) as unknown as [readonly { period: number; funnel: FunnelType; people: number }[]];
  const counts = new Map(rows.map((row) => [`${row.period} ${row.funnel}`, row.people]));
  return (place, funnel) => counts.get(`${place} ${funnel}`) ?? 0;
}
