import { index, int, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { CAMPAIGN_STARTERS, CAMPAIGN_STATES } from '../domain/campaigns/run.ts';
import { document, moment, oneOf, reference, serial, word } from './columns.ts';

/** Every version of a campaign that was ever run; a run keeps the one that it began with. */
export const campaignDefinitions = mysqlTable(
  'campaign_definitions',
  {
    id: serial('id'),
    campaign: word('campaign', { length: 100 }).notNull(),
    /** SHA-256 of the definition's canonical JSON. */
    hash: word('hash', { length: 64 }).notNull(),
    definition: document('definition').notNull(),
    firstUsedAt: moment('first_used_at').notNull(),
  },
  (t) => [uniqueIndex('campaign_definitions_hash').on(t.campaign, t.hash)],
);

/** One sending of a campaign. Its mails are rows of `messages` whose batch begins with `campaign/<id>/`. */
export const campaignRuns = mysqlTable(
  'campaign_runs',
  {
    id: serial('id'),
    /** `<campaign>/<name>`: the same event, slot or name is one run. */
    runKey: word('run_key', { length: 200 }).notNull(),
    /** `event/<campaign>` while a run that an event started is under way, so that a second event joins it; else `run/<run_key>`. */
    exclusiveKey: word('exclusive_key', { length: 210 }).notNull(),
    campaign: word('campaign', { length: 100 }).notNull(),
    /** `event-<row>`, a schedule's slot, or what a person chose. */
    name: word('name', { length: 64 }).notNull(),
    startedBy: oneOf('started_by', CAMPAIGN_STARTERS).notNull(),
    workflowId: word('workflow_id', { length: 255 }).notNull(),
    definitionHash: word('definition_hash', { length: 64 }).notNull(),
    /** Logical time: its mails are due from here. */
    asOf: moment('as_of').notNull(),
    /** Contacts with a higher number came later and are not part of it. */
    lastContactId: reference('last_contact_id').notNull(),
    /** When whose mails are due: JSON array of Wave, the earliest first. */
    waves: document('waves').notNull(),
    state: oneOf('state', CAMPAIGN_STATES).notNull(),
    /** Why it is paused or cancelled: `operator`, or a code. */
    reason: word('reason', { length: 100 }),
    startedAt: moment('started_at').notNull(),
    /** From here all of its mails are written down. */
    frozenAt: moment('frozen_at'),
    endedAt: moment('ended_at'),
  },
  (t) => [
    uniqueIndex('campaign_runs_key').on(t.runKey),
    uniqueIndex('campaign_runs_exclusive').on(t.exclusiveKey),
    index('campaign_runs_campaign').on(t.campaign, t.id),
  ],
);

/** Some hundred mails of a run that are worked on together. The row is written after its mails are. */
export const campaignPages = mysqlTable(
  'campaign_pages',
  {
    id: serial('id'),
    runId: reference('run_id').notNull(),
    /** From 1, in the order in which they are due. */
    page: int('page', { unsigned: true }).notNull(),
    /** Which of the run's waves, from 0, and how far in it: the next page begins behind this contact. */
    wave: int('wave', { unsigned: true }).notNull(),
    lastContactId: reference('last_contact_id').notNull(),
    dueAt: moment('due_at').notNull(),
    people: int('people', { unsigned: true }).notNull(),
    /** Those of them that were not left out from the start. */
    mails: int('mails', { unsigned: true }).notNull(),
    /** When it is to be looked at next; NULL: nothing is open any more. */
    nextAt: moment('next_at'),
    /** As of the last look. */
    accepted: int('accepted', { unsigned: true }).notNull().default(0),
    rejected: int('rejected', { unsigned: true }).notNull().default(0),
    withheld: int('withheld', { unsigned: true }).notNull().default(0),
    uncertain: int('uncertain', { unsigned: true }).notNull().default(0),
  },
  (t) => [
    uniqueIndex('campaign_pages_page').on(t.runId, t.page),
    index('campaign_pages_next').on(t.runId, t.nextAt),
  ],
);
