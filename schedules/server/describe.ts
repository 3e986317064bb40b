import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import type { OwnershipMemo } from '../ownership.ts';
import type { TemporalSpec } from '../recurrence/spec.ts';
import { ask } from './ask.ts';
import { type Action, type OperatorState, overlapOf, type Policies, type RawSchedule } from './encode.ts';
import { type ScheduleException, splitExceptions } from './exception-entries.ts';
import { fromProto } from './proto.ts';

/** A start that the server made, oldest first in lists. */
export interface RecentAction {
  /** Logical time, before jitter. */
  readonly scheduledAt: Date;
  readonly takenAt: Date;
  readonly workflowId: string;
  readonly runId: string;
}

/** A schedule as the server holds it. */
export interface ServerSchedule extends OperatorState {
  readonly id: string;
  readonly memo: OwnershipMemo;
  /** Without exceptions. */
  readonly spec: TemporalSpec;
  readonly exceptions: readonly ScheduleException[];
  readonly action: Action;
  readonly rawAction: RawSchedule['action'];
  /** Settings of the action that no catalogue entry has: time-outs, retries and the like, set by hand. */
  readonly foreignSettings: readonly string[];
  readonly policies: Policies;
  /** Changes with every change; an update that shows an old one is dropped by the server. */
  readonly conflictToken: Uint8Array;
  readonly createdAt: Date;
  readonly updatedAt: Date | undefined;
  readonly info: {
    /** With jitter, ten at most, also of a paused schedule. */
    readonly nextTimes: readonly Date[];
    /** Ten at most. */
    readonly recentActions: readonly RecentAction[];
    readonly runningWorkflowIds: readonly string[];
    readonly actionsTaken: number;
    readonly missedCatchupWindow: number;
    readonly skippedOverlap: number;
    readonly bufferSize: number;
    readonly bufferDropped: number;
  };
}

/** @returns undefined where there is no schedule of that id, also when it is finished and the server has dropped it. */
export async function describeSchedule(client: Client, id: string): Promise<ServerSchedule | undefined> {
  try {
    return read(await ask(client, () => client.schedule.getHandle(id).describe()));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function read({ scheduleId, action, policies, state, info, memo, raw }: ScheduleDescription): ServerSchedule {
  const { spec, exceptions } = splitExceptions(fromProto(raw.schedule?.spec ?? {}));
  return {
    id: scheduleId,
    memo: memo ?? {},
    spec,
    exceptions,
    action: {
      workflow: action.workflowType,
      workflowId: action.workflowId,
      taskQueue: action.taskQueue,
      args: action.args ?? [],
      summary: action.staticSummary,
    },
    rawAction: raw.schedule?.action,
    foreignSettings: foreignSettingsOf(action),
    policies: {
      overlap: overlapOf(policies.overlap),
      catchupWindow: policies.catchupWindow,
      pauseOnFailure: policies.pauseOnFailure,
    },
    paused: state.paused,
    note: state.note ?? '',
    remainingActions: state.remainingActions,
    conflictToken: raw.conflictToken ?? new Uint8Array(),
    createdAt: info.createdAt,
    updatedAt: info.lastUpdatedAt,
    info: {
      nextTimes: info.nextActionTimes,
      recentActions: info.recentActions.map(({ scheduledAt, takenAt, action: taken }) => ({
        scheduledAt,
        takenAt,
        workflowId: taken.workflow.workflowId,
        runId: taken.workflow.firstExecutionRunId,
      })),
      runningWorkflowIds: info.runningActions.map(({ workflow }) => workflow.workflowId),
      actionsTaken: info.numActionsTaken,
      missedCatchupWindow: info.numActionsMissedCatchupWindow,
      skippedOverlap: info.numActionsSkippedOverlap,
      bufferSize: Number(raw.info?.bufferSize ?? 0),
      bufferDropped: Number(raw.info?.bufferDropped ?? 0),
    },
  };
}

function foreignSettingsOf(action: ScheduleDescription['action']): readonly string[] {
  const settings = {
    workflowExecutionTimeout: action.workflowExecutionTimeout,
    workflowRunTimeout: action.workflowRunTimeout,
    workflowTaskTimeout: action.workflowTaskTimeout,
    retryPolicy: action.retry,
    memo: action.memo,
    staticDetails: action.staticDetails,
  };
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined && value !== 0 && !isEmpty(value))
    .map(([name]) => name);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
