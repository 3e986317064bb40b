import { FUNNEL_TYPES, type FunnelType } from '../../domain/funnels.ts';
import { boundsOf, type DayRange, daysOf } from '../../domain/report-days.ts';
import type { SiteClock } from '../../domain/site-clock.ts';
import { periodOffsets } from '../day-offsets.ts';
import { isCompleted } from './completed.ts';
import type { SiteConnection } from './connection.ts';
import type { SiteMapping } from './mapping.ts';
import { numberOrNull, type SittingsReader } from './sittings.ts';

/** Completed sittings of one day at the site. */
export interface TestDay {
  /** YYYY-MM-DD in the zone that was asked for. */
  readonly day: string;
  /** Sittings of each class; those of unknown and unclassified tests are in none. */
  readonly tests: Readonly<Record<FunnelType, number>>;
  /** All sittings, whatever their class: 0 tells a day of which the site has nothing (any more). */
  readonly sittings: number;
}

export interface TestCounter {
  /** Every day of the range, in order. @param timezone IANA zone of the days. */
  countTests(input: { readonly days: DayRange; readonly timezone: string }): Promise<readonly TestDay[]>;
}

/** Counts the site's tests by day in one pass over the sittings of the range, whether or not Datep has an index. */
export function createTestCounter(
  site: SiteConnection,
  {
    mapping,
    clock,
    completedStatuses,
    sittings,
  }: {
    readonly mapping: SiteMapping;
    readonly clock: SiteClock;
    readonly completedStatuses: readonly number[];
    /** Tells which class each test is of. */
    readonly sittings: Pick<SittingsReader, 'testClasses'>;
  },
): TestCounter {
  const users = mapping.table('simpletest_users');
  const testId = mapping.column('simpletest_users', 'TestId');
  const datep = mapping.column('simpletest_users', 'Datep');
  const completed = isCompleted(mapping, completedStatuses);

  return {
    async countTests({ days, timezone }) {
      const bounds = boundsOf(days, timezone).map((bound) => clock.toNaive(bound.getTime()));
      const [first, last] = [bounds[0], bounds.at(-1)];
      const offsets = periodOffsets(bounds.map((naive) => Date.parse(`${naive.replace(' ', 'T')}Z`)));
      const [classes, rows] = await Promise.all([
        sittings.testClasses(),
        site.read<{ period: unknown; testId: unknown; sittings: unknown }>(
          `SELECT INTERVAL(TIMESTAMPDIFF(MICROSECOND, ?, ${datep}), ${offsets}) - 1 AS period,
             ${testId} AS testId, COUNT(*) AS sittings
           FROM ${users} WHERE ${datep} >= ? AND ${datep} < ? AND ${completed} GROUP BY 1, 2`,
          [first, first, last],
        ),
      ]);
      const counted = daysOf(days).map((day) => ({ day, tests: noTests(), sittings: 0 }));
      for (const row of rows) {
        const day = counted[Number(row.period)];
        if (day === undefined) continue;
        const taken = Number(row.sittings);
        const testClass = classes.of(numberOrNull(row.testId));
        day.sittings += taken;
        if (testClass === 'language' || testClass === 'non_language') day.tests[testClass] += taken;
      }
      return counted;
    },
  };
}

function noTests(): Record<FunnelType, number> {
  return Object.fromEntries(FUNNEL_TYPES.map((funnel) => [funnel, 0])) as Record<FunnelType, number>;
}
