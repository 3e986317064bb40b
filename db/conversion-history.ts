import { asc, between, desc, sql } from 'drizzle-orm';
import type { DailyConversion } from '../domain/conversions.ts';
import { FUNNEL_TYPES } from '../domain/funnels.ts';
import type { DayRange } from '../domain/report-days.ts';
import { chunks } from './chunks.ts';
import type { Executor } from './pool.ts';
import { conversionDays } from './schema.ts';

/** A day as it is kept: its tests are known. */
export type RecordedDay = DailyConversion & { readonly tests: number };

/** The recorded days of the range, both funnels of each, in order. */
export async function recordedDays(db: Executor, { first, last }: DayRange): Promise<readonly RecordedDay[]> {
  const rows = await db
    .select({
      day: conversionDays.day,
      funnel: conversionDays.funnelType,
      tests: conversionDays.tests,
      entries: conversionDays.entries,
      purchases: conversionDays.purchases,
      totalEntries: conversionDays.totalEntries,
      totalPurchased: conversionDays.totalPurchased,
    })
    .from(conversionDays)
    .where(between(conversionDays.day, first, last))
    .orderBy(asc(conversionDays.day));
  const byDay = Map.groupBy(rows, ({ day }) => day);
  return [...byDay.values()].flatMap((day) => {
    const funnels = FUNNEL_TYPES.flatMap((funnel) => day.filter((row) => row.funnel === funnel));
    return funnels.length === FUNNEL_TYPES.length ? funnels : [];
  });
}

/** The last recorded day; `undefined` while there is none. */
export async function newestRecordedDay(db: Executor): Promise<string | undefined> {
  const [row] = await db
    .select({ day: conversionDays.day })
    .from(conversionDays)
    .orderBy(desc(conversionDays.day))
    .limit(1);
  return row?.day;
}

/**
 * What becomes of the tests of a day that is recorded already: `replace` takes the new number, `keep_greater` keeps the
 * old one where the site, which may clear out old sittings, now has fewer.
 */
export type TestsRule = 'replace' | 'keep_greater';

/** Writes days, or writes them anew; the same days give the same rows. */
export async function recordDays(
  tx: Executor,
  { days, tests }: { readonly days: readonly RecordedDay[]; readonly tests: TestsRule },
): Promise<void> {
  for (const part of chunks(days)) {
    await tx
      .insert(conversionDays)
      .values(part.map(({ funnel, ...day }) => ({ ...day, funnelType: funnel })))
      .onDuplicateKeyUpdate({
        set: {
          tests: tests === 'replace' ? sql`VALUES(tests)` : sql`GREATEST(tests, VALUES(tests))`,
          entries: sql`VALUES(entries)`,
          purchases: sql`VALUES(purchases)`,
          totalEntries: sql`VALUES(total_entries)`,
          totalPurchased: sql`VALUES(total_purchased)`,
        },
      });
  }
}
