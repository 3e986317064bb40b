import { date, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { document, moment, reference, serial, word } from './columns.ts';

/** What happened on a local day, as it was counted once. Never changed: reports of old days are made of it. */
export const marketingDays = mysqlTable(
  'marketing_days',
  {
    id: serial('id'),
    /** IANA zone in which the day is meant. */
    timezone: word('timezone', { length: 64 }).notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    /** JSON of DayFigures. */
    figures: document('figures').notNull(),
    /** SHA-256 over zone, day and figures. */
    hash: word('hash', { length: 64 }).notNull(),
    recordedAt: moment('recorded_at').notNull(),
  },
  (t) => [uniqueIndex('marketing_days_day').on(t.timezone, t.day)],
);

/** The figures of a campaign review, as they were counted once. Never changed. */
export const campaignReviews = mysqlTable(
  'campaign_reviews',
  {
    id: serial('id'),
    /** IANA zone of its days. */
    timezone: word('timezone', { length: 64 }).notNull(),
    /** Of the seven that it is about. */
    lastDay: date('last_day', { mode: 'string' }).notNull(),
    /** JSON of ReviewFigures. */
    figures: document('figures').notNull(),
    /** SHA-256 over zone, day and figures. */
    hash: word('hash', { length: 64 }).notNull(),
    /** Its page (db/artefacts.ts). */
    artefactId: reference('artefact_id'),
    recordedAt: moment('recorded_at').notNull(),
  },
  (t) => [uniqueIndex('campaign_reviews_week').on(t.timezone, t.lastDay)],
);
