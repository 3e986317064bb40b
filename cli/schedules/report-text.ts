import { lateBy, type SlotRun } from '../../schedules/observe/slot-runs.ts';
import type { ScheduleReport } from '../../schedules/observe/state.ts';
import { describeRecurrence } from '../../schedules/recurrence/words.ts';
import type { ResolvedSchedule } from '../../schedules/resolved.ts';
import { spanText } from '../../schedules/span.ts';

/** The words and the JSON in which `list` and `show` tell of a schedule. */

const LATE_MS = 60_000;

/** When it runs, in plain English. */
export function meaningOf({ declared, held }: ScheduleReport): string {
  if (declared !== undefined) return describeRecurrence(declared.recurrence);
  return held === undefined ? '' : 'on the server only';
}

export function zoneOf({ declared, held }: Pick<ScheduleReport, 'declared' | 'held'>): string {
  return declared?.timezone ?? held?.spec.timezone ?? 'UTC';
}

export function statusText(run: SlotRun, { now }: { readonly now: Date }): string {
  const late = lateBy(run, { now });
  const status = run.status === 'waiting' ? 'waiting for a worker' : run.status.replace('_', ' ');
  return [
    status,
    ...(run.reason === undefined ? [] : [`(${run.reason})`]),
    ...(late > LATE_MS ? [`${roughSpan(late)} late`] : []),
  ].join(' ');
}

/** What happens to times that pass without a run. */
export function catchUpText({ catchUp, catchUpWithin, catchUpAtMost }: ResolvedSchedule): string {
  const within = `not older than ${spanText(catchUpWithin)}`;
  const words = {
    skip: 'missed times are shown and not run',
    latest: `one run for a whole gap, as of its last time, if that is ${within}`,
    all: `each missed time ${within}, oldest first, at most the last ${catchUpAtMost}`,
  };
  return words[catchUp];
}

/** Everything about a schedule; times ISO 8601 in UTC, spans in seconds. */
export function reportJson(report: ScheduleReport, { now }: { readonly now: Date }): unknown {
  const { id, state, note, declared, held, reach, changes, next, runs, counts, passed } = report;
  return {
    id,
    state,
    note,
    meaning: meaningOf(report),
    timezone: zoneOf(report),
    workflow: declared?.workflow ?? held?.action.workflow,
    taskQueue: declared?.taskQueue ?? held?.action.taskQueue,
    ...(declared === undefined
      ? {}
      : {
          when: declared.whenText,
          overlap: declared.overlap,
          catchUp: {
            policy: declared.catchUp,
            within: declared.catchUpWithin / 1000,
            atMost: declared.catchUpAtMost,
          },
          jitter: declared.jitter / 1000,
        }),
    next,
    runs: runs.map((run) => ({
      slot: run.slot,
      status: run.status,
      reason: run.reason ?? null,
      workflowId: run.workflowId,
      runId: run.runId,
      startedAt: run.startedAt,
      takenUpAt: run.takenUpAt ?? null,
      endedAt: run.endedAt ?? null,
      lateSeconds: Math.floor(lateBy(run, { now }) / 1000),
    })),
    counts: counts ?? null,
    compiled:
      reach === undefined
        ? null
        : { kind: reach.kind, reason: reach.reason, until: reach.until ?? null, alarm: reach.alarm },
    changes,
    exceptions: (held?.exceptions ?? []).map(({ kind, at }) => ({ kind, at: new Date(at * 1000) })),
    withoutRun: passed.map(({ slot, state: became, reason }) => ({ slot, state: became, reason })),
    server:
      held === undefined
        ? null
        : {
            createdAt: held.createdAt,
            updatedAt: held.updatedAt ?? null,
            running: held.info.runningWorkflowIds,
            buffered: held.info.bufferSize,
            bufferDropped: held.info.bufferDropped,
            started: held.info.actionsTaken,
            skippedOverlap: held.info.skippedOverlap,
            missedCatchupWindow: held.info.missedCatchupWindow,
            remainingActions: held.remainingActions ?? null,
          },
  };
}

/** Milliseconds in the largest unit that says enough: `3m`, `5h`, `2d`. */
function roughSpan(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const;
  const [unit, length] = units.find(([, one]) => milliseconds >= 2 * one) ?? ['s', 1000];
  return `${Math.floor(milliseconds / length)}${unit}`;
}
