import { type SQL, sql } from 'drizzle-orm';
import {
  activityWindow,
  HIGHEST_SCORE,
  HOT_FROM,
  HOURS_TO_NOTHING,
  POINTS,
  WARM_FROM,
} from '../domain/lead-score.ts';
import type { MessageKind } from '../domain/sending/message.ts';
import { engagements, events } from './schema-events.ts';
import { leadScores } from './schema-leads.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

/** Mails whose opens and clicks count. The others go to colleagues, or are no offer. */
const COUNTED_KINDS = ['journey', 'campaign', 'reminder'] as const satisfies readonly MessageKind[];

const REPLIES = ['email.replied'];
const PAGE_VIEWS = ['visitor.page_viewed'];
const SALES_PAGE = ['visitor.sales_page_visited', 'visitor.sales_page_visit'];
/** A day; more is a clock that runs wrong. */
const LONGEST_VISIT_S = 86_400;

/** Contacts of a page by number: from after `after` up to and with `through`. */
export interface ContactRange {
  readonly after: number;
  readonly through: number;
}

/**
 * The leads of a page with their new scores, as of an hour: who has a score, and who was active in the 24 hours before.
 * Says the formula of domain/lead-score.ts in SQL; whole numbers, DIV cuts off.
 *
 * Columns: contact_id, old, points, score, opens, clicks, replies, page_views, minutes, sales_page_visits, crossings
 * (before this hour).
 */
export function scoredLeads({
  range,
  hour,
  fadeHours,
}: {
  readonly range: ContactRange;
  readonly hour: Date;
  /** Above 0: nothing that was done in these hours counts. */
  readonly fadeHours: number;
}): SQL {
  const sources = fadeHours > 0 ? [known(range)] : [known(range), mails(range, hour), visits(range, hour)];
  const old = sql`COALESCE(s.score, 0)`;
  const score = fadeHours > 0 ? faded(sql`q.old`, fadeHours) : next(sql`q.old`, sql`q.points`);
  return sql`
    SELECT q.*, ${score} AS score
    FROM (
      SELECT a.*, ${old} AS old, COALESCE(s.crossings, 0) AS crossings,
             ${capped('open', sql`a.opens`)} + ${capped('click', sql`a.clicks`)} + ${capped('reply', sql`a.replies`)}
             + ${capped('pageView', sql`a.page_views`)} + ${capped('minute', sql`a.minutes`)}
             + ${capped('salesPage', sql`a.sales_page_visits`)} AS points
      FROM (
        SELECT u.contact_id, SUM(u.opens) AS opens, SUM(u.clicks) AS clicks, SUM(u.replies) AS replies,
               SUM(u.page_views) AS page_views, SUM(u.millis) DIV 60000 AS minutes,
               SUM(u.sales_page_visits) AS sales_page_visits
        FROM (${sql.join(sources, sql` UNION ALL `)}) u
        GROUP BY u.contact_id
      ) a
      JOIN ${contacts} c ON c.id = a.contact_id AND c.erased_at IS NULL
      LEFT JOIN ${leadScores} s ON s.contact_id = a.contact_id
    ) q`;
}

/** Whether the change of a score is one that is told (`crossingOf`). */
export function isCrossing({ old, score }: { readonly old: SQL; readonly score: SQL }): SQL {
  return sql`(${becomesHot({ old, score })} OR ${becomesCold({ old, score })})`;
}

export function becomesHot({ old, score }: { readonly old: SQL; readonly score: SQL }): SQL {
  return sql`(${score} >= ${HOT_FROM} AND ${old} < ${HOT_FROM})`;
}

export function becomesCold({ old, score }: { readonly old: SQL; readonly score: SQL }): SQL {
  return sql`(${score} < ${WARM_FROM} AND ${old} >= ${WARM_FROM})`;
}

export function inRange(column: SQL, { after, through }: ContactRange): SQL {
  return sql`${column} > ${after} AND ${column} <= ${through}`;
}

/** Who has a score that can fall, or activity that has passed. */
function known(range: ContactRange): SQL {
  return sql`
    SELECT k.contact_id, 0 AS opens, 0 AS clicks, 0 AS replies, 0 AS page_views, 0 AS millis, 0 AS sales_page_visits
    FROM ${leadScores} k
    WHERE ${inRange(sql`k.contact_id`, range)} AND (k.score > 0 OR k.points > 0)`;
}

/** By the person's index: a span of people, whatever else the table holds of others and of other days. */
function mails(range: ContactRange, hour: Date): SQL {
  const { from, to } = activityWindow(hour);
  return sql`
    SELECT e.contact_id, SUM(e.event = 'opened'), SUM(e.event = 'clicked'), 0, 0, 0, 0
    FROM ${engagements} e FORCE INDEX (engagements_contact)
    LEFT JOIN ${messages} m ON m.id = e.message_id
    WHERE ${inRange(sql`e.contact_id`, range)} AND e.event IN ('opened', 'clicked')
      AND e.occurred_at >= ${from} AND e.occurred_at < ${to}
      AND (m.id IS NULL OR m.kind IN ${COUNTED_KINDS})
    GROUP BY e.contact_id`;
}

function visits(range: ContactRange, hour: Date): SQL {
  const { from, to } = activityWindow(hour);
  return sql`
    SELECT v.contact_id, 0, 0, SUM(v.type IN ${REPLIES}), SUM(v.type IN ${PAGE_VIEWS}), SUM(${millis}),
           SUM(v.type IN ${SALES_PAGE})
    FROM ${events} v FORCE INDEX (events_contact)
    WHERE ${inRange(sql`v.contact_id`, range)} AND v.type IN ${[...REPLIES, ...PAGE_VIEWS, ...SALES_PAGE]}
      AND v.occurred_at >= ${from} AND v.occurred_at < ${to}
    GROUP BY v.contact_id`;
}

/** Whole milliseconds, because tenths of seconds do not add up exactly. What is no number counts nothing. */
const duration = sql`JSON_EXTRACT(v.data, '$.duration')`;
const millis = sql`
  IF(JSON_TYPE(${duration}) IN ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER'),
     ROUND(1000 * LEAST(${LONGEST_VISIT_S}, GREATEST(0, CAST(${duration} AS DECIMAL(20, 3))))), 0)`;

function capped(interest: keyof typeof POINTS, count: SQL): SQL {
  const { each, most } = POINTS[interest];
  return sql`LEAST(${most}, ${each} * ${count})`;
}

function next(old: SQL, points: SQL): SQL {
  return sql`LEAST(${HIGHEST_SCORE}, GREATEST(0, (7 * ${old} + 3 * ${points}) DIV 10))`;
}

function faded(old: SQL, hours: number): SQL {
  if (hours >= HOURS_TO_NOTHING) return sql`0`;
  let score = old;
  for (let hour = 0; hour < hours; hour += 1) score = sql`((7 * ${score}) DIV 10)`;
  return score;
}
