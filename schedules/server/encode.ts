import type { Client, ScheduleDescription, ScheduleOverlapPolicy } from '@temporalio/client';
import {
  encodeScheduleAction,
  encodeSchedulePolicies,
  encodeScheduleState,
} from '@temporalio/client/lib/schedule-helpers.js';
import { defaultPayloadConverter, mapToPayloads } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Overlap } from '../define.ts';

/**
 * The one file that reaches into the SDK. Its public `update` sends no conflict token, and its encoder of calendars
 * mistakes a range without an end, so requests are put together here; versions of the SDK are pinned exactly.
 */

type RawDescription = ScheduleDescription['raw'];
export type RawSchedule = NonNullable<RawDescription['schedule']>;
export type RawSpec = NonNullable<RawSchedule['spec']>;
type RawTime = NonNullable<RawSpec['startTime']>;

export interface Action {
  readonly workflow: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  /** What the Web UI shows above a run. */
  readonly summary: string | undefined;
}

export interface Policies {
  readonly overlap: Overlap;
  /** Milliseconds. */
  readonly catchupWindow: number;
  readonly pauseOnFailure: boolean;
}

/** What belongs to the operator. */
export interface OperatorState {
  readonly paused: boolean;
  readonly note: string;
  /** Undefined: no limit. */
  readonly remainingActions: number | undefined;
}

const POLICY: Readonly<Record<Overlap, ScheduleOverlapPolicy>> = {
  skip: 'SKIP',
  bufferOne: 'BUFFER_ONE',
  bufferAll: 'BUFFER_ALL',
  cancelOther: 'CANCEL_OTHER',
  terminateOther: 'TERMINATE_OTHER',
  allowAll: 'ALLOW_ALL',
};

export function overlapOf(policy: ScheduleOverlapPolicy): Overlap {
  const names = Object.keys(POLICY) as Overlap[];
  return names.find((name) => POLICY[name] === policy) ?? 'skip';
}

export function rawTime(milliseconds: number): RawTime {
  return msToTs(milliseconds);
}

export async function rawAction(client: Client, action: Action): Promise<NonNullable<RawSchedule['action']>> {
  const { loadedDataConverter, namespace } = client.options;
  return encodeScheduleAction(
    loadedDataConverter,
    namespace,
    {
      type: 'startWorkflow',
      workflowType: action.workflow,
      workflowId: action.workflowId,
      taskQueue: action.taskQueue,
      args: [...action.args],
      ...(action.summary === undefined ? {} : { staticSummary: action.summary }),
    },
    {},
  );
}

export function rawPolicies({
  overlap,
  catchupWindow,
  pauseOnFailure,
}: Policies): NonNullable<RawSchedule['policies']> {
  return encodeSchedulePolicies({ overlap: POLICY[overlap], catchupWindow, pauseOnFailure });
}

export function rawState({
  paused,
  note,
  remainingActions,
}: OperatorState): NonNullable<RawSchedule['state']> {
  return encodeScheduleState({
    paused,
    note,
    ...(remainingActions === undefined ? {} : { remainingActions }),
  });
}

/** Never encrypted: whose a schedule is must be told without keys. */
export function rawMemo(memo: Readonly<Record<string, string>>): NonNullable<RawDescription['memo']> {
  return { fields: mapToPayloads(defaultPayloadConverter, memo) };
}
