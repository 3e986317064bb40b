import type { MailChart } from '../mail-chart.ts';
import type { MessageState } from '../sending/message.ts';
import type { ReportDefinition } from './definition.ts';
import type { ParameterInput } from './parameters.ts';

/** What asked for a run of a report. */
export const REPORT_TRIGGERS = ['schedule', 'manual', 'webhook', 'backfill'] as const;
export type ReportTrigger = (typeof REPORT_TRIGGERS)[number];

/**
 * How far a run of a report is. `accepted`: written down, nothing done. `querying`: the query runs and its files are
 * made. `delivering`: files are stored, mails are under way. The others are ends: `delivered`, `skipped` (empty result, or no
 * alert), `failed` (no file), `undelivered` (files, and at least one mail did not go out), `cancelled`.
 */
export const REPORT_RUN_STATES = [
  'accepted',
  'querying',
  'delivering',
  'delivered',
  'skipped',
  'undelivered',
  'failed',
  'cancelled',
] as const;
export type ReportRunState = (typeof REPORT_RUN_STATES)[number];

/** What one run does otherwise than its definition says. */
export interface RunRequest {
  /** Canonical addresses in place of the definition's; such a run counts for no alert. */
  readonly recipients?: readonly string[];
  /** Values in place of the definition's, by name. */
  readonly parameters?: Readonly<Record<string, ParameterInput>>;
  /** Logical time as the caller wrote it, if it did. */
  readonly asOf?: string;
}

/**
 * What people are told of a run: its `report`, a `notice` that there are no rows, the report as an `alert`, that what was
 * alerted of has `recovered`, or nothing.
 */
export type RunMail = 'report' | 'notice' | 'alert' | 'recovered' | 'none';

/** What the mail of a run says of its result. */
export interface RunBody {
  readonly mail: RunMail;
  /** The first rows: a fragment, escaped. */
  readonly html: string;
  /** The same for the text part of a mail. */
  readonly text: string;
  readonly chart?: MailChart;
  /** Values with which the query ran, as people read them. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** What the condition of a report came to in a run. */
export const ALERT_STATES = ['quiet', 'alerted', 'holding', 'recovered'] as const;
/** `holding`: it still holds, and was told before. */
export type AlertState = (typeof ALERT_STATES)[number];

/** A file of a run; `report_runs.artefacts` is a JSON array of these. */
export interface RunArtefact {
  readonly artefactId: number;
  readonly name: string;
  readonly format: 'xlsx' | 'csv' | 'pdf' | 'zip';
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  /** There were more rows than it holds. */
  readonly truncated: boolean;
}

const DAY_MS = 86_400_000;

/** Until when a run, its files and the links to them are kept. */
export function runKeptUntil({
  createdAt,
  definition: { keepDays },
}: {
  readonly createdAt: Date;
  readonly definition: Pick<ReportDefinition, 'keepDays'>;
}): Date {
  return new Date(createdAt.getTime() + keepDays * DAY_MS);
}

/** The mails of a run, as a batch of the ledger. */
export function reportBatch(runId: number): string {
  return `report/${runId}`;
}

/** Whether all mails of a run have gone out. */
export function isOut(states: readonly MessageState[]): boolean {
  return states.every((state) => state === 'accepted');
}
