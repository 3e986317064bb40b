import type { Client } from '@temporalio/client';
import { UsageError } from '../../domain/errors.ts';
import { mapBounded } from '../bounded.ts';
import type { LedgerRow, RunLedger } from '../observe/ledger.ts';
import { pair, serverTimes } from '../observe/next.ts';
import { type Execution, executionsBetween } from '../observe/runs.ts';
import { AT_ONCE } from '../plan.ts';
import { timesBetween } from '../recurrence/times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import type { ServerSchedule } from '../server/describe.ts';
import { latestRunOf } from './slot-run.ts';

/** What a backfill makes of one time. */
type SlotFate =
  | 'to run'
  /** Already ran, to its end, or is at it. */
  | 'completed'
  | 'running'
  /** Temporal will not start it: skipped by an operator, or not in the rule that it holds. */
  | 'outside';

export interface BackfillSlot {
  readonly slot: Date;
  readonly fate: SlotFate;
  /** What became of it before, where it is to run: `missed`, `failed`, … */
  readonly before: string | undefined;
  /** The latest instant at which Temporal starts it: jitter, but never as far as the next time. */
  readonly until: Date;
  /** Runs that it has had. */
  readonly runIds: ReadonlySet<string>;
}

export interface PlanBackfillInput {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly held: ServerSchedule;
  /** Both included. */
  readonly from: Date;
  readonly to: Date;
  /** `missing`: what already ran is left alone. `all`: what was completed runs again. */
  readonly which: 'missing' | 'all';
  /** Whether the workers only plan; what such a run completed counts for such workers alone. */
  readonly workers: 'live' | 'dry';
  readonly ledger: RunLedger | undefined;
  readonly now: Date;
}

type SlotExecution = Pick<Execution, 'runId' | 'status'>;

/** Temporal queues no more of them at a time. */
const MOST_SLOTS = 1000;

/**
 * The times of a range and what a backfill makes of each. Changes nothing.
 * @throws UsageError for a range of the future, without times, or with more than 1,000.
 */
export async function planBackfill(input: PlanBackfillInput): Promise<readonly BackfillSlot[]> {
  const { client, schedule, held, from, to, now, ledger } = input;
  if (from > to) throw new UsageError('--from is later than --to');
  if (to > now) {
    throw new UsageError(
      `--to ${to.toISOString()} is to come`,
      'Backfill is for times that are over; sluice schedules once adds a run to come.',
    );
  }
  const slots = slotsOf(input);
  const scheduleIds = [schedule.id, ...schedule.formerIds];
  const [first, last] = [slots[0] ?? 0, slots.at(-1) ?? 0];
  const range = { scheduleIds, from: new Date(first * 1000), to: new Date(last * 1000) };
  const [{ executions }, rows, known] = await Promise.all([
    executionsBetween(client, range),
    ledger?.rowsAround(range) ?? [],
    serverTimes(client, { id: held.id, after: first * 1000 - 1, until: last * 1000 + schedule.jitter }),
  ]);
  const inOrder = executions.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  const started = Map.groupBy(inOrder, ({ slot }) => slot.getTime() / 1000);
  const inLedger = new Map(rows.map((row) => [row.slot.getTime() / 1000, row]));
  const matched = new Set(
    pair({ rule: slots, server: known, jitter: schedule.jitter })
      .filter(({ server }) => server !== undefined)
      .map(({ rule }) => rule),
  );
  // What lies before a window of listed times is asked for after the window was moved back.
  const { startAt = Number.NEGATIVE_INFINITY } = held.spec;
  return mapBounded(slots, {
    atOnce: AT_ONCE,
    async work(at) {
      const slot = new Date(at * 1000);
      const row = inLedger.get(at);
      let runs: readonly SlotExecution[] = started.get(at) ?? [];
      let past = pastOf({ row, runs, input });
      if (past.fate !== 'completed') {
        const latest = await latestRunOf(client, { workflowId: held.action.workflowId, slot });
        if (latest !== undefined) {
          runs = [...runs.filter(({ runId }) => runId !== latest.runId), latest];
          past = pastOf({ row, runs, input });
        }
      }
      const isReachable = matched.has(at) || at < startAt;
      return {
        slot,
        fate: isReachable || past.fate !== 'to run' ? past.fate : 'outside',
        before: past.before,
        until: lastStart(at, input),
        runIds: new Set(runs.map(({ runId }) => runId)),
      };
    },
  });
}

/** Instants in seconds. */
function slotsOf({ schedule, held, from, to }: PlanBackfillInput): readonly number[] {
  const [after, before] = [Math.ceil(from.getTime() / 1000) - 1, Math.floor(to.getTime() / 1000) + 1];
  const extras = held.exceptions
    .filter(({ kind, at }) => kind === 'once' && at > after && at < before)
    .map(({ at }) => at);
  const times = timesBetween(schedule.recurrence, { after, before, count: 10 * MOST_SLOTS });
  const slots = [...new Set([...times, ...extras])].sort((a, b) => a - b);
  if (slots.length > MOST_SLOTS) {
    const fits = new Date((slots[MOST_SLOTS - 1] ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
    throw new UsageError(
      `the range holds ${slots.length > 10 * MOST_SLOTS - 1 ? `${10 * MOST_SLOTS} or more` : slots.length} times of ${schedule.id}; ${MOST_SLOTS} is the most for one backfill`,
      `Do it in parts; the first one ends with --to ${fits}`,
    );
  }
  if (slots.length > 0) return slots;
  throw new UsageError(
    `${schedule.id} has no time in that range`,
    schedule.recurrence.kind === 'manual'
      ? `It runs on demand: sluice schedules trigger ${schedule.id}`
      : `sluice schedules next ${schedule.id} --after T shows its times from T on.`,
  );
}

function pastOf({
  row,
  runs,
  input: { which, workers },
}: {
  readonly row: LedgerRow | undefined;
  /** In the order in which they were started. */
  readonly runs: readonly SlotExecution[];
  readonly input: PlanBackfillInput;
}): { readonly fate: SlotFate; readonly before: string | undefined } {
  const latest = runs.at(-1);
  // One that was continued is under way: its next run is on its way into the list.
  const isUnderWay = latest?.status === 'continued' || runs.some(({ status }) => status === 'running');
  const hasCompleted = runs.some(({ status }) => status === 'completed');
  const completed = (before: string) => ({
    fate: which === 'all' ? ('to run' as const) : ('completed' as const),
    before,
  });
  const isPlan = row?.state === 'completed' && row.reason === 'dry_run' && workers === 'live';
  // A run writes its end into the ledger, and tells Temporal after that.
  if (isUnderWay && (row?.state !== 'completed' || isPlan || which === 'all')) {
    return { fate: 'running', before: undefined };
  }
  if (row === undefined)
    return hasCompleted ? completed('completed') : { fate: 'to run', before: latest?.status };
  if (row.state === 'completed') {
    return isPlan ? { fate: 'to run', before: 'planned only' } : completed('completed');
  }
  if (row.state === 'running') {
    // Its runs are closed, or forgotten: it ended without saying so.
    return hasCompleted ? completed('completed') : { fate: 'to run', before: 'broken off' };
  }
  return { fate: 'to run', before: row.state === 'rerun' ? 'asked for again' : row.state };
}

function lastStart(at: number, { schedule: { jitter, recurrence }, held }: PlanBackfillInput): Date {
  const following = [
    ...timesBetween(recurrence, { after: at, count: 1 }),
    ...held.exceptions.filter((one) => one.kind === 'once' && one.at > at).map((one) => one.at),
  ];
  return new Date(Math.min(at * 1000 + jitter, ...following.map((one) => one * 1000 - 1)));
}
