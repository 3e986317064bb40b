import type { Client } from '@temporalio/client';
import type { Database } from '../db/pool.ts';
import { endSlot } from '../db/schedule-claims.ts';
import {
  giveUp,
  latestRunSlot,
  noteAsked,
  notePassed,
  type PassedSlot,
  slotsInState,
} from '../db/schedule-runs.ts';
import { advanceWatch, loadWatch, noteWatchPaused, type ScheduleWatch } from '../db/schedule-watches.ts';
import { type MadeUp, type MissedSlot, makeUp } from '../domain/missed-times.ts';
import { askForSlots, fateOf, hasRun, startedSlots } from './schedule-server.ts';
import {
  type AppliedSchedule,
  dropsOverlapping,
  type Findings,
  instant,
  lookThrough,
  seconds,
  slotOf,
  spansOf,
  type TimedSchedule,
  type TimesBetween,
} from './schedule-times.ts';

export interface ScheduleCatchUpDeps<Rule, Schedule extends TimedSchedule<Rule>> {
  readonly database: Database;
  readonly schedules: () => readonly Schedule[] | Promise<readonly Schedule[]>;
  readonly timesBetween: TimesBetween<Rule>;
  /** @returns undefined where Temporal has none that is ours. */
  readonly readSchedule: (client: Client, schedule: Schedule) => Promise<AppliedSchedule | undefined>;
  /** The machine word of an error, for reports. */
  readonly codeOf: (error: unknown) => string;
  /** How long a time is left to Temporal and to lists that lag before anybody calls it missed. Milliseconds. */
  readonly grace?: number;
}

export interface WatchReport {
  readonly id: string;
  readonly state:
    | 'watched'
    | 'not_applied'
    /** Nothing is decided while it is paused, */
    | 'paused'
    /** nor while Temporal has another rule than the catalogue, */
    | 'differs'
    /** nor while starts wait for their turn. */
    | 'busy';
  readonly owed: number;
  readonly missed: number;
  readonly skipped: number;
  readonly late: number;
  /** Owed slots for which Temporal was asked now. */
  readonly asked: number;
}

export interface WatchFindings {
  /** Those of which there is more to say than that all is well. */
  readonly schedules: readonly WatchReport[];
  readonly failed: readonly { readonly id: string; readonly code: string }[];
}

function isWorthTelling({ state, ...counts }: WatchReport): boolean {
  const { owed, missed, skipped, late, asked } = counts;
  return state !== 'watched' || owed + missed + skipped + late + asked > 0;
}

const GRACE_MS = 120_000;
const MOST_WRITTEN = 1_000;
const ASKED_AT_ONCE = 100;

const NOTHING = { owed: 0, missed: 0, skipped: 0, late: 0, asked: 0 };

/** One look at one schedule. */
interface Look<Rule> {
  readonly client: Client;
  readonly schedule: TimedSchedule<Rule>;
  readonly scheduleIds: readonly string[];
  readonly applied: AppliedSchedule;
  readonly watch: ScheduleWatch | undefined;
  readonly now: Date;
}

export function createScheduleCatchUpActivities<Rule, Schedule extends TimedSchedule<Rule>>(
  deps: ScheduleCatchUpDeps<Rule, Schedule>,
  getClient: () => Client,
) {
  const { orm } = deps.database;
  const { timesBetween, grace = GRACE_MS } = deps;

  return {
    async schedulesToWatch(): Promise<readonly string[]> {
      return (await deps.schedules()).map(({ id }) => id);
    },

    /**
     * Looks through the times of schedules since the last look, and has made up what their `catchUp` says. One that
     * cannot be looked through stops no other; where none can, the whole look is tried again.
     */
    async watchSchedules({ ids }: { readonly ids: readonly string[] }): Promise<WatchFindings> {
      const schedules: WatchReport[] = [];
      const failed: { id: string; code: string }[] = [];
      let trouble: unknown;
      const declared = new Map((await deps.schedules()).map((schedule) => [schedule.id, schedule]));
      for (const id of ids) {
        try {
          schedules.push(await watch(id, declared.get(id)));
        } catch (error) {
          trouble = error;
          failed.push({ id, code: deps.codeOf(error) });
        }
      }
      if (schedules.length === 0 && trouble !== undefined) throw trouble;
      return { schedules: schedules.filter(isWorthTelling), failed };
    },
  };

  async function watch(id: string, schedule: Schedule | undefined): Promise<WatchReport> {
    const client = getClient();
    const applied = schedule && (await deps.readSchedule(client, schedule));
    if (schedule === undefined || applied === undefined) return { id, state: 'not_applied', ...NOTHING };
    const scheduleIds = [id, ...schedule.formerIds];
    await settleEnded({ client, scheduleIds });
    const watch = await loadWatch(orm, schedule);
    const now = new Date();
    const undecided = undecidedState({ schedule, applied });
    if (undecided === 'paused') await noteWatchPaused(orm, { id, at: now });
    if (undecided !== undefined) return { id, state: undecided, ...NOTHING };

    const look = { client, schedule, scheduleIds, applied, watch, now };
    const found = await lookThrough({ ...look, db: orm, spans: spansOf({ ...look, grace }), timesBetween });
    const decided = await decide(look, found.missed);
    const isWritten = await write(look, { found, decided });
    return {
      id,
      state: 'watched',
      owed: decided.filter(({ state }) => state === 'owed').length,
      missed: decided.filter(({ state }) => state === 'missed').length + found.unlisted,
      skipped: found.skipped.length,
      late: found.late,
      asked: isWritten ? await askForOwed(look) : 0,
    };
  }

  /** Runs that ended without noting it (terminated, timed out) still hold their slots. */
  async function settleEnded({
    client,
    scheduleIds,
  }: Pick<Look<Rule>, 'client' | 'scheduleIds'>): Promise<void> {
    for (const row of await slotsInState(orm, { scheduleIds, state: 'running' })) {
      const { scheduleId, slot, workflowId, runId, claimedAt } = row;
      if (workflowId === null || runId === null) continue;
      const { fate, closedAt } = await fateOf(client, { workflowId, runId });
      if (fate === 'running') continue;
      const at = closedAt ?? claimedAt ?? slot;
      const end =
        fate === 'completed'
          ? { state: 'completed' as const, reason: undefined }
          : { state: 'failed' as const, reason: fate };
      await endSlot(orm, { scheduleId, slot, runId, at, ...end });
    }
  }

  /** What becomes of each missed slot, those owed since an earlier look among them. */
  async function decide(look: Look<Rule>, found: readonly number[]): Promise<readonly MadeUp[]> {
    const { client, schedule, scheduleIds, applied, watch, now } = look;
    const owed = await slotsInState(orm, { scheduleIds, state: 'owed' });
    const known = new Set(owed.map(slotOf));
    const pausedUntil = seconds(watch?.pausedSeenAt ?? new Date(0));
    let missed: readonly MissedSlot[] = [...known, ...found]
      .toSorted((a, b) => a - b)
      .map((slot) => ({ slot, why: slot <= pausedUntil ? 'paused' : 'no_run' }));
    let latestRun = await latestRunOf(look, missed);
    for (;;) {
      const decided = makeUp({
        missed,
        policy: {
          catchUp: schedule.catchUp,
          within: schedule.catchUpWithin / 1000,
          atMost: schedule.catchUpAtMost,
        },
        latestRun,
        isInRule: (slot) =>
          applied.extras.includes(slot) ||
          timesBetween(schedule.recurrence, { after: slot - 1, before: slot + 1, count: 1 }).length > 0,
        now: seconds(now),
      });
      // Lists lag; before a slot is made up for the first time, its run itself is asked for.
      const started = new Set<number>();
      for (const { slot, state } of decided) {
        if (state !== 'owed' || known.has(slot)) continue;
        if (await hasRun(client, { scheduleIds, slot })) started.add(slot);
      }
      if (started.size === 0) return decided;
      missed = missed.filter(({ slot }) => !started.has(slot));
      latestRun = Math.max(latestRun ?? 0, ...started);
    }
  }

  async function latestRunOf(
    { client, schedule, scheduleIds, now }: Look<Rule>,
    missed: readonly MissedSlot[],
  ): Promise<number | undefined> {
    const last = missed.at(-1);
    if (schedule.catchUp !== 'latest' || last === undefined) return undefined;
    const [claimed, started] = await Promise.all([
      latestRunSlot(orm, scheduleIds),
      startedSlots(client, { scheduleIds, from: last.slot + 1, to: seconds(now) }),
    ]);
    const slots = [...started, ...(claimed === undefined ? [] : [seconds(claimed)])];
    return slots.length === 0 ? undefined : Math.max(...slots);
  }

  /** @returns false when another look was quicker; then nothing is written. */
  async function write(
    { schedule, scheduleIds, applied, watch }: Look<Rule>,
    { found, decided }: { readonly found: Findings; readonly decided: readonly MadeUp[] },
  ): Promise<boolean> {
    const isNew = new Set(found.missed);
    const rows = [
      ...decided.filter(({ slot }) => isNew.has(slot)).map(passedSlot),
      ...found.skipped.map(
        (slot): PassedSlot => ({ slot: instant(slot), state: 'skipped', reason: 'overlap' }),
      ),
    ].toSorted((a, b) => rank(b) - rank(a) || b.slot.getTime() - a.slot.getTime());
    const written = rows.slice(0, MOST_WRITTEN);
    const until = instant(found.until);
    return orm.transaction(async (tx) => {
      for (const one of decided) {
        if (one.state === 'owed' || isNew.has(one.slot)) continue;
        await giveUp(tx, { scheduleIds, slot: instant(one.slot), reason: one.reason });
      }
      if (watch?.watchedUntil?.getTime() === until.getTime()) return true;
      const isOurs = await advanceWatch(tx, {
        id: schedule.id,
        seen: watch,
        until,
        definition: JSON.stringify(schedule.recurrence),
        scheduleCreatedAt: applied.createdAt,
        unlisted: found.unlisted + rows.length - written.length,
      });
      if (isOurs) await notePassed(tx, { scheduleId: schedule.id, slots: written });
      return isOurs;
    });
  }

  /**
   * Asks Temporal for runs of what is owed. What was asked for before is asked for again once nothing is under way:
   * should it have been started after all, its claim ends the second run at once.
   */
  async function askForOwed({ client, schedule, scheduleIds, applied, now }: Look<Rule>): Promise<number> {
    const owed = await slotsInState(orm, { scheduleIds, state: 'owed' });
    const open = owed.filter(({ askedAt }) => askedAt === null || !applied.busy);
    for (let start = 0; start < open.length; start += ASKED_AT_ONCE) {
      const slots = open.slice(start, start + ASKED_AT_ONCE).map(({ slot }) => slot);
      const ranges = slots.map((slot) => ({ slot, until: lastStartOf({ slot, schedule, applied }) }));
      await askForSlots(client, { id: schedule.id, slots: ranges });
      await noteAsked(orm, { scheduleIds, slots, at: now });
    }
    return open.length;
  }

  /** Temporal puts a start off by up to the jitter, never as far as the next time. */
  function lastStartOf({
    slot,
    schedule,
    applied,
  }: { readonly slot: Date } & Pick<Look<Rule>, 'schedule' | 'applied'>): Date {
    const at = seconds(slot);
    const next = [
      ...timesBetween(schedule.recurrence, { after: at, count: 1 }),
      ...applied.extras.filter((extra) => extra > at),
    ];
    return new Date(Math.min(slot.getTime() + schedule.jitter, ...next.map((one) => one * 1000 - 1)));
  }
}

export type ScheduleCatchUpActivities = ReturnType<typeof createScheduleCatchUpActivities>;

function undecidedState({
  schedule,
  applied,
}: Pick<Look<unknown>, 'schedule' | 'applied'>): 'paused' | 'differs' | 'busy' | undefined {
  if (applied.paused) return 'paused';
  if (applied.differs) return 'differs';
  const waits = !dropsOverlapping(schedule) && schedule.overlap !== 'allowAll';
  return applied.busy && waits ? 'busy' : undefined;
}

/** What is owed is always written down, then the latest of the others. */
function rank({ state }: PassedSlot): number {
  return state === 'owed' ? 1 : 0;
}

function passedSlot(one: MadeUp): PassedSlot {
  const reason = one.state === 'owed' ? undefined : one.reason;
  return { slot: instant(one.slot), state: one.state, reason };
}
