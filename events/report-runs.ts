import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Database } from '../db/pool.ts';
import { findReport } from '../db/report-definitions.ts';
import { beginRun, endRun, type ReportRun } from '../db/report-runs.ts';
import { runsUnderWay, unstartedRuns } from '../db/report-upkeep.ts';
import { SluiceError } from '../domain/errors.ts';
import { type ParameterInput, resolveParameters } from '../domain/reports/parameters.ts';
import type { RunRequest } from '../domain/reports/run.ts';
import { wholeSecond } from '../domain/whole-second.ts';
import type { queryReport } from '../workflows/query-report.ts';

/** No call to Temporal may hold an answer up for longer. */
const CALL_MS = 5_000;
const MOST_AT_ONCE = 100;
/** A gateway starts a run within milliseconds of writing it down; what waits for so long has none. */
const UNSTARTED_MS = 15_000;
/** A run that was begun so long ago and whose workflow is gone does not end by itself. */
const LOST_MS = 10 * 60_000;
const MOST_LOOKED_AT = 500;

export interface AskedRun {
  readonly reportId: string;
  /** The sender's id of the request: the same one is one run. */
  readonly webhookId: string;
  /** Logical time. */
  readonly asOf: Date | undefined;
  readonly parameters: Readonly<Record<string, ParameterInput>> | undefined;
}

export type AskedOutcome =
  | { readonly outcome: 'new' | 'known'; readonly run: ReportRun }
  /** `conflict`: another request had this id. */
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'inactive' };

/**
 * Writes a run down that somebody outside asks for. It is durable when this returns.
 * @throws SluiceError `parameters_invalid`, sort `item`
 */
export async function askForRun(
  database: Database,
  { reportId, webhookId, asOf, parameters }: AskedRun,
): Promise<AskedOutcome> {
  const now = new Date();
  const report = await findReport(database.orm, reportId);
  if (report === undefined || report.deletedAt !== null) return { outcome: 'missing' };
  const { definition } = report;
  resolveParameters({
    definitions: definition.parameters,
    given: parameters ?? {},
    asOf: asOf ?? now,
    timezone: definition.timezone,
  });
  const request: RunRequest = {
    ...(parameters === undefined ? {} : { parameters }),
    ...(asOf === undefined ? {} : { asOf: asOf.toISOString() }),
  };
  const begun = await beginRun(database, {
    runKey: `webhook/${createHash('sha256').update(`${reportId}\n${webhookId}`).digest('hex')}`,
    reportId,
    asOf: wholeSecond(asOf ?? now),
    trigger: 'webhook',
    request,
    now,
  });
  if (!('run' in begun)) return begun;
  return JSON.stringify(begun.run.request) === JSON.stringify(request) ? begun : { outcome: 'conflict' };
}

/** Starts the workflow of a run that is written down. Safe to repeat. */
export async function startReportRun(
  client: Client,
  {
    run,
    taskQueue,
  }: { readonly run: Pick<ReportRun, 'id' | 'reportId' | 'workflowId'>; readonly taskQueue: string },
): Promise<void> {
  try {
    await client.connection.withDeadline(Date.now() + CALL_MS, () =>
      client.workflow.start<typeof queryReport>('queryReport', {
        workflowId: run.workflowId,
        taskQueue,
        args: [{ runId: run.id }],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: run.reportId,
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

interface Upkeep {
  readonly database: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly now: Date;
}

/**
 * Starts runs that were accepted while Temporal was away, or by a gateway that died.
 * @returns how many.
 */
export async function startAcceptedRuns({ database, client, taskQueue, now }: Upkeep): Promise<number> {
  const before = new Date(now.getTime() - UNSTARTED_MS);
  const runs = await unstartedRuns(database.orm, { before, limit: MOST_AT_ONCE });
  for (const run of runs) await startReportRun(client, { run, taskQueue });
  return runs.length;
}

/**
 * Ends runs whose workflow was terminated, or is not there any more. One that has its files and lacks mails can be resent.
 * @returns how many.
 */
export async function settleLostRuns({ database, client, now }: Upkeep): Promise<number> {
  const before = new Date(now.getTime() - LOST_MS);
  const runs = await runsUnderWay(database.orm, { before, limit: MOST_LOOKED_AT });
  let settled = 0;
  for (const { id, workflowId, state } of runs) {
    if (await isAtWork(client, workflowId)) continue;
    const ended = await endRun(database, id, {
      state: state === 'querying' ? 'cancelled' : 'undelivered',
      errorCode: 'workflow_gone',
      error: 'Its workflow was terminated, or is not there any more.',
      now,
    });
    if (ended !== undefined) settled += 1;
  }
  return settled;
}

async function isAtWork(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The key of another request by hand; its id makes it one of a kind. */
export function manualRunKey(name: string): string {
  return `manual/${name}`;
}

/** Whether an error says what is wrong with the request rather than with us. */
export function isRequestTrouble(error: unknown): error is SluiceError {
  return error instanceof SluiceError && error.code === 'parameters_invalid';
}
