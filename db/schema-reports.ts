import { bigint, index, int, mysqlTable, tinyint, uniqueIndex } from 'drizzle-orm/mysql-core';
import { ALERT_STATES, REPORT_RUN_STATES, REPORT_TRIGGERS } from '../domain/reports/run.ts';
import { document, human, moment, oneOf, serial, word } from './columns.ts';

/**
 * Reports as they are now; what they say is in `report_versions`. One that was deleted keeps its row for its history.
 * Whatever its schedule in Temporal depends on raises `change_no`; once the schedule is as the row says, `synced_change_no`
 * follows. So a crash between the two shows, and whoever comes next brings them together.
 */
export const reportDefinitions = mysqlTable(
  'report_definitions',
  {
    id: word('id', { length: 100 }).notNull().primaryKey(),
    name: human('name', { length: 100 }).notNull(),
    version: int('version', { unsigned: true }).notNull(),
    isActive: tinyint('is_active').notNull(),
    /** Why it is not active. */
    inactiveReason: human('inactive_reason', { length: 255 }),
    changeNo: int('change_no', { unsigned: true }).notNull(),
    syncedChangeNo: int('synced_change_no', { unsigned: true }).notNull().default(0),
    /** When its schedule was last compared with it. */
    checkedAt: moment('checked_at'),
    /** Code of what kept its schedule from being as the row says. */
    syncError: word('sync_error', { length: 64 }),
    /** The schedule's note while it is paused, as of the last comparison. */
    pauseNote: human('pause_note', { length: 1000 }),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    deletedAt: moment('deleted_at'),
    /** Of runs of any kind that ended. */
    lastRunAt: moment('last_run_at'),
    runCount: int('run_count', { unsigned: true }).notNull().default(0),
    errorCount: int('error_count', { unsigned: true }).notNull().default(0),
    /** Code of the last run's failure; NULL after a run that did not fail. */
    lastError: word('last_error', { length: 64 }),
    /** Failed runs in a row. */
    failureStreak: int('failure_streak', { unsigned: true }).notNull().default(0),
  },
  (t) => [index('report_definitions_checked').on(t.checkedAt)],
);

/** Every version of a report, for ever; runs name theirs. */
export const reportVersions = mysqlTable(
  'report_versions',
  {
    id: serial('id'),
    reportId: word('report_id', { length: 100 }).notNull(),
    version: int('version', { unsigned: true }).notNull(),
    /** JSON of ReportDefinition. */
    definition: document('definition').notNull(),
    hash: word('hash', { length: 64 }).notNull(),
    /** Name of the account that wrote it. */
    createdBy: human('created_by', { length: 100 }).notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (t) => [uniqueIndex('report_versions_version').on(t.reportId, t.version)],
);

/** One run of a report. Its mails are rows of `messages` of batch `report/<id>`. */
export const reportRuns = mysqlTable(
  'report_runs',
  {
    id: serial('id'),
    /** The same slot, request or name is one run. */
    runKey: word('run_key', { length: 200 }).notNull(),
    reportId: word('report_id', { length: 100 }).notNull(),
    version: int('version', { unsigned: true }).notNull(),
    /** Logical time: its dynamic dates are worked out from here. */
    asOf: moment('as_of').notNull(),
    trigger: oneOf('trigger_kind', REPORT_TRIGGERS).notNull(),
    state: oneOf('state', REPORT_RUN_STATES).notNull(),
    workflowId: word('workflow_id', { length: 255 }).notNull(),
    /** JSON of RunRequest: what differs from the definition, for this run only. */
    request: document('request').notNull(),
    /** Rows in its files. */
    rowsWritten: int('rows_written', { unsigned: true }),
    /** Rows of the result; NULL where reading stopped at a cap. */
    rowsTotal: bigint('rows_total', { mode: 'number', unsigned: true }),
    truncated: tinyint('truncated'),
    /** Of all its files. */
    bytes: bigint('bytes', { mode: 'number', unsigned: true }),
    queryMs: int('query_ms', { unsigned: true }),
    fileMs: int('file_ms', { unsigned: true }),
    /** Of the result, for conditions on change. */
    resultDigest: word('result_digest', { length: 64 }),
    /** JSON array of RunArtefact. */
    artefacts: document('artefacts'),
    /** JSON of RunBody: what the mail says of the result. */
    body: document('body'),
    errorCode: word('error_code', { length: 64 }),
    /** What the owner is told; never values of rows. */
    error: human('error', { length: 1000 }),
    alertState: oneOf('alert_state', ALERT_STATES),
    createdAt: moment('created_at').notNull(),
    settledAt: moment('settled_at'),
  },
  (t) => [
    uniqueIndex('report_runs_key').on(t.runKey),
    index('report_runs_report').on(t.reportId, t.id),
    index('report_runs_settled').on(t.settledAt),
  ],
);
