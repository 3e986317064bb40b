import { index, int, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { document, moment, oneOf, reference, serial, word } from './columns.ts';

export const EVENT_STATES = ['accepted', 'dispatched'] as const;

/** The inbox: what the website, Brevo or a flow of ours said happened. Each once, by its id. */
export const events = mysqlTable(
  'events',
  {
    id: serial('id'),
    eventId: word('event_id', { length: 255 }).notNull(),
    /** SHA-256 of the event as it was read; the same id with another one is a conflict. */
    bodyHash: word('body_hash', { length: 64 }).notNull(),
    type: word('type', { length: 100 }).notNull(),
    resource: word('resource', { length: 255 }).notNull(),
    contactId: reference('contact_id'),
    /** When it happened, as the sender says. */
    occurredAt: moment('occurred_at').notNull(),
    receivedAt: moment('received_at').notNull(),
    /** JSON object. `{}` once the person is erased. */
    data: document('data').notNull(),
    /** `accepted`: durable; `dispatched`: everything that it starts has been started. */
    state: oneOf('state', EVENT_STATES).notNull().default('accepted'),
    attempts: int('attempts', { unsigned: true }).notNull().default(0),
    /** Not before then is it tried again. */
    retryAt: moment('retry_at'),
    dispatchedAt: moment('dispatched_at'),
  },
  (t) => [
    uniqueIndex('events_event_id').on(t.eventId),
    index('events_open').on(t.state, t.retryAt, t.id),
    index('events_contact').on(t.contactId, t.type, t.occurredAt),
    index('events_contact_open').on(t.contactId, t.state, t.id),
    index('events_type').on(t.type, t.id),
  ],
);

/** What an event started. One row an event and trigger. */
export const eventRuns = mysqlTable(
  'event_runs',
  {
    id: serial('id'),
    eventId: reference('event_id').notNull(),
    trigger: word('trigger_id', { length: 100 }).notNull(),
    workflowId: word('workflow_id', { length: 255 }).notNull(),
    /** `started`; `known`: a run of that id was there already; `waiting`: others of a set are still to come; or why not. */
    outcome: word('outcome', { length: 64 }).notNull(),
    at: moment('at').notNull(),
  },
  (t) => [
    uniqueIndex('event_runs_event_trigger').on(t.eventId, t.trigger),
    index('event_runs_workflow').on(t.workflowId),
  ],
);

/** What Brevo's webhooks told, each once. */
export const engagements = mysqlTable(
  'engagements',
  {
    id: serial('id'),
    /** SHA-256 over what makes a webhook body the same event. */
    engagementKey: word('engagement_key', { length: 64 }).notNull(),
    /** Our word for it: accepted, deferred, delivered, opened, clicked, soft_bounced, hard_bounced, blocked, … */
    event: word('event', { length: 32 }).notNull(),
    messageId: reference('message_id'),
    contactId: reference('contact_id'),
    occurredAt: moment('occurred_at').notNull(),
    receivedAt: moment('received_at').notNull(),
    /** Brevo's template or campaign number, where it gives one. */
    campaignId: reference('campaign_id'),
    /** Of a click; without its query, which may hold personal data. */
    link: document('link'),
  },
  (t) => [
    uniqueIndex('engagements_key').on(t.engagementKey),
    index('engagements_contact').on(t.contactId, t.event, t.occurredAt),
    index('engagements_message').on(t.messageId),
    index('engagements_time').on(t.occurredAt, t.event),
  ],
);
