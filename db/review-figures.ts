import { type SQL, sql } from 'drizzle-orm';
import type { FunnelType } from '../domain/funnels.ts';
import { MAIL_HAPPENINGS } from '../domain/marketing/figures.ts';
import type { ExperimentFigures, MailCounts, MailFigures } from '../domain/marketing/review-figures.ts';
import { HAPPENED_AT } from './marketing-figures.ts';
import type { Executor } from './pool.ts';
import { funnelEntries } from './schema.ts';
import { exposures, journeyRuns } from './schema-journeys.ts';
import { messages } from './schema-messages.ts';

/** The first instant belongs to it, the last does not. */
interface Period {
  readonly from: Date;
  readonly to: Date;
}

export interface GoalCounts<Flow extends string = string> {
  readonly flow: Flow;
  readonly entered: number;
  readonly converted: number;
  readonly goals: number;
}

/** People who entered each funnel in the period; of them those who bought before its end; and all who bought in it. */
export async function countFunnelGoals(
  db: Executor,
  { from, to }: Period,
): Promise<readonly GoalCounts<FunnelType>[]> {
  const { funnelType, enteredAt, certificatePurchasedAt: boughtAt } = funnelEntries;
  const entered = sql`${enteredAt} >= ${from} AND ${enteredAt} < ${to}`;
  const bought = sql`${boughtAt} >= ${from} AND ${boughtAt} < ${to}`;
  return goalCounts(
    await query(
      db,
      sql`SELECT ${funnelType} AS flow, SUM(${entered}) AS entered,
                 SUM(${entered} AND COALESCE(${boughtAt} < ${to}, FALSE)) AS converted,
                 SUM(COALESCE(${bought}, FALSE)) AS goals
            FROM ${funnelEntries} WHERE (${entered}) OR (${bought}) GROUP BY 1`,
    ),
  ) as readonly GoalCounts<FunnelType>[];
}

/** The same of journeys; somebody who enters one several times counts once. */
export async function countJourneyGoals(db: Executor, { from, to }: Period): Promise<readonly GoalCounts[]> {
  const { journey, contactId, startedAt, goalAt } = journeyRuns;
  const entered = sql`${startedAt} >= ${from} AND ${startedAt} < ${to}`;
  const reached = sql`${goalAt} >= ${from} AND ${goalAt} < ${to}`;
  const people = (condition: SQL) => sql`COUNT(DISTINCT IF(${condition}, ${contactId}, NULL))`;
  return goalCounts(
    await query(
      db,
      sql`SELECT ${journey} AS flow, ${people(entered)} AS entered,
                 ${people(sql`${entered} AND ${goalAt} < ${to}`)} AS converted, ${people(reached)} AS goals
            FROM ${journeyRuns} WHERE (${entered}) OR (${reached}) GROUP BY 1`,
    ),
  );
}

/** The campaign of a message key `campaign/<campaign>/…`. */
const CAMPAIGN = sql`SUBSTRING_INDEX(SUBSTRING_INDEX(${messages.messageKey}, '/', 2), '/', -1)`;

/** Mails that were written down for each campaign in the period, also those that were withheld. */
export async function countCampaignAudiences(
  db: Executor,
  { from, to }: Period,
): Promise<ReadonlyMap<string, number>> {
  const rows = await query<{ flow: string; entered: number }>(
    db,
    sql`SELECT ${CAMPAIGN} AS flow, COUNT(*) AS entered FROM ${messages}
         WHERE ${messages.kind} = 'campaign' AND ${messages.preparedAt} >= ${from} AND ${messages.preparedAt} < ${to}
           AND COALESCE(${messages.reason}, '') <> 'resent'
         GROUP BY 1`,
  );
  return new Map(rows.map(({ flow, entered }) => [flow, entered]));
}

/** Mails of journeys and campaigns that were sent in the period, and of these what was known by its end. */
export async function countSentMails(db: Executor, period: Period): Promise<readonly MailFigures[]> {
  const journeys = await sentMails(db, {
    period,
    kind: 'journey',
    flow: sql`${journeyRuns.journey}`,
    join: sql`JOIN ${journeyRuns} ON ${journeyRuns.id} = ${messages.journeyRunId}`,
  });
  const campaigns = await sentMails(db, { period, kind: 'campaign', flow: CAMPAIGN, join: sql`` });
  return [...journeys, ...campaigns];
}

async function sentMails(
  db: Executor,
  {
    period: { from, to },
    kind,
    flow,
    join,
  }: {
    readonly period: Period;
    readonly kind: 'journey' | 'campaign';
    readonly flow: SQL;
    readonly join: SQL;
  },
): Promise<readonly MailFigures[]> {
  const counts = MAIL_HAPPENINGS.map(
    (name) => sql`SUM(COALESCE(${HAPPENED_AT[name]} < ${to}, FALSE)) AS ${sql.raw(name)}`,
  );
  const rows = await query<Record<string, unknown>>(
    db,
    sql`SELECT ${flow} AS flow, ${messages.template} AS template, ${sql.join(counts, sql`, `)}
          FROM ${messages} ${join}
         WHERE ${messages.kind} = ${kind} AND ${messages.acceptedAt} >= ${from} AND ${messages.acceptedAt} < ${to}
         GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return rows.map((row) => ({
    kind,
    flow: String(row.flow),
    template: String(row.template),
    counts: Object.fromEntries(MAIL_HAPPENINGS.map((name) => [name, Number(row[name])])) as MailCounts,
  }));
}

/**
 * Arms of the experiments that anybody came into in the period, each with its people from the beginning to the end of the
 * period. As in `countArms`, people count once, by the arm that they have.
 */
export async function countExperiments(
  db: Executor,
  { from, to }: Period,
): Promise<readonly ExperimentFigures[]> {
  const rows = await query<{
    journey: string;
    experiment: string;
    arm: string;
    people: number;
    goals: number;
  }>(
    db,
    sql`SELECT lately.journey, lately.experiment, x.arm, COUNT(DISTINCT r.contact_id) AS people,
               COUNT(DISTINCT IF(r.goal_at < ${to}, r.contact_id, NULL)) AS goals
          FROM (SELECT DISTINCT run.journey, shown.experiment
                  FROM ${exposures} shown JOIN ${journeyRuns} run ON run.id = shown.journey_run_id
                 WHERE shown.exposed_at >= ${from} AND shown.exposed_at < ${to}) lately
          JOIN ${exposures} x ON x.experiment = lately.experiment AND x.exposed_at < ${to}
          JOIN ${journeyRuns} r ON r.contact_id = x.contact_id AND r.journey = lately.journey AND r.started_at < ${to}
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
  const experiments = Map.groupBy(rows, ({ journey, experiment }) => JSON.stringify([journey, experiment]));
  return [...experiments.values()].flatMap((arms) => {
    const [first] = arms;
    if (first === undefined) return [];
    const { journey, experiment } = first;
    return [{ journey, experiment, arms: arms.map(({ arm, people, goals }) => ({ arm, people, goals })) }];
  });
}

function goalCounts(rows: readonly Readonly<Record<string, unknown>>[]): readonly GoalCounts[] {
  return rows.map(({ flow, entered, converted, goals }) => ({
    flow: String(flow),
    entered: Number(entered),
    converted: Number(converted),
    goals: Number(goals),
  }));
}

async function query<Row extends object = Readonly<Record<string, unknown>>>(
  db: Executor,
  text: SQL,
): Promise<readonly Row[]> {
  const [rows] = await db.execute(text);
  return rows as unknown as readonly Row[];
}
