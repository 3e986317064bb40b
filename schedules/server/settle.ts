import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { messageOf, SluiceError } from '../../domain/errors.ts';
import { type Owner, ownershipMemo } from '../ownership.ts';
import type { TemporalSpec } from '../recurrence/spec.ts';
import { describeSchedule, type ServerSchedule } from './describe.ts';
import {
  type Action,
  type OperatorState,
  type Policies,
  type RawSchedule,
  rawAction,
  rawMemo,
  rawPolicies,
  rawState,
} from './encode.ts';
import { joinExceptions, type ScheduleException } from './exception-entries.ts';
import { toProto } from './proto.ts';

/** Everything that an update replaces. */
export interface ScheduleContents {
  readonly spec: TemporalSpec;
  readonly exceptions: readonly ScheduleException[];
  /** `kept`: what is there, also what no catalogue entry can say. */
  readonly action: Action | 'kept';
  readonly policies: Policies;
  readonly state: OperatorState;
}

/** What to do about a schedule as it was just found. */
export type Step<Result> =
  | { readonly step: 'done'; readonly result: Result }
  /** Where there was none; `result` once it is made. */
  | {
      readonly step: 'create';
      readonly contents: ScheduleContents;
      readonly owner: Owner;
      readonly result: Result;
    }
  /** In place of what was found, and of nothing newer. */
  | { readonly step: 'update'; readonly contents: ScheduleContents };

const MOST_WRITES = 5;
const GRPC = { invalidArgument: 3, notFound: 5, alreadyExists: 6, failedPrecondition: 9, aborted: 10 };

/**
 * Brings a schedule to where `decide` finds nothing left to do: looks, writes, looks again. The server drops a write that
 * was decided on something older than what it holds (it says so or, as 1.29 does, says nothing), so only the next look
 * tells; whoever changes the schedule meanwhile, pauses it for example, is heard.
 * @throws SluiceError `schedule_contended` when it is still not so after five writes.
 */
export async function settle<Result>(
  { client, id }: { readonly client: Client; readonly id: string },
  decide: (found: ServerSchedule | undefined, past: { readonly writes: number }) => Step<Result>,
): Promise<Result> {
  for (let writes = 0; ; writes += 1) {
    const found = await describeSchedule(client, id);
    const next = decide(found, { writes });
    if (next.step === 'done') return next.result;
    if (writes === MOST_WRITES) throw contended(id);
    const { namespace, identity } = client.options;
    const request = { namespace, identity, requestId: randomUUID(), scheduleId: id };
    const schedule = await encode(client, next.contents, found);
    if (next.step === 'create') {
      const memo = rawMemo(ownershipMemo(next.owner));
      const isMade = await unlessOutrun(() =>
        client.workflowService.createSchedule({ ...request, schedule, memo }),
      );
      if (isMade) return next.result;
    } else if (found !== undefined) {
      const { conflictToken } = found;
      await unlessOutrun(() =>
        client.workflowService.updateSchedule({ ...request, schedule, conflictToken }),
      );
    }
  }
}

async function encode(
  client: Client,
  { spec, exceptions, action, policies, state }: ScheduleContents,
  found: ServerSchedule | undefined,
): Promise<RawSchedule> {
  return {
    spec: toProto(joinExceptions(spec, exceptions)),
    action: action === 'kept' ? (found?.rawAction ?? null) : await rawAction(client, action),
    policies: rawPolicies(policies),
    state: rawState(state),
  };
}

/** @returns false where somebody made, changed or deleted it since the look: the next look will show. */
async function unlessOutrun(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const code: number = error.code;
    if (code === GRPC.alreadyExists || code === GRPC.notFound || code === GRPC.aborted) return false;
    if (code === GRPC.failedPrecondition && /conflict/i.test(error.details)) return false;
    if (code !== GRPC.invalidArgument) throw error;
    throw new SluiceError(`Temporal does not take the schedule: ${messageOf(error.details)}`, {
      code: 'schedule_refused',
      sort: 'item',
      cause: error,
    });
  }
}

function contended(id: string): SluiceError {
  return new SluiceError(`somebody else keeps changing the schedule "${id}"`, {
    code: 'schedule_contended',
    sort: 'retry',
    hint: 'Find out who (temporal schedule describe shows the last update), then try again.',
  });
}
