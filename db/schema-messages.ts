import { index, int, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { MESSAGE_KINDS, MESSAGE_STATES } from '../domain/sending/message.ts';
import { MAIL_SCOPES } from '../domain/sending/scopes.ts';
import { document, email, human, moment, oneOf, reference, serial, word } from './columns.ts';

/**
 * The sending ledger: write-ahead rows of every mail. The row is there before the call and says what became of it; a mail
 * that must not go out has a row, too, with the reason.
 */
export const messages = mysqlTable(
  'messages',
  {
    id: serial('id'),
    /** What, to whom, which step or period: the same mail is never made twice. */
    messageKey: word('message_key', { length: 200 }).notNull(),
    /** UUIDv5 of the key: Brevo's idempotency key, tag and custom header. */
    uuid: word('uuid', { length: 36 }).notNull(),
    kind: oneOf('kind', MESSAGE_KINDS).notNull(),
    scope: oneOf('scope', MAIL_SCOPES).notNull(),
    contactId: reference('contact_id'),
    /** Where it goes; blank once the person is erased. */
    email: email('email').notNull(),
    template: word('template', { length: 100 }).notNull(),
    /** Hash of the template's files, or `brevo:<number>`. */
    templateVersion: word('template_version', { length: 64 }).notNull(),
    /** Variables of the template, JSON; with the template's version the mail can be made again, letter for letter. */
    params: document('params').notNull(),
    journeyRunId: reference('journey_run_id'),
    /** Of many mails that are sent together, like a page of a campaign. */
    batch: word('batch', { length: 100 }),
    /** What is attached: JSON array of MailFile; NULL: nothing. */
    files: document('files'),
    state: oneOf('state', MESSAGE_STATES).notNull(),
    /** Why it is withheld or rejected, or the last trouble. */
    reason: word('reason', { length: 100 }),
    /** When the step was due. */
    dueAt: moment('due_at').notNull(),
    preparedAt: moment('prepared_at').notNull(),
    /** The first call; the provider's key lives from here. */
    firstTriedAt: moment('first_tried_at'),
    triedAt: moment('tried_at'),
    attempts: int('attempts', { unsigned: true }).notNull().default(0),
    acceptedAt: moment('accepted_at'),
    settledAt: moment('settled_at'),
    brevoMessageId: human('brevo_message_id', { length: 255 }),
    /** What webhooks told, only ever forward; each with its first time. */
    deliveredAt: moment('delivered_at'),
    openedAt: moment('opened_at'),
    clickedAt: moment('clicked_at'),
    bouncedAt: moment('bounced_at'),
    complainedAt: moment('complained_at'),
    unsubscribedAt: moment('unsubscribed_at'),
  },
  (t) => [
    uniqueIndex('messages_key').on(t.messageKey),
    uniqueIndex('messages_uuid').on(t.uuid),
    index('messages_state').on(t.state, t.id),
    index('messages_contact').on(t.contactId, t.acceptedAt),
    index('messages_brevo').on(t.brevoMessageId),
    index('messages_run').on(t.journeyRunId),
    index('messages_batch').on(t.batch, t.state, t.dueAt),
    index('messages_accepted').on(t.acceptedAt, t.kind),
  ],
);

/** Alerts to people at work (a sales channel, an owner): each once by its key. */
export const notifications = mysqlTable(
  'notifications',
  {
    id: serial('id'),
    notificationKey: word('notification_key', { length: 200 }).notNull(),
    channel: word('channel', { length: 64 }).notNull(),
    contactId: reference('contact_id'),
    state: oneOf('state', ['prepared', 'sent', 'failed'] as const).notNull(),
    attempts: int('attempts', { unsigned: true }).notNull().default(0),
    reason: word('reason', { length: 100 }),
    preparedAt: moment('prepared_at').notNull(),
    settledAt: moment('settled_at'),
  },
  (t) => [
    uniqueIndex('notifications_key').on(t.notificationKey),
    index('notifications_state').on(t.state, t.id),
  ],
);
