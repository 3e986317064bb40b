import { index, int, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { JOURNEY_STATES } from '../domain/journeys/run.ts';
import { document, moment, oneOf, reference, serial, word } from './columns.ts';

/** Every version of a journey that anybody entered; a run keeps the one that it began with. */
export const journeyDefinitions = mysqlTable(
  'journey_definitions',
  {
    id: serial('id'),
    journey: word('journey', { length: 100 }).notNull(),
    /** SHA-256 of the definition's canonical JSON. */
    hash: word('hash', { length: 64 }).notNull(),
    definition: document('definition').notNull(),
    firstUsedAt: moment('first_used_at').notNull(),
  },
  (t) => [uniqueIndex('journey_definitions_hash').on(t.journey, t.hash)],
);

/** One person's way through one journey. */
export const journeyRuns = mysqlTable(
  'journey_runs',
  {
    id: serial('id'),
    /** `journey/<journey>/<contact>/<anchor>`. */
    workflowId: word('workflow_id', { length: 255 }).notNull(),
    journey: word('journey', { length: 100 }).notNull(),
    definitionHash: word('definition_hash', { length: 64 }).notNull(),
    contactId: reference('contact_id').notNull(),
    /** The event that it began with. */
    eventId: reference('event_id'),
    anchorAt: moment('anchor_at').notNull(),
    state: oneOf('state', JOURNEY_STATES).notNull(),
    /** Why it ended: an event type, `completed`, `operator`, a code. */
    reason: word('reason', { length: 100 }),
    /** Where it is: the id of a step, and when that is due. */
    step: word('step', { length: 100 }),
    dueAt: moment('due_at'),
    mailsSent: int('mails_sent', { unsigned: true }).notNull().default(0),
    startedAt: moment('started_at').notNull(),
    endedAt: moment('ended_at'),
    /** First time that the journey's goal was reached by this person after entering. */
    goalAt: moment('goal_at'),
  },
  (t) => [
    uniqueIndex('journey_runs_workflow').on(t.workflowId),
    index('journey_runs_contact').on(t.contactId, t.state),
    index('journey_runs_journey').on(t.journey, t.state, t.startedAt),
  ],
);

/** Which arm of a split a person has; once drawn it stays. */
export const exposures = mysqlTable(
  'exposures',
  {
    id: serial('id'),
    experiment: word('experiment', { length: 100 }).notNull(),
    contactId: reference('contact_id').notNull(),
    arm: word('arm', { length: 64 }).notNull(),
    journeyRunId: reference('journey_run_id'),
    exposedAt: moment('exposed_at').notNull(),
  },
  (t) => [
    uniqueIndex('exposures_person').on(t.experiment, t.contactId),
    index('exposures_arm').on(t.experiment, t.arm),
  ],
);
