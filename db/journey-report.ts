import { sql } from 'drizzle-orm';
import type { Executor } from './pool.ts';
import { exposures, journeyRuns } from './schema-journeys.ts';

/** Of one arm of a split, or of everybody where there is none. People count once, however often they entered. */
export interface ArmCounts {
  readonly arm: string;
  readonly people: number;
  readonly running: number;
  readonly mails: number;
  /** People who reached the goal after entering. */
  readonly goals: number;
}

/**
 * What became of the people of a journey.
 * @param experiment by whose arms they are counted; unset: all together, as arm `all`
 */
export async function countArms(
  db: Executor,
  { journey, experiment }: { readonly journey: string; readonly experiment: string | undefined },
): Promise<readonly ArmCounts[]> {
  const arm = experiment === undefined ? sql`'all'` : sql`${exposures.arm}`;
  const joined =
    experiment === undefined
      ? sql``
      : sql`JOIN ${exposures} ON ${exposures.contactId} = ${journeyRuns.contactId} AND ${exposures.experiment} = ${experiment}`;
  const [rows] = (await db.execute(sql`
    SELECT ${arm} AS arm,
           COUNT(DISTINCT ${journeyRuns.contactId}) AS people,
           SUM(${journeyRuns.state} = 'running') AS running,
           SUM(${journeyRuns.mailsSent}) AS mails,
           COUNT(DISTINCT IF(${journeyRuns.goalAt} IS NULL, NULL, ${journeyRuns.contactId})) AS goals
      FROM ${journeyRuns} ${joined}
     WHERE ${journeyRuns.journey} = ${journey}
     GROUP BY arm
     ORDER BY arm`)) as unknown as readonly [readonly Record<keyof ArmCounts, unknown>[]];
  return rows.map((row) => ({
    arm: String(row.arm),
    people: Number(row.people),
    running: Number(row.running),
    mails: Number(row.mails),
    goals: Number(row.goals),
  }));
}
