import { sql } from 'drizzle-orm';
import {
  bigint,
  date,
  index,
  int,
  mysqlTable,
  primaryKey,
  tinyint,
  uniqueIndex,
} from 'drizzle-orm/mysql-core';
import { FUNNEL_TYPES } from '../domain/funnels.ts';
import { REJECTION_REASONS } from '../domain/intake.ts';
import { document, email, human, moment, oneOf, reference, serial, sourceId, word } from './columns.ts';

/** Tables of the funnels and the schedules. Those of people, events, mail and journeys are in the schema-… files beside. */

/** What the quarantine keeps of the site's text, in characters. */
export const RAW_EMAIL_LENGTH = 400;

export const ENTRY_STATES = ['pending', 'in_brevo', 'rejected'] as const;

/** One row a person and funnel, for ever. */
export const funnelEntries = mysqlTable(
  'funnel_entries',
  {
    id: serial('id'),
    email: email('email').notNull(),
    funnelType: oneOf('funnel_type', FUNNEL_TYPES).notNull(),
    /** simpletest_users.Id and TestId of the earliest qualifying sitting; NULL where an imported entry named none. */
    userId: sourceId('user_id'),
    testId: sourceId('test_id'),
    testedAt: moment('tested_at'),
    /** Logical time of the run that took the person in. */
    enteredAt: moment('entered_at').notNull(),
    certificatePurchased: tinyint('certificate_purchased').notNull().default(0),
    certificatePurchasedAt: moment('certificate_purchased_at'),
    purchasePaymentId: sourceId('purchase_payment_id'),
    /** Whether Brevo has the entry; `rejected` with Brevo's code when it refused this contact for good. */
    state: oneOf('state', ENTRY_STATES).notNull().default('pending'),
    rejectedCode: human('rejected_code', { length: 100 }),
    source: oneOf('source', ['site', 'import'] as const)
      .notNull()
      .default('site'),
  },
  (t) => [
    uniqueIndex('funnel_entries_email_funnel').on(t.email, t.funnelType),
    index('funnel_entries_entered_at').on(t.enteredAt),
    index('funnel_entries_purchased_at').on(t.certificatePurchasedAt),
  ],
);

/** Mirror of the site's qualifying payments; one that stops to qualify keeps its row with `withdrawn_at`. */
export const certificatePurchases = mysqlTable(
  'certificate_purchases',
  {
    paymentId: sourceId('payment_id').notNull().primaryKey(),
    email: email('email').notNull(),
    funnelType: oneOf('funnel_type', FUNNEL_TYPES).notNull(),
    purchasedAt: moment('purchased_at').notNull(),
    seenAt: moment('seen_at').notNull(),
    withdrawnAt: moment('withdrawn_at'),
  },
  (t) => [index('certificate_purchases_person').on(t.email, t.funnelType, t.purchasedAt)],
);

/** Each rejected sitting once. `fingerprint` is the state of the source row that was judged. */
export const quarantine = mysqlTable(
  'quarantine',
  {
    id: serial('id'),
    /** simpletest_users.Id. */
    sittingId: sourceId('sitting_id').notNull(),
    reason: oneOf('reason', REJECTION_REASONS).notNull(),
    rawEmail: human('raw_email', { length: RAW_EMAIL_LENGTH }),
    testId: sourceId('test_id'),
    testedAt: moment('tested_at').notNull(),
    fingerprint: word('fingerprint', { length: 32 }).notNull(),
    firstSeenAt: moment('first_seen_at').notNull(),
    judgedAt: moment('judged_at').notNull(),
    resolvedAt: moment('resolved_at'),
    runId: word('run_id', { length: 36 }).notNull(),
  },
  (t) => [
    uniqueIndex('quarantine_sitting').on(t.sittingId),
    index('quarantine_run').on(t.runId),
    index('quarantine_open').on(t.resolvedAt, t.reason),
  ],
);

/** Hours of the site's clock whose sittings have all been judged, with the digest of what was there. */
export const judgedHours = mysqlTable('judged_hours', {
  /** `YYYY-MM-DD HH` in the site's zone. */
  hour: word('hour', { length: 13 }).notNull().primaryKey(),
  sittings: int('sittings', { unsigned: true }).notNull(),
  digest: word('digest', { length: 64 }).notNull(),
  judgedAt: moment('judged_at').notNull(),
});

export const CHANGE_STATES = ['pending', 'sending', 'accepted', 'rejected'] as const;
export const CHANGE_KINDS = ['entry', 'purchase'] as const;

/**
 * Write-ahead rows for every change to a Brevo contact. Written in one transaction with what they tell; `id` is the
 * order in which one contact's changes go out. `sending` means: a call may have been made, its outcome is not noted.
 */
export const brevoChanges = mysqlTable(
  'brevo_changes',
  {
    id: serial('id'),
    changeKey: word('change_key', { length: 64 }).notNull(),
    entryId: reference('entry_id').notNull(),
    kind: oneOf('kind', CHANGE_KINDS).notNull(),
    email: email('email').notNull(),
    funnelType: oneOf('funnel_type', FUNNEL_TYPES).notNull(),
    /** UTC date of the purchase, for kind `purchase`. */
    purchasedOn: date('purchased_on', { mode: 'string' }),
    state: oneOf('state', CHANGE_STATES).notNull().default('pending'),
    /** How it goes out: `any` until an import could not settle it, then `upsert`. */
    route: oneOf('route', ['any', 'upsert'] as const)
      .notNull()
      .default('any'),
    importId: reference('import_id'),
    attempts: int('attempts', { unsigned: true }).notNull().default(0),
    attemptedAt: moment('attempted_at'),
    settledAt: moment('settled_at'),
    /** Brevo's code for a rejection, or the last trouble. */
    code: human('code', { length: 100 }),
    createdAt: moment('created_at').notNull(),
    runId: word('run_id', { length: 36 }).notNull(),
  },
  (t) => [
    uniqueIndex('brevo_changes_key').on(t.changeKey),
    index('brevo_changes_contact').on(t.email, t.id),
    index('brevo_changes_open').on(t.state, t.id),
    index('brevo_changes_import').on(t.importId),
    index('brevo_changes_run').on(t.runId, t.kind, t.state),
    index('brevo_changes_entry').on(t.entryId),
  ],
);

/** Imports into a Brevo list; written before the call, with Brevo's process id after it. */
export const brevoImports = mysqlTable(
  'brevo_imports',
  {
    id: serial('id'),
    listId: int('list_id', { unsigned: true }).notNull(),
    funnelType: oneOf('funnel_type', FUNNEL_TYPES).notNull(),
    contacts: int('contacts', { unsigned: true }).notNull(),
    state: oneOf('state', ['prepared', 'sending', 'processing', 'settled'] as const)
      .notNull()
      .default('prepared'),
    processId: bigint('process_id', { mode: 'number' }),
    createdAt: moment('created_at').notNull(),
    attemptedAt: moment('attempted_at'),
    settledAt: moment('settled_at'),
  },
  (t) => [index('brevo_imports_state').on(t.state)],
);

/** When the next call of each of the account's buckets may go out; all workers take their turns here. */
export const brevoLimits = mysqlTable('brevo_limits', {
  bucket: word('bucket', { length: 32 }).notNull().primaryKey(),
  /** Microseconds since 1970, by the database's clock. */
  freeAt: bigint('free_at', { mode: 'number', unsigned: true }).notNull(),
});

/** One finished day of a funnel, in REPORT_TIMEZONE. */
export const conversionDays = mysqlTable(
  'conversion_days',
  {
    day: date('day', { mode: 'string' }).notNull(),
    funnelType: oneOf('funnel_type', FUNNEL_TYPES).notNull(),
    tests: int('tests', { unsigned: true }).notNull(),
    entries: int('entries', { unsigned: true }).notNull(),
    purchases: int('purchases', { unsigned: true }).notNull(),
    totalEntries: int('total_entries', { unsigned: true }).notNull(),
    totalPurchased: int('total_purchased', { unsigned: true }).notNull(),
    recordedAt: moment('recorded_at').notNull().default(sql`CURRENT_TIMESTAMP(3)`),
  },
  (t) => [primaryKey({ columns: [t.day, t.funnelType] })],
);

export const SLOT_STATES = ['owed', 'missed', 'skipped', 'running', 'completed', 'failed', 'rerun'] as const;

/** Why a slot is in its state; runs that failed carry the code of their failure instead. */
export const SLOT_REASONS = [
  /** Passed while the schedule was paused. */
  'paused',
  /** Passed, and nothing started it: workers or the service were down. */
  'no_run',
  /** A run of a later time has done the work, or will. */
  'covered_by_later_run',
  /** Longer ago than the schedule makes up for. */
  'too_old',
  /** One of more missed times than the schedule makes up for. */
  'over_limit',
  /** The rule that named it is no longer in force, so Temporal cannot start it. */
  'rule_changed',
  /** Passed while the run before was at work. */
  'overlap',
  /** Completed by a worker that runs dry: planned, not done. */
  'dry_run',
] as const;

/**
 * Slots of schedules: the nominal times, each worked once. `owed`: missed, will be made up. `missed`, `skipped`: passed
 * without a run. `rerun`: done, and asked for again. A run claims its slot by this key before it does anything.
 */
export const scheduleRuns = mysqlTable(
  'schedule_runs',
  {
    scheduleId: human('schedule_id', { length: 255 }).notNull(),
    /** Whole seconds. */
    slot: moment('slot').notNull(),
    state: oneOf('state', SLOT_STATES).notNull(),
    /** Of `SLOT_REASONS`, or a failure's code. */
    reason: word('reason', { length: 64 }),
    workflowId: human('workflow_id', { length: 1000 }),
    /** Id of the first run of its chain, which stays when it is continued or tried again. */
    runId: word('run_id', { length: 36 }),
    claimedAt: moment('claimed_at'),
    endedAt: moment('ended_at'),
    /** From the slot to the claim. */
    lateSeconds: int('late_seconds', { unsigned: true }),
    /** The last completed slot before it, where that is so long ago that the run works a backlog. */
    backlogFrom: moment('backlog_from'),
    /** When Temporal was last asked to start an owed slot. */
    askedAt: moment('asked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.scheduleId, t.slot] }),
    index('schedule_runs_state').on(t.scheduleId, t.state, t.slot),
    index('schedule_runs_ended').on(t.scheduleId, t.endedAt),
  ],
);

/** Up to when the times of a schedule have been looked through for missed ones. */
export const scheduleWatches = mysqlTable('schedule_watches', {
  scheduleId: human('schedule_id', { length: 255 }).notNull().primaryKey(),
  /** The recurrence by which its times were judged last, JSON: after a change it still judges the time before. */
  definition: document('definition'),
  /** Everything up to here is decided; NULL until it is first seen running. */
  watchedUntil: moment('watched_until'),
  /** When Temporal made the schedule; another value is another schedule of the same name. */
  scheduleCreatedAt: moment('schedule_created_at'),
  /** When it was last seen paused. */
  pausedSeenAt: moment('paused_seen_at'),
  /** Missed times too many to be listed one by one. */
  missedUnlisted: int('missed_unlisted', { unsigned: true }).notNull().default(0),
  /** Failures count from here: when it last paused itself for them. */
  failuresFrom: moment('failures_from'),
});
