import type { Client } from '@temporalio/client';
import { SluiceError, UsageError } from '../domain/errors.ts';
import type { Owner } from './ownership.ts';
import { isOurs } from './plan.ts';
import { timesBetween } from './recurrence/times.ts';
import { refuseForeign } from './remove.ts';
import type { ResolvedSchedule } from './resolved.ts';
import { ask } from './server/ask.ts';
import type { ServerSchedule } from './server/describe.ts';
import { rawTime } from './server/encode.ts';
import { instantText, keptExceptions, type ScheduleException } from './server/exception-entries.ts';
import { type Step, settle } from './server/settle.ts';

/** One time less, one time more: what an operator asks for beside the rule. Kept by `apply`, gone a week after its time. */

export interface ExceptionInput {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly owner: Owner;
  /** Logical time, whole seconds. */
  readonly at: Date;
  readonly now: Date;
}

/** How far back the nearest times are looked for, step by step: a rule of every second has many in an hour. */
const LOOK_BACK = [3600, 86_400, 32 * 86_400, 400 * 86_400];
const MOST_IN_A_STEP = 10_000;

/**
 * Leaves one time of a schedule out.
 * @throws UsageError for a time that is over, that the rule does not have (naming the nearest ones), or that the zone's
 * clocks show twice.
 */
export async function skipAt(input: ExceptionInput): Promise<void> {
  const at = secondsToCome(input);
  const { schedule } = input;
  if (!isTimeOf(schedule, at)) {
    throw new UsageError(`${schedule.id} has no run at ${instantText(at)}`, nearestTimes(schedule, at));
  }
  await change(input, ({ exceptions }) => [...exceptions, { kind: 'skip', at }]);
  await expectMatch(input, { at, kind: 'skip' });
}

/** Takes a skip back. @throws UsageError where that time is not skipped. */
export async function unskip(input: ExceptionInput): Promise<void> {
  await takeBack(input, 'skip');
}

/**
 * Runs a schedule once more, at a time of its own, also a manual one.
 * @throws UsageError for a time that is over, that it runs at anyway, that lies outside of the window of its rule, or
 * that the zone's clocks show twice.
 */
export async function runOnceAt(input: ExceptionInput): Promise<void> {
  const at = secondsToCome(input);
  const { schedule } = input;
  if (isTimeOf(schedule, at)) throw new UsageError(`${schedule.id} runs at ${instantText(at)} anyway`);
  await change(input, ({ exceptions, spec: { startAt, endAt } }) => {
    if ((startAt !== undefined && at < startAt) || (endAt !== undefined && at > endAt)) {
      throw new UsageError(
        `${instantText(at)} is outside of what the server knows of ${schedule.id}: ${startAt === undefined ? '' : instantText(startAt)} to ${endAt === undefined ? '' : instantText(endAt)}`,
        'Declare it in the catalogue: a schedule of its own with once(…).',
      );
    }
    return [...exceptions, { kind: 'once', at }];
  });
  await expectMatch(input, { at, kind: 'once' });
}

/** Takes an extra run back. @throws UsageError where there is none at that time. */
export async function cancelOnce(input: ExceptionInput): Promise<void> {
  await takeBack(input, 'once');
}

async function takeBack(input: ExceptionInput, kind: ScheduleException['kind']): Promise<void> {
  const at = Math.floor(input.at.getTime() / 1000);
  await change(input, ({ exceptions }, { writes }) => {
    const others = exceptions.filter((one) => one.kind !== kind || one.at !== at);
    if (others.length < exceptions.length || writes > 0) return others;
    const known = exceptions.filter((one) => one.kind === kind).map((one) => instantText(one.at));
    throw new UsageError(
      `${input.schedule.id} has no ${kind === 'skip' ? 'skipped' : 'extra'} run at ${instantText(at)}`,
      known.length === 0 ? 'It has none at all.' : `It has ${known.join(', ')}.`,
    );
  });
}

type Edit = (held: ServerSchedule, past: { readonly writes: number }) => readonly ScheduleException[];

/** Rewrites the exceptions of a schedule and nothing else, on the newest that the server holds. */
async function change({ client, schedule: { id }, owner, now }: ExceptionInput, edit: Edit): Promise<void> {
  await settle({ client, id }, (held, past): Step<void> => {
    if (held === undefined) {
      throw new UsageError(
        `there is no schedule "${id}" on the server`,
        'sluice schedules apply creates it.',
      );
    }
    refuseForeign(isOurs(held, owner), id);
    const exceptions = keptExceptions(withoutRepeats(edit(held, past)), { now });
    if (keysOf(held.exceptions) === keysOf(exceptions)) return { step: 'done', result: undefined };
    const { spec, policies, paused, note, remainingActions } = held;
    const state = { paused, note, remainingActions };
    return { step: 'update', contents: { spec, exceptions, policies, state, action: 'kept' } };
  });
}

/** Asks the server what it will do; takes the exception back when that is not what was meant. */
async function expectMatch(
  input: ExceptionInput,
  { at, kind }: { readonly at: number; readonly kind: ScheduleException['kind'] },
): Promise<void> {
  const { client, schedule } = input;
  // The server tells times with their jitter in them.
  if (schedule.jitter > 0) return;
  const { startTime } = await ask(client, () =>
    client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: schedule.id,
      startTime: rawTime((at - 1) * 1000),
      endTime: rawTime(at * 1000),
    }),
  );
  if (startTime.length === (kind === 'once' ? 1 : 0)) return;
  await takeBack(input, kind);
  throw new SluiceError(
    `Temporal would ${kind === 'once' ? 'not run' : 'still run'} ${schedule.id} at ${instantText(at)}; taken back`,
    {
      code: 'schedule_exception_refused',
      sort: 'item',
      hint: 'Clocks change near that time; choose another.',
    },
  );
}

function isTimeOf({ recurrence }: ResolvedSchedule, at: number): boolean {
  return timesBetween(recurrence, { after: at - 1, before: at + 1, count: 1 }).length > 0;
}

function nearestTimes({ recurrence }: ResolvedSchedule, at: number): string {
  let before: readonly number[] = [];
  for (const span of LOOK_BACK) {
    if (before.length > 1) break;
    before = timesBetween(recurrence, { after: at - span, before: at, count: MOST_IN_A_STEP }).slice(-2);
  }
  const times = [...before, ...timesBetween(recurrence, { after: at, count: 2 })].map(instantText);
  return times.length === 0 ? 'It has no times.' : `The nearest are ${times.join(', ')}.`;
}

/** @throws UsageError for a time that is over, or has a fraction of a second. */
function secondsToCome({ at, now }: ExceptionInput): number {
  const seconds = at.getTime() / 1000;
  if (!Number.isInteger(seconds)) throw new UsageError(`${at.toISOString()} is not in whole seconds`);
  if (at.getTime() <= now.getTime()) throw new UsageError(`${instantText(seconds)} is over`);
  return seconds;
}

function keysOf(exceptions: readonly ScheduleException[]): string {
  return exceptions
    .map(({ kind, at }) => `${at} ${kind}`)
    .sort()
    .join();
}

function withoutRepeats(exceptions: readonly ScheduleException[]): readonly ScheduleException[] {
  return [...new Map(exceptions.map((one) => [keysOf([one]), one])).values()];
}
