import { index, mysqlTable, uniqueIndex } from 'drizzle-orm/mysql-core';
import { CONSENTS, SUPPRESSION_REASONS } from '../domain/people.ts';
import { MAIL_SCOPES } from '../domain/sending/scopes.ts';
import { document, email, human, moment, oneOf, reference, serial, word } from './columns.ts';

/** People that events, journeys and mail are about. Everything else refers to them by `id`, which is no personal datum. */
export const contacts = mysqlTable(
  'contacts',
  {
    id: serial('id'),
    /** Canonical; `erased:<id>` once the person has been erased, which no address can be. */
    email: email('email').notNull(),
    firstName: human('first_name', { length: 200 }),
    name: human('name', { length: 200 }),
    /** IANA; NULL: that of CONTACT_TIMEZONE. */
    timezone: word('timezone', { length: 64 }),
    /** What else is known: one JSON object of texts, numbers and booleans. */
    fields: document('fields').notNull(),
    consent: oneOf('consent', CONSENTS).notNull().default('unknown'),
    consentAt: moment('consent_at'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    erasedAt: moment('erased_at'),
  },
  (t) => [uniqueIndex('contacts_email').on(t.email)],
);

/** Names under which websites know a person, like `lead.42`. */
export const contactResources = mysqlTable(
  'contact_resources',
  {
    id: serial('id'),
    resource: word('resource', { length: 255 }).notNull(),
    contactId: reference('contact_id').notNull(),
  },
  (t) => [
    uniqueIndex('contact_resources_resource').on(t.resource),
    index('contact_resources_contact').on(t.contactId),
  ],
);

/**
 * Who must not be mailed, and why. Kept by a keyed hash of the canonical address, so that it outlives the person's erasure
 * and applies to whoever comes back by whatever way.
 */
export const suppressions = mysqlTable(
  'suppressions',
  {
    id: serial('id'),
    /** HMAC-SHA-256 of the canonical address, hex (domain of SLUICE_SECRET). */
    addressHash: word('address_hash', { length: 64 }).notNull(),
    scope: oneOf('scope', MAIL_SCOPES).notNull(),
    reason: oneOf('reason', SUPPRESSION_REASONS).notNull(),
    /** Who said so: `webhook`, `link`, `operator`, `erasure`. */
    source: word('source', { length: 32 }).notNull(),
    since: moment('since').notNull(),
    /** When it was taken back: by fresh consent or by an operator. NULL: in force. */
    endedAt: moment('ended_at'),
  },
  (t) => [uniqueIndex('suppressions_address').on(t.addressHash, t.scope, t.reason)],
);

/**
 * Who was erased, and how far it has come: written before anything is deleted, so that an erasure that broke off is seen
 * and completed. Like a suppression it keeps no address.
 */
export const erasures = mysqlTable(
  'erasures',
  {
    id: serial('id'),
    /** As in `suppressions`. */
    addressHash: word('address_hash', { length: 64 }).notNull(),
    requestedAt: moment('requested_at').notNull(),
    /** When Brevo last confirmed that it has no such contact. */
    brevoDeletedAt: moment('brevo_deleted_at'),
    /** When everything was done; NULL while something is left to do. */
    completedAt: moment('completed_at'),
  },
  (t) => [uniqueIndex('erasures_address').on(t.addressHash)],
);
