import { Temporal } from 'temporal-polyfill';

/** The scheduled time that a run works for, as its calendar shows it. Recorded with the run, so it never changes. */
export interface Occurrence {
  readonly scheduleId: string;
  /** The nominal time, `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly slot: string;
  /** IANA zone of the schedule, in which the next three are meant. */
  readonly timezone: string;
  /** `YYYY-MM-DD`. */
  readonly localDate: string;
  /** Monday is 1, Sunday 7. */
  readonly weekday: number;
  readonly weekend: boolean;
  /** How long after its slot the run began to work. */
  readonly lateSeconds: number;
  /** `backlog`: the last completed run lies so far back that the time in between is worked first, in batches. */
  readonly mode: 'normal' | 'backlog';
  /** The last completed slot. */
  readonly backlogFrom?: string;
  /** Moments as of which the batches are worked, oldest first; the slot itself is not one of them. */
  readonly backlogSteps?: readonly string[];
}

/** An instant in whole seconds, as it stands at the end of workflow ids: `2026-12-01T08:00:00Z`. */
export function slotText(slot: Date): string {
  return `${slot.toISOString().slice(0, 19)}Z`;
}

/** What a run learns of its slot; everything local is of the logical time, never of the clock on the wall. */
export function occurrenceOf({
  scheduleId,
  slot,
  timezone,
  lateSeconds,
  backlog,
}: {
  readonly scheduleId: string;
  readonly slot: Date;
  readonly timezone: string;
  readonly lateSeconds: number;
  /** `batch` in milliseconds. */
  readonly backlog?: { readonly from: Date; readonly batch: number } | undefined;
}): Occurrence {
  const local = Temporal.Instant.fromEpochMilliseconds(slot.getTime()).toZonedDateTimeISO(timezone);
  return {
    scheduleId,
    slot: slotText(slot),
    timezone,
    localDate: local.toPlainDate().toString(),
    weekday: local.dayOfWeek,
    weekend: local.dayOfWeek > 5,
    lateSeconds,
    ...(backlog === undefined
      ? { mode: 'normal' }
      : {
          mode: 'backlog',
          backlogFrom: slotText(backlog.from),
          backlogSteps: backlogSteps({ ...backlog, to: slot }).map(slotText),
        }),
  };
}

/** More batches would be longer ones instead: each costs the sources a pass. */
const MOST_BATCHES = 100;

/** The moments `from + batch`, `from + 2 × batch`, … before `to`; wider apart where there would be too many. */
function backlogSteps({
  from,
  to,
  batch,
}: {
  readonly from: Date;
  readonly to: Date;
  readonly batch: number;
}): readonly Date[] {
  const gap = to.getTime() - from.getTime();
  const width = batch * Math.ceil(gap / batch / (MOST_BATCHES + 1));
  const count = Math.ceil(gap / width) - 1;
  return Array.from({ length: count }, (_, n) => new Date(from.getTime() + (n + 1) * width));
}
