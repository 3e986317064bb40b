import { type SQL, sql } from 'drizzle-orm';
import type { MySqlColumn } from 'drizzle-orm/mysql-core';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { type Segment, segmentOf } from '../domain/journeys/segment.ts';
import {
  type DayFigures,
  MAIL_HAPPENINGS,
  type MailHappening,
  type MarketingDay,
} from '../domain/marketing/figures.ts';
import { boundsOf, type DayRange, daysOf } from '../domain/report-days.ts';
import { countDays } from './conversions.ts';
import { periodOffsets } from './day-offsets.ts';
import type { Executor } from './pool.ts';
import { events } from './schema-events.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

interface Days {
  readonly days: DayRange;
  /** IANA. */
  readonly timezone: string;
}

/** When each of the mails' happenings was; of those that can be repeated the first time. */
export const HAPPENED_AT: Readonly<Record<MailHappening, MySqlColumn>> = {
  sent: messages.acceptedAt,
  delivered: messages.deliveredAt,
  opened: messages.openedAt,
  clicked: messages.clickedAt,
  bounced: messages.bouncedAt,
  unsubscribed: messages.unsubscribedAt,
};

/** What our tables say now of every day of the range. The first instant of a day belongs to it, that of the next does not. */
export async function countMarketingDays(db: Executor, input: Days): Promise<readonly MarketingDay[]> {
  const bounds = boundsOf(input.days, input.timezone);
  const [funnels, leads, optIns, assessments, mails] = await Promise.all([
    countDays(db, input),
    countLeads(db, bounds),
    countOptIns(db, bounds),
    countAssessments(db, bounds),
    countMails(db, bounds),
  ]);
  return daysOf(input.days).map((day, place) => {
    const rows = funnels.filter((row) => row.day === day);
    const sum = (field: 'totalEntries' | 'totalPurchased') => rows.reduce((all, row) => all + row[field], 0);
    const figures: DayFigures = {
      leads: leads.get(place) ?? 0,
      optIns: optIns.get(place) ?? 0,
      assessments: assessments[place] ?? NO_ASSESSMENTS,
      entries: byFunnel((funnel) => rows.find((row) => row.funnel === funnel)?.entries),
      purchases: byFunnel((funnel) => rows.find((row) => row.funnel === funnel)?.purchases),
      toDate: { entries: sum('totalEntries'), purchases: sum('totalPurchased') },
      mails: mails[place] ?? NO_MAILS,
    };
    return { day, figures };
  });
}

const NO_ASSESSMENTS: DayFigures['assessments'] = { critical: 0, urgent: 0, optimize: 0, unknown: 0 };
const NO_MAILS = Object.fromEntries(MAIL_HAPPENINGS.map((name) => [name, 0])) as DayFigures['mails'];

function byFunnel(of: (funnel: FunnelType) => number | undefined): DayFigures['entries'] {
  return Object.fromEntries(FUNNEL_TYPES.map((funnel) => [funnel, of(funnel) ?? 0])) as DayFigures['entries'];
}

/** Mails to people who need not be leads: colleagues, and those who only take quizzes. */
const MAILS_TO_OTHERS = ['reminder', 'report', 'query_report', 'notification'] as const;

/** Everybody who gets a mail is a contact; whoever has only ever got a report or a reminder is no lead by that. */
async function countLeads(db: Executor, bounds: readonly Date[]): Promise<ReadonlyMap<number, number>> {
  const rows = await query<{ period: number; people: number }>(
    db,
    sql`SELECT ${periodOf(contacts.createdAt, bounds)} AS period, COUNT(*) AS people
          FROM ${contacts}
         WHERE ${isWithin(contacts.createdAt, bounds)}
           AND (EXISTS (SELECT 1 FROM ${events} WHERE ${events.contactId} = ${contacts.id})
             OR NOT EXISTS (SELECT 1 FROM ${messages}
                             WHERE ${messages.contactId} = ${contacts.id} AND ${messages.kind} IN ${MAILS_TO_OTHERS}))
         GROUP BY 1`,
  );
  return new Map(rows.map(({ period, people }) => [period, people]));
}

/** By what they said, which stays when they withdraw it later. Somebody who agrees twice a day counts once. */
async function countOptIns(db: Executor, bounds: readonly Date[]): Promise<ReadonlyMap<number, number>> {
  const rows = await query<{ period: number; people: number }>(
    db,
    sql`SELECT ${periodOf(events.occurredAt, bounds)} AS period, COUNT(DISTINCT ${events.contactId}) AS people
          FROM ${events}
         WHERE ${events.type} = 'lead.opted_in' AND ${isWithin(events.occurredAt, bounds)} GROUP BY 1`,
  );
  return new Map(rows.map(({ period, people }) => [period, people]));
}

function mark(name: 'red' | 'orange'): SQL {
  return sql`CAST(JSON_EXTRACT(${events.data}, ${`$.${name}`}) AS SIGNED)`;
}

/** Grouped by their marks, of which there are few, so that the rule of segments is asked and not told again in SQL. */
async function countAssessments(
  db: Executor,
  bounds: readonly Date[],
): Promise<readonly DayFigures['assessments'][]> {
  const rows = await query<{ period: number; red: number | null; orange: number | null; number: number }>(
    db,
    sql`SELECT ${periodOf(events.occurredAt, bounds)} AS period, ${mark('red')} AS red, ${mark('orange')} AS orange,
               COUNT(*) AS number
          FROM ${events}
         WHERE ${events.type} = 'lead.assessment_complete' AND ${isWithin(events.occurredAt, bounds)}
         GROUP BY 1, 2, 3`,
  );
  const counts = bounds.slice(1).map((): Record<Segment | 'unknown', number> => ({ ...NO_ASSESSMENTS }));
  for (const { period, red, orange, number } of rows) {
    const day = counts[period];
    if (day === undefined) continue;
    // The data of an erased person are blank.
    const segment = red === null || orange === null ? 'unknown' : segmentOf({ red, orange });
    day[segment] += number;
  }
  return counts;
}

/** One pass over the ledger for all days and happenings: few of their times have an index of their own. */
async function countMails(db: Executor, bounds: readonly Date[]): Promise<readonly DayFigures['mails'][]> {
  const sums = bounds.slice(1).flatMap((to, place) =>
    MAIL_HAPPENINGS.map((name) => {
      const at = HAPPENED_AT[name];
      return sql`SUM(${at} >= ${bounds[place]} AND ${at} < ${to}) AS ${sql.raw(`${name}_${place}`)}`;
    }),
  );
  const happened = MAIL_HAPPENINGS.map((name) => isWithin(HAPPENED_AT[name], bounds));
  const [row = {}] = await query<Record<string, string | null>>(
    db,
    sql`SELECT ${sql.join(sums, sql`, `)} FROM ${messages} WHERE ${sql.join(happened, sql` OR `)}`,
  );
  return bounds
    .slice(1)
    .map(
      (_, place) =>
        Object.fromEntries(
          MAIL_HAPPENINGS.map((name) => [name, Number(row[`${name}_${place}`] ?? 0)]),
        ) as DayFigures['mails'],
    );
}

/** The number of the period, from 0, in which a moment within the bounds lies. */
function periodOf(moment: MySqlColumn, bounds: readonly Date[]): SQL {
  const offsets = sql.raw(periodOffsets(bounds.map((bound) => bound.getTime())));
  return sql`INTERVAL(TIMESTAMPDIFF(MICROSECOND, ${bounds[0]}, ${moment}), ${offsets}) - 1`;
}

function isWithin(moment: MySqlColumn, bounds: readonly Date[]): SQL {
  return sql`(${moment} >= ${bounds[0]} AND ${moment} < ${bounds.at(-1)})`;
}

async function query<Row>(db: Executor, text: SQL): Promise<readonly Row[]> {
  const [rows] = await db.execute(text);
  return rows as unknown as readonly Row[];
}
