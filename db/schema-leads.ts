import { index, int, mysqlTable, primaryKey, tinyint, uniqueIndex } from 'drizzle-orm/mysql-core';
import { DIRECTIONS } from '../domain/lead-score.ts';
import { moment, oneOf, reference, serial, word } from './columns.ts';

const count = (name: string) => int(name, { unsigned: true }).notNull().default(0);
const small = (name: string) => tinyint(name, { unsigned: true }).notNull();

/** Scores of leads, as of the last hour at which they had one or were active. Who has no row has the score 0. */
export const leadScores = mysqlTable('lead_scores', {
  contactId: reference('contact_id').notNull().primaryKey(),
  score: small('score'),
  /** The score before `scored_at`. */
  previous: small('previous'),
  /** Of the activity below. */
  points: small('points'),
  /** In the 24 hours before `scored_at`. */
  opens: count('opens'),
  clicks: count('clicks'),
  replies: count('replies'),
  pageViews: count('page_views'),
  minutes: count('minutes'),
  salesPageVisits: count('sales_page_visits'),
  /** How many times the person has become hot or cold so far. */
  crossings: count('crossings'),
  scoredAt: moment('scored_at').notNull(),
});

/** One row for each change of a score; older ones are pruned (LEAD_HISTORY_DAYS). */
export const leadScoreHistory = mysqlTable(
  'lead_score_history',
  {
    /** The hour of the change, in front: rows are written and pruned hour by hour. */
    scoredAt: moment('scored_at').notNull(),
    contactId: reference('contact_id').notNull(),
    score: small('score'),
    points: small('points'),
  },
  (t) => [
    primaryKey({ columns: [t.scoredAt, t.contactId] }),
    index('lead_score_history_contact').on(t.contactId, t.scoredAt),
  ],
);

/**
 * How far telling somebody has come. `calling`: a call was made or is under way and its outcome is not noted; `told`: taken
 * by the channel, or written into the ledger of mails; `unconfirmed`: nobody can tell whether the channel took it, and it is
 * not told again; `refused`: for good; `dropped`: not to be told, `reason` says why; `none`: nobody is told of these.
 */
export const NOTICE_STATES = [
  'none',
  'open',
  'calling',
  'told',
  'unconfirmed',
  'refused',
  'dropped',
] as const;

/** Every time that somebody became hot or cold, and whom sales was told of it. */
export const leadCrossings = mysqlTable(
  'lead_crossings',
  {
    id: serial('id'),
    contactId: reference('contact_id').notNull(),
    /** The person's first is 1. */
    number: int('number', { unsigned: true }).notNull(),
    direction: oneOf('direction', DIRECTIONS).notNull(),
    /** The hour, logical time. */
    crossedAt: moment('crossed_at').notNull(),
    score: small('score'),
    previous: small('previous'),
    channelState: oneOf('channel_state', NOTICE_STATES).notNull(),
    channelReason: word('channel_reason', { length: 64 }),
    channelTriedAt: moment('channel_tried_at'),
    mailState: oneOf('mail_state', NOTICE_STATES).notNull(),
    mailReason: word('mail_reason', { length: 64 }),
    toldAt: moment('told_at'),
  },
  (t) => [
    uniqueIndex('lead_crossings_number').on(t.contactId, t.number),
    index('lead_crossings_channel').on(t.channelState, t.id),
    index('lead_crossings_mail').on(t.mailState, t.id),
    index('lead_crossings_time').on(t.crossedAt, t.direction),
  ],
);

/**
 * How far scoring has come: one row, which every page locks, so that two runs share the work and never do it twice.
 */
export const leadScoring = mysqlTable('lead_scoring', {
  id: small('id').primaryKey(),
  /** The hour that was begun last; NULL: none yet. */
  hour: moment('hour'),
  state: oneOf('state', ['running', 'done'] as const)
    .notNull()
    .default('done'),
  /** Scores fade through so many hours that end with `hour`; 0: the hour is scored. */
  fadeHours: count('fade_hours'),
  /** Contacts up to this one have been worked. */
  afterContact: reference('after_contact').notNull().default(0),
  scored: count('scored'),
  changed: count('changed'),
  becameHot: count('became_hot'),
  becameCold: count('became_cold'),
  startedAt: moment('started_at'),
});

/** Hours that are done; pruned with the history. */
export const leadScoreHours = mysqlTable('lead_score_hours', {
  hour: moment('hour').notNull().primaryKey(),
  fadeHours: count('fade_hours'),
  scored: count('scored'),
  changed: count('changed'),
  becameHot: count('became_hot'),
  becameCold: count('became_cold'),
  startedAt: moment('started_at').notNull(),
  finishedAt: moment('finished_at').notNull(),
});
