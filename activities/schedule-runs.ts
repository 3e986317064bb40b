import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Database } from '../db/pool.ts';
import { type Claim, endSlot, insertClaim, reopen, slotRows, takeOver } from '../db/schedule-claims.ts';
import { lastCompletedSlot, lastEnds, type ScheduleRun } from '../db/schedule-runs.ts';
import { loadWatch, noteFailuresFrom } from '../db/schedule-watches.ts';
import { type Occurrence, occurrenceOf } from '../domain/occurrence.ts';
import { fateOf, pauseUnlessPaused } from './schedule-server.ts';

/** What a declared schedule says about its runs. Spans in milliseconds. */
export interface DeclaredSchedule {
  readonly id: string;
  readonly formerIds: readonly string[];
  readonly timezone: string;
  readonly pauseAfterFailures: number | undefined;
  readonly backlog: { readonly after: number; readonly batch: number } | undefined;
}

export interface ScheduleRunDeps {
  readonly database: Database;
  /** Those among which the one of an id is, if it is declared; others may be there, too. */
  readonly schedules: (id: string) => readonly DeclaredSchedule[] | Promise<readonly DeclaredSchedule[]>;
  readonly dryRun: boolean;
}

/** A run of a schedule; `runId` is that of its chain's first run, `slot` ISO 8601, whole seconds. */
export interface SlotRun {
  readonly scheduleId: string;
  readonly slot: string;
  readonly workflowId: string;
  readonly runId: string;
}

export type SlotClaim =
  | { readonly kind: 'ours'; readonly occurrence: Occurrence }
  /** Another run does, or did, the work of this slot. */
  | { readonly kind: 'taken'; readonly by: RunName };

export interface RunName {
  readonly workflowId: string | null;
  readonly runId: string | null;
}

export type SlotEnd =
  | { readonly state: 'completed' }
  /** `code` of its failure; never a text that could name somebody. */
  | { readonly state: 'failed'; readonly code: string };

/** A completed slot of a worker that ran dry; a live one does it again. */
const DRY_RUN = 'dry_run';

export function createScheduleRunActivities(deps: ScheduleRunDeps, getClient: () => Client) {
  const { orm } = deps.database;

  /** A schedule that is not declared here claims its slots like any other. */
  async function declared(scheduleId: string): Promise<DeclaredSchedule> {
    const schedules = await deps.schedules(scheduleId);
    return (
      schedules.find(({ id }) => id === scheduleId) ??
      schedules.find(({ formerIds }) => formerIds.includes(scheduleId)) ?? {
        id: keyOf(scheduleId),
        formerIds: [],
        timezone: 'UTC',
        pauseAfterFailures: undefined,
        backlog: undefined,
      }
    );
  }

  async function isHeld(row: ScheduleRun): Promise<boolean> {
    if (row.state === 'completed') return deps.dryRun || row.reason !== DRY_RUN;
    if (row.state !== 'running') return false;
    const { workflowId, runId } = row;
    if (workflowId === null || runId === null) return false;
    const { fate } = await fateOf(getClient(), { workflowId, runId });
    return fate === 'running' || fate === 'completed';
  }

  async function backlogFrom(schedule: DeclaredSchedule, slot: Date): Promise<Date | undefined> {
    if (schedule.backlog === undefined) return undefined;
    const last = await lastCompletedSlot(orm, { scheduleIds: idsOf(schedule), before: slot });
    const isLong = last !== undefined && slot.getTime() - last.getTime() > schedule.backlog.after;
    return isLong ? last : undefined;
  }

  return {
    /**
     * Takes the slot for a run, before it does anything. The first run has it; another one gets it only when that
     * ended without completing, or when the slot was opened for a rerun.
     */
    async claimSlot({ scheduleId, workflowId, runId, ...run }: SlotRun): Promise<SlotClaim> {
      const schedule = await declared(scheduleId);
      const slot = new Date(run.slot);
      const scheduleIds = idsOf(schedule);
      const ours = (row: Pick<ScheduleRun, 'lateSeconds' | 'backlogFrom'>): SlotClaim => ({
        kind: 'ours',
        occurrence: occurrenceOf({
          scheduleId: schedule.id,
          slot,
          timezone: schedule.timezone,
          lateSeconds: row.lateSeconds ?? 0,
          backlog:
            row.backlogFrom === null || schedule.backlog === undefined
              ? undefined
              : { from: row.backlogFrom, batch: schedule.backlog.batch },
        }),
      });
      for (;;) {
        const rows = await slotRows(orm, { scheduleIds, slot });
        const mine = rows.find((row) => row.runId === runId && row.state !== 'rerun');
        if (mine?.state === 'running') return ours(mine);
        if (mine !== undefined) {
          await reopen(orm, mine);
          continue;
        }
        for (const row of rows) {
          if (await isHeld(row)) {
            return { kind: 'taken', by: { workflowId: row.workflowId, runId: row.runId } };
          }
        }
        const claim: Claim = {
          scheduleId: schedule.id,
          slot,
          workflowId,
          runId,
          at: new Date(),
          backlogFrom: await backlogFrom(schedule, slot),
        };
        const seen = rows.find((row) => row.scheduleId === schedule.id) ?? rows[0];
        // Whether it is ours now, or somebody else was quicker, the next look shows.
        await (seen === undefined ? insertClaim(orm, claim) : takeOver(orm, seen, claim));
      }
    },

    /** Notes how a run ended; a schedule whose runs keep failing pauses itself where it is declared to. */
    async recordSlotEnd({
      scheduleId,
      runId,
      end,
      ...run
    }: Omit<SlotRun, 'workflowId'> & { readonly end: SlotEnd }): Promise<void> {
      const schedule = await declared(scheduleId);
      const reason = end.state === 'failed' ? end.code : deps.dryRun ? DRY_RUN : undefined;
      await endSlot(orm, {
        scheduleId: schedule.id,
        slot: new Date(run.slot),
        runId,
        state: end.state,
        reason,
        at: new Date(),
      });
      if (end.state === 'failed' && end.code !== 'cancelled') await pauseAfterFailures(schedule, end.code);
    },
  };

  async function pauseAfterFailures(schedule: DeclaredSchedule, code: string): Promise<void> {
    const { id, formerIds, pauseAfterFailures: limit } = schedule;
    if (limit === undefined) return;
    const watch = await loadWatch(orm, { id, formerIds });
    const ends = await lastEnds(orm, {
      scheduleIds: idsOf(schedule),
      after: watch?.failuresFrom ?? undefined,
      limit,
    });
    if (ends.length < limit || ends.includes('completed')) return;
    await pauseUnlessPaused(getClient(), { id, note: `paused after ${limit} failed runs in a row: ${code}` });
    await noteFailuresFrom(orm, { id, at: new Date() });
  }
}

export type ScheduleRunActivities = ReturnType<typeof createScheduleRunActivities>;

function idsOf({ id, formerIds }: DeclaredSchedule): readonly string[] {
  return [id, ...formerIds];
}

const LONGEST_KEY = 255;

/** Temporal's ids may be longer than a key of the ledger; such a one is known by its digest. */
function keyOf(scheduleId: string): string {
  if (scheduleId.length <= LONGEST_KEY) return scheduleId;
  return `sha256-${createHash('sha256').update(scheduleId).digest('hex')}`;
}
