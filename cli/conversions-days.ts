import { required, type Settings } from '../config.ts';
import { recordedDays } from '../db/conversion-history.ts';
import { countDays } from '../db/conversions.ts';
import type { Executor } from '../db/pool.ts';
import { openSite } from '../db/site/connection.ts';
import { loadSiteMapping } from '../db/site/mapping.ts';
import { createSittingsReader } from '../db/site/sittings.ts';
import { createTestCounter, type TestDay } from '../db/site/test-counts.ts';
import type { DailyConversion } from '../domain/conversions.ts';
import { messageOf } from '../domain/errors.ts';
import { type DayRange, daysOf } from '../domain/report-days.ts';
import { createSiteClock } from '../domain/site-clock.ts';

export interface LoadedDays {
  /** Both funnels of each day, in order. */
  readonly days: readonly DailyConversion[];
  /** Days whose tests are `null` because the site would not tell them. */
  readonly withoutTests: readonly string[];
  /** Why, in words for the operator. */
  readonly reason: string;
}

/**
 * Days as they were recorded, and counted now where they are not: today, and what no run has recorded yet.
 * @param settings whose site is asked for tests, if any day needs it.
 */
export async function loadDays(
  db: Executor,
  { settings, range }: { readonly settings: Settings; readonly range: DayRange },
): Promise<LoadedDays> {
  const recorded = await recordedDays(db, range);
  const known = new Set(recorded.map(({ day }) => day));
  const live = daysOf(range).filter((day) => !known.has(day));
  const [first, last] = [live[0], live.at(-1)];
  if (first === undefined || last === undefined) return { days: recorded, withoutTests: [], reason: '' };

  const timezone = settings.reportTimezone;
  const [ours, site] = await Promise.all([
    countDays(db, { days: { first, last }, timezone }),
    askSite({ settings, days: { first, last } }),
  ]);
  const answered = 'days' in site;
  const tests = new Map((answered ? site.days : []).map((one) => [one.day, one.tests]));
  const counted = ours
    .filter(({ day }) => !known.has(day))
    .map(({ day, funnel, ...counts }) => ({
      day,
      funnel,
      tests: tests.get(day)?.[funnel] ?? null,
      ...counts,
    }));
  return {
    days: [...recorded, ...counted].toSorted((a, b) => a.day.localeCompare(b.day)),
    withoutTests: answered ? [] : live,
    reason: answered ? '' : site.reason,
  };
}

/** Whatever is wrong with the site, its settings included: our own history can be shown without it. */
async function askSite({
  settings,
  days,
}: {
  readonly settings: Settings;
  readonly days: DayRange;
}): Promise<{ readonly days: readonly TestDay[] } | { readonly reason: string }> {
  try {
    const { databaseUrl, mappingFile, timezone, completedStatuses } = settings.site;
    const site = openSite(required('SITE_DATABASE_URL', databaseUrl), { connections: 2 });
    try {
      const reading = {
        mapping: loadSiteMapping(mappingFile),
        clock: createSiteClock(timezone),
        completedStatuses,
      };
      const sittings = createSittingsReader(site, reading);
      const counter = createTestCounter(site, { ...reading, sittings });
      return { days: await counter.countTests({ days, timezone: settings.reportTimezone }) };
    } finally {
      await site.close();
    }
  } catch (error) {
    return { reason: messageOf(error) };
  }
}
