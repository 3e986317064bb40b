import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { fateNamed, type RunFate } from '../../domain/run-fate.ts';
import { wholeSecond } from '../../domain/whole-second.ts';

/** Runs that schedules started, from Temporal's list of runs. The list lags by a second or so. */

export type ExecutionStatus = RunFate | 'continued' | 'unknown';

/** One run; a slot has several when it was continued, tried again or asked for again. */
export interface Execution {
  readonly scheduleId: string;
  /** Logical time, whole seconds. */
  readonly slot: Date;
  readonly workflowId: string;
  readonly runId: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  readonly closedAt: Date | undefined;
  /** Events; undefined while it runs, when the list does not say. */
  readonly historyLength: number | undefined;
}

export interface ExecutionsFound {
  readonly executions: readonly Execution[];
  /** Slots were looked at from here on: later than asked for when there were too many. */
  readonly from: Date;
}

const STARTED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);
const SLOT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** @param name as the SDK has it */
export function statusNamed(name: string): ExecutionStatus {
  return name === 'CONTINUED_AS_NEW' ? 'continued' : (fateNamed(name) ?? 'unknown');
}

const PAGE = 1000;
/** Runs that one look reads at most. */
const MOST = 20_000;
/** More ids than this are sorted out here rather than by a long query. */
const IDS_IN_QUERY = 50;
const WORKFLOWS_IN_QUERY = 100;

/**
 * Runs whose slots lie in a range, both ends included, for as many schedules as wanted with one query. Where there are
 * more than 20,000, the range is halved, its end kept, until there are not.
 */
export async function executionsBetween(
  client: Client,
  {
    scheduleIds,
    from,
    to,
    most = MOST,
  }: {
    readonly scheduleIds: readonly string[];
    readonly from: Date;
    readonly to: Date;
    readonly most?: number;
  },
): Promise<ExecutionsFound> {
  if (scheduleIds.length === 0) return { executions: [], from };
  const wanted = new Set(scheduleIds);
  const byIds =
    wanted.size <= IDS_IN_QUERY
      ? `TemporalScheduledById IN (${[...wanted].map(quoted).join(', ')}) AND `
      : '';
  const queryFrom = (start: Date) =>
    `${byIds}TemporalScheduledStartTime BETWEEN ${quoted(start.toISOString())} AND ${quoted(to.toISOString())}`;
  let start = from;
  while (to.getTime() - start.getTime() > 1000) {
    const { count } = await client.workflow.count(queryFrom(start));
    if (count <= most) break;
    start = new Date(Math.ceil((start.getTime() + to.getTime()) / 2000) * 1000);
  }
  const executions: Execution[] = [];
  for await (const info of client.workflow.list({ query: queryFrom(start), pageSize: PAGE })) {
    const execution = read(info);
    if (execution !== undefined && wanted.has(execution.scheduleId)) executions.push(execution);
  }
  return { executions, from: start };
}

/** All runs of these workflow ids that a schedule started and that Temporal still remembers. */
export async function executionsNamed(
  client: Client,
  workflowIds: readonly string[],
): Promise<readonly Execution[]> {
  const executions: Execution[] = [];
  for (let start = 0; start < workflowIds.length; start += WORKFLOWS_IN_QUERY) {
    const names = workflowIds.slice(start, start + WORKFLOWS_IN_QUERY).map(quoted);
    const query = `WorkflowId IN (${names.join(', ')})`;
    for await (const info of client.workflow.list({ query, pageSize: PAGE })) {
      executions.push(...[read(info) ?? []].flat());
    }
  }
  return executions;
}

function read(info: WorkflowExecutionInfo): Execution | undefined {
  const { typedSearchAttributes, workflowId, runId, status, startTime, closeTime, historyLength } = info;
  const scheduleId = typedSearchAttributes.get(STARTED_BY);
  const slot = typedSearchAttributes.get(SLOT);
  if (scheduleId === undefined || slot === undefined) return undefined;
  return {
    scheduleId,
    slot: wholeSecond(slot),
    workflowId,
    runId,
    status: statusNamed(status.name),
    startedAt: startTime,
    closedAt: closeTime,
    historyLength: closeTime === undefined ? undefined : historyLength,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
