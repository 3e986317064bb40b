import { setTimeout as pause } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { SluiceError } from '../../domain/errors.ts';
import { mapBounded } from '../bounded.ts';
import { executionsBetween } from '../observe/runs.ts';
import { describeSchedule } from '../server/describe.ts';
import type { BackfillSlot } from './plan-backfill.ts';
import { latestRunOf } from './slot-run.ts';

interface BackfillProgress {
  readonly asked: number;
  readonly started: number;
  readonly of: number;
}

export interface BackfillInput {
  readonly client: Client;
  readonly id: string;
  /** Base of its workflow ids. */
  readonly workflowId: string;
  readonly slots: readonly BackfillSlot[];
  readonly onProgress: (progress: BackfillProgress) => void;
}

export interface BackfillResult {
  /** Have a run, ended or not. */
  readonly started: number;
  /** Wait in Temporal for the run before to end. */
  readonly waiting: number;
  /** Neither, after asking three times. */
  readonly lost: readonly Date[];
}

/** Slots in one request. */
const ASKED_AT_ONCE = 20;
const ATTEMPTS = 3;
const LOOK_EVERY_MS = 300;
/** So many looks in a row that find nothing new mean that nothing moves; where nothing waits, it was lost. */
const QUIET_LOOKS = 7;
const DESCRIBED_AT_ONCE = 20;
const GRPC = { deadlineExceeded: 4, unavailable: 14 };

/**
 * Asks Temporal for runs of these slots, one after the other, and looks that each has one or waits for its turn. Asking
 * again does no harm: a slot is worked once, whoever asks.
 * @throws SluiceError `backfill_interrupted` when Temporal goes away for longer than it takes to restart.
 */
export async function backfill(input: BackfillInput): Promise<BackfillResult> {
  const { slots, onProgress } = input;
  const of = slots.length;
  let missing = slots;
  let asked = 0;
  try {
    for (let attempt = 1; ; attempt += 1) {
      for (let start = 0; start < missing.length; start += ASKED_AT_ONCE) {
        const part = missing.slice(start, start + ASKED_AT_ONCE);
        await ask(input, part);
        if (attempt === 1) asked += part.length;
        onProgress({ asked, started: of - missing.length, of });
      }
      const settled = await settle(input, missing);
      missing = settled.missing;
      onProgress({ asked, started: of - missing.length, of });
      if (settled.state === 'waiting')
        return { started: of - missing.length, waiting: missing.length, lost: [] };
      if (missing.length === 0 || attempt === ATTEMPTS) {
        return { started: of - missing.length, waiting: 0, lost: missing.map(({ slot }) => slot) };
      }
    }
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new SluiceError(`Temporal went away in the middle of the backfill, ${asked} of ${of} asked for`, {
      code: 'backfill_interrupted',
      sort: 'retry',
      hint: 'What was asked for is kept. The same command again, without --rerun, does the rest.',
      cause: error,
    });
  }
}

/** From the slot to the last instant at which it may start, and no further: a slot of its own a range. */
async function ask({ client, id }: BackfillInput, slots: readonly BackfillSlot[]): Promise<void> {
  const ranges = slots.map(({ slot, until }) => ({
    start: slot,
    end: until,
    overlap: 'BUFFER_ALL' as const,
  }));
  await client.schedule.getHandle(id).backfill(ranges);
}

/**
 * Looks until all have a run, or for a while nothing moves: the others wait for one that takes its time, or are lost.
 * Looking moves them, too: of an end that it slept through while it was away, Temporal learns when it is asked, else
 * only after a minute.
 */
async function settle(
  input: BackfillInput,
  slots: readonly BackfillSlot[],
): Promise<{ readonly state: 'started' | 'waiting' | 'quiet'; readonly missing: readonly BackfillSlot[] }> {
  const { client, id, workflowId, slots: all, onProgress } = input;
  let missing = slots;
  let queued = 0;
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    const before = missing.length;
    // First whether anything waits: what waits now and has started by the next question is found started.
    const held = await describeSchedule(client, id);
    missing = await withoutRun(input, missing);
    if (missing.length === 0) return { state: 'started', missing };
    queued = held?.info.bufferSize ?? 0;
    quiet = missing.length < before ? 0 : quiet + 1;
    if (quiet === 0) onProgress({ asked: all.length, started: all.length - missing.length, of: all.length });
    await pause(LOOK_EVERY_MS);
  }
  if (queued > 0) return { state: 'waiting', missing };
  const lost = await mapBounded(missing, {
    atOnce: DESCRIBED_AT_ONCE,
    work: async (one) => {
      const run = await latestRunOf(client, { workflowId, slot: one.slot });
      return run === undefined || one.runIds.has(run.runId) ? [one] : [];
    },
  });
  return { state: 'quiet', missing: lost.flat() };
}

async function withoutRun(
  { client, id }: BackfillInput,
  slots: readonly BackfillSlot[],
): Promise<readonly BackfillSlot[]> {
  const [first, last] = [slots[0], slots.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { executions } = await executionsBetween(client, {
    scheduleIds: [id],
    from: first.slot,
    to: last.slot,
  });
  const runs = Map.groupBy(executions, ({ slot }) => slot.getTime());
  return slots.filter(
    ({ slot, runIds }) => !(runs.get(slot.getTime()) ?? []).some(({ runId }) => !runIds.has(runId)),
  );
}

function isAway(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (!isGrpcServiceError(one)) continue;
    const code: number = one.code;
    return code === GRPC.unavailable || code === GRPC.deadlineExceeded;
  }
  return false;
}
