import type { Client } from '@temporalio/client';
import { withNamedLock } from '../db/named-lock.ts';
import type { Database } from '../db/pool.ts';
import {
  findReport,
  noteReportSynced,
  noteReportSyncTrouble,
  reportsToSync,
  type StoredReport,
} from '../db/report-definitions.ts';
import { SluiceError } from '../domain/errors.ts';
import { reportScheduleId } from '../domain/reports/definition.ts';
import { mapBounded } from '../schedules/bounded.ts';
import { converge } from '../schedules/converge.ts';
import type { Owner } from '../schedules/ownership.ts';
import { findOwned } from '../schedules/plan.ts';
import { deleteOwned } from '../schedules/remove.ts';
import { reportSchedule } from '../schedules/report-schedule.ts';
import { failureOf } from './failures.ts';

/** What bringing one report's schedule in line with its row did. */
export interface SyncedReport {
  readonly id: string;
  readonly outcome: 'created' | 'updated' | 'deleted' | 'unchanged' | 'finished';
  /** The schedule's note, if it is paused: by hand, or after failures. Left as it is. */
  readonly pauseNote: string | undefined;
}

export interface SyncInput {
  readonly database: Database;
  readonly client: Client;
  /** Of the installation. */
  readonly owner: Pick<Owner, 'profile' | 'taskQueue'>;
}

const LOCK_WAIT_SECONDS = 30;
/** A change of a row follows in seconds; one made at the schedule itself, in Temporal, within this. */
const LOOK_AGAIN_MS = 10 * 60_000;
const MOST_AT_A_TIME = 200;
/** Each holds one connection for its lock and needs a second one. */
const AT_ONCE = 2;

/**
 * Makes the schedule of a report what its row says, and notes it. One at a time for a report, all over the installation:
 * what is written to Temporal last is always the newest row, and a crash leaves the row marked, for the next who comes.
 * @throws SluiceError `schedule_foreign` where somebody else's schedule has the id; `lock_busy`
 */
export async function syncReport(input: SyncInput & { readonly id: string }): Promise<SyncedReport> {
  const { database, id } = input;
  try {
    return await withNamedLock(database, { name: `report ${id}`, waitSeconds: LOCK_WAIT_SECONDS }, () =>
      untilInLine(input),
    );
  } catch (error) {
    const code = error instanceof SluiceError ? error.code : (failureOf(error).type ?? 'failed');
    // What is in the way may be the database itself.
    await noteReportSyncTrouble(database.orm, { id, code, now: new Date() }).catch(() => undefined);
    throw error;
  }
}

async function untilInLine(input: SyncInput & { readonly id: string }): Promise<SyncedReport> {
  const { database, id } = input;
  for (;;) {
    const report = await findReport(database.orm, id);
    if (report === undefined) throw new Error(`there is no report ${id}`);
    const synced = await bring(report, input);
    const { changeNo } = report;
    const { pauseNote } = synced;
    if (await noteReportSynced(database.orm, { id, changeNo, pauseNote, now: new Date() })) return synced;
  }
}

async function bring(
  report: StoredReport,
  { client, owner: installation }: SyncInput,
): Promise<SyncedReport> {
  const { id, definition, isActive, deletedAt } = report;
  const owner: Owner = { ...installation, declaredIn: 'reports' };
  const now = new Date();
  if (!isActive || deletedAt !== null) {
    const scheduleId = scheduleIdOf(id, owner);
    const held = await findOwned({ client, id: scheduleId, owner });
    if (held !== undefined) await deleteOwned({ client, id: scheduleId, owner });
    return { id, outcome: held === undefined ? 'unchanged' : 'deleted', pauseNote: undefined };
  }
  const schedule = reportSchedule(definition, { ...installation, now });
  const { outcome, held } = await converge(schedule, { client, owner, now });
  if (outcome === 'foreign') {
    throw new SluiceError(`there is a schedule "${schedule.id}" already, and it is not this report's`, {
      code: 'schedule_foreign',
      sort: 'item',
      hint: 'Give the report another id, or that schedule.',
    });
  }
  return { id, outcome, pauseNote: held?.paused === true ? held.note : undefined };
}

export interface SyncOfReports {
  /** Those that were not as their row says. */
  readonly mended: readonly SyncedReport[];
  readonly unchanged: number;
  readonly failed: readonly { readonly id: string; readonly code: string }[];
}

/**
 * Brings reports in line: those that were changed since, and those at whose schedule nobody has looked for ten minutes.
 * One that cannot be is tried again the next time, and stops no other.
 * @param input.ids unset: those that need it, some hundred at most
 */
export async function syncReports({
  ids,
  ...input
}: SyncInput & { readonly ids?: readonly string[] }): Promise<SyncOfReports> {
  const failed: { id: string; code: string }[] = [];
  const lookedBefore = new Date(Date.now() - LOOK_AGAIN_MS);
  const due = ids ?? (await reportsToSync(input.database.orm, { lookedBefore, limit: MOST_AT_A_TIME }));
  const synced = await mapBounded(due, {
    atOnce: AT_ONCE,
    async work(id) {
      try {
        return [await syncReport({ ...input, id })];
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        failed.push({ id, code: error.code });
        return [];
      }
    },
  });
  const all = synced.flat();
  return { mended: all.filter(isMended), unchanged: all.filter((one) => !isMended(one)).length, failed };
}

function isMended({ outcome }: SyncedReport): boolean {
  return outcome !== 'unchanged' && outcome !== 'finished';
}

/** Id of a report's schedule in a profile. */
export function scheduleIdOf(id: string, { profile }: Pick<Owner, 'profile'>): string {
  return `${profile === 'development' ? 'dev-' : ''}${reportScheduleId(id)}`;
}
