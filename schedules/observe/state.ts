import type { Client } from '@temporalio/client';
import type { Watched } from '../../domain/missed-times.ts';
import { mapBounded } from '../bounded.ts';
import { type Change, compare } from '../compare.ts';
import type { Owner } from '../ownership.ts';
import { AT_ONCE, isFinished, isOurs } from '../plan.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import { describeSchedule, type ServerSchedule } from '../server/describe.ts';
import { targetOf } from '../target.ts';
import { type Counts, countSlots } from './counts.ts';
import type { LedgerRow, RunLedger } from './ledger.ts';
import { type Execution, executionsBetween, executionsNamed } from './runs.ts';
import { type SlotRun, slotRuns } from './slot-runs.ts';
import { watchedOf } from './watched.ts';

type ScheduleState =
  | 'active'
  | 'paused'
  /** Runs only when somebody asks. */
  | 'on demand'
  /** Its rule has no time to come. */
  | 'finished'
  /** The number of runs that it was given is used up. */
  | 'used up'
  /** In the catalogue, and not on the server. */
  | 'not applied'
  /** On the server it is somebody else's. */
  | 'not ours';

/** How Temporal knows the times of a rule. */
interface Reach {
  readonly kind: 'exact' | 'enumerated';
  /** Why it is of that kind. */
  readonly reason: string;
  /** Of an enumerated one: times from here on are unknown until it is rolled forward. */
  readonly until: Date | undefined;
  /** Less than 30 days are left, though it is rolled forward daily. */
  readonly alarm: boolean;
}

export interface ScheduleReport {
  readonly id: string;
  readonly state: ScheduleState;
  /** The operator's, else the catalogue's. */
  readonly note: string;
  /** Undefined: on the server only. */
  readonly declared: ResolvedSchedule | undefined;
  /** Undefined: not on the server. */
  readonly held: ServerSchedule | undefined;
  readonly reach: Reach | undefined;
  /** In what the server differs from the catalogue. */
  readonly changes: readonly Change[];
  /** When the server will start the next five runs, jitter in it; also of a paused one, as if it were not. */
  readonly next: readonly Date[];
  /** The last five, latest first. */
  readonly runs: readonly SlotRun[];
  readonly counts: Counts | undefined;
  /** Times of the last days without a run, as the ledger has them, latest first. */
  readonly passed: readonly LedgerRow[];
}

export interface ObserveInput {
  readonly client: Client;
  readonly schedules: readonly ResolvedSchedule[];
  readonly owner: Owner;
  readonly now: Date;
  /** Undefined: what Temporal knows has to do. */
  readonly ledger: RunLedger | undefined;
}

export interface Observation {
  readonly reports: readonly ScheduleReport[];
  /** Runs were counted from here on. */
  readonly from: Date;
}

const DAY_MS = 86_400_000;
const ALARM_DAYS = 30;
const SHOWN = 5;
const IDS_AT_ONCE = 500;
/** The end of Temporal's days, where the one time of a schedule on demand is. */
const NEVER = Date.UTC(2100, 11, 31);

/** The state of schedules, in their order: one question a schedule, one query for all runs of the last 24 hours. */
export async function observeSchedules(input: ObserveInput): Promise<Observation> {
  const { client, schedules, now, ledger } = input;
  const ownIds = new Map(
    schedules.flatMap(({ id, formerIds }) => [id, ...formerIds].map((one) => [one, id])),
  );
  const [held, found] = await Promise.all([
    mapBounded(schedules, { atOnce: AT_ONCE, work: ({ id }) => describeSchedule(client, id) }),
    executionsBetween(client, {
      scheduleIds: [...ownIds.keys()],
      from: new Date(now.getTime() - DAY_MS),
      to: now,
    }),
  ]);
  const ids = [...ownIds.keys()];
  const [rows, watches] = await Promise.all([
    byPages(ids, (scheduleIds) => ledger?.rowsAround({ scheduleIds, from: found.from, to: now })),
    byPages(ids, (scheduleIds) => ledger?.watches(scheduleIds)),
  ]);
  const earlier = await executionsNamed(client, unseen({ held, executions: found.executions, rows }));
  const underOwnId = <Run extends Execution | LedgerRow>(runs: readonly Run[]) =>
    runs.map((run) => ({ ...run, scheduleId: ownIds.get(run.scheduleId) ?? run.scheduleId }));
  const runs = Map.groupBy(
    await slotRuns(client, {
      executions: underOwnId([...found.executions, ...earlier]),
      rows: underOwnId(rows),
    }),
    ({ scheduleId }) => scheduleId,
  );
  const rowsById = ledger && Map.groupBy(underOwnId(rows), ({ scheduleId }) => scheduleId);
  const reports = schedules.map((schedule, at) =>
    reportOn(schedule, {
      ...input,
      held: held[at],
      from: found.from,
      runs: runs.get(schedule.id) ?? [],
      rows: rowsById && (rowsById.get(schedule.id) ?? []),
      watched: watchedOf(schedule, watches),
    }),
  );
  return { reports, from: found.from };
}

/** A schedule that the server has and the catalogue has not. */
export async function observeUndeclared({
  client,
  held,
  owner,
  now,
}: Pick<ObserveInput, 'client' | 'owner' | 'now'> & {
  readonly held: ServerSchedule;
}): Promise<ScheduleReport> {
  const names = held.info.recentActions.map(({ workflowId }) => workflowId);
  const runs = await slotRuns(client, { executions: await executionsNamed(client, names), rows: [] });
  return {
    id: held.id,
    state: !isOurs(held, owner) ? 'not ours' : held.paused ? 'paused' : 'active',
    note: held.note,
    declared: undefined,
    held,
    reach: undefined,
    changes: [],
    next: nextOf(held, now),
    runs: latest(runs),
    counts: undefined,
    passed: [],
  };
}

function reportOn(
  schedule: ResolvedSchedule,
  {
    held,
    owner,
    from,
    runs,
    rows,
    watched,
    now,
  }: Pick<ObserveInput, 'owner' | 'now'> & {
    readonly held: ServerSchedule | undefined;
    readonly from: Date;
    readonly runs: readonly SlotRun[];
    readonly rows: readonly LedgerRow[] | undefined;
    readonly watched: Watched | undefined;
  },
): ScheduleReport {
  const { id, note } = schedule;
  const shared = { id, declared: schedule, held, runs: latest(runs) };
  const passed = (rows ?? [])
    .filter(({ claimedAt }) => claimedAt === null)
    .toSorted((a, b) => b.slot.getTime() - a.slot.getTime());
  if (held === undefined || !isOurs(held, owner)) {
    const finished = held === undefined && isFinished(schedule, { now });
    const state = finished ? 'finished' : held === undefined ? 'not applied' : 'not ours';
    const { kind, reason, until } = targetOf(schedule, { held: undefined, now });
    const reach = { kind, reason, until: dateOf(until), alarm: false };
    return { ...shared, state, note, reach, changes: [], next: [], counts: undefined, passed };
  }
  const { target, changes } = compare(schedule, { held, now });
  const last = target.kind === 'enumerated' ? held.spec.endAt : undefined;
  const until = dateOf(last === undefined ? undefined : last + 1);
  return {
    ...shared,
    state: stateOf(schedule, { held, now }),
    note: held.note,
    reach: {
      kind: target.kind,
      reason: target.reason,
      until,
      alarm: until !== undefined && until.getTime() - now.getTime() < ALARM_DAYS * DAY_MS,
    },
    changes,
    next: nextOf(held, now),
    counts: countSlots({ schedule, held, runs, rows, watched, from, now }),
    passed,
  };
}

function stateOf(
  schedule: ResolvedSchedule,
  { held, now }: { readonly held: ServerSchedule; readonly now: Date },
): ScheduleState {
  if (held.paused) return 'paused';
  if (held.remainingActions === 0) return 'used up';
  if (schedule.recurrence.kind === 'manual') return 'on demand';
  return isFinished(schedule, { now }) ? 'finished' : 'active';
}

/** A server that has just come back may still name times that have passed. */
function nextOf({ info }: ServerSchedule, now: Date): readonly Date[] {
  const ahead = info.nextTimes.filter((at) => at > now && at.getTime() < NEVER);
  return ahead.slice(0, SHOWN);
}

/** By when they were started, so that a backfill of old times shows. */
function latest(runs: readonly SlotRun[]): readonly SlotRun[] {
  return runs
    .toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime() || b.slot.getTime() - a.slot.getTime())
    .slice(0, SHOWN);
}

/** Runs that the server's own short list names, and that neither look has brought. */
function unseen({
  held,
  executions,
  rows,
}: {
  readonly held: readonly (ServerSchedule | undefined)[];
  readonly executions: readonly Execution[];
  readonly rows: readonly LedgerRow[];
}): readonly string[] {
  const seen = new Set([...executions, ...rows].map(({ workflowId }) => workflowId));
  const named = held.flatMap((one) => one?.info.recentActions.slice(-SHOWN) ?? []);
  return named.map(({ workflowId }) => workflowId).filter((workflowId) => !seen.has(workflowId));
}

/** Asks about many schedules, some hundred at a time. */
async function byPages<T>(
  scheduleIds: readonly string[],
  ask: (page: readonly string[]) => Promise<readonly T[]> | undefined,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let start = 0; start < scheduleIds.length; start += IDS_AT_ONCE) {
    found.push(...((await ask(scheduleIds.slice(start, start + IDS_AT_ONCE))) ?? []));
  }
  return found;
}

function dateOf(seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000);
}
