import { messageOf } from '../domain/errors.ts';
import type { Schedule, When } from './define.ts';
import type { DeclaredIn, Profile } from './ownership.ts';
import { compile } from './recurrence/compile.ts';
import { type Recurrence, RFC_DST } from './recurrence/rule.ts';
import { timesBetween } from './recurrence/times.ts';
import { toRecurrence, whenText } from './recurrence/when.ts';
import type { ResolvedSchedule } from './resolved.ts';
import { parseSpan } from './span.ts';

const DAY = 86_400;
/** The server's next times must be known for so long, or a week without workers would end a schedule. */
const SHORTEST_HORIZON = 30 * DAY;
/** So many times in that span may not fit into an enumerated spec. */
const MANY = 2000;
/** Instant of the year 1. */
const EVER = -62_135_596_800;

export interface ResolveInput {
  readonly profile: Profile;
  /** Where flows start that name no queue. */
  readonly taskQueue: string;
  readonly now: Date;
  /** Default: the catalogue. */
  readonly declaredIn?: DeclaredIn;
}

/**
 * An entry whose form is right, with every default and the profile in it.
 * @throws UsageError whose message begins with the field.
 */
export function resolve(
  schedule: Schedule,
  { profile, taskQueue, now, declaredIn = 'catalogue' }: ResolveInput,
): ResolvedSchedule {
  const prefix = profile === 'development' ? 'dev-' : '';
  const own = profile === 'development' ? schedule.development : undefined;
  const when = own?.when ?? schedule.when;
  const { timezone, start, backlog } = schedule;
  return {
    id: `${prefix}${schedule.id}`,
    formerIds: (schedule.formerIds ?? []).map((id) => `${prefix}${id}`),
    profile,
    declaredIn,
    recurrence: recurrenceOf(when, { timezone, dst: { ...RFC_DST, ...schedule.dst } }, now),
    whenText: whenText(when),
    timezone,
    workflow: start.workflow,
    args: start.args ?? [],
    taskQueue: start.taskQueue ?? taskQueue,
    overlap: schedule.overlap,
    catchUp: schedule.catchUp,
    catchUpWithin: parseSpan(schedule.catchUpWithin ?? '6h'),
    catchUpAtMost: schedule.catchUpAtMost ?? 100,
    jitter: parseSpan(schedule.jitter ?? '0s'),
    pauseAfterFailures: schedule.pauseAfterFailures,
    backlog:
      backlog === undefined
        ? undefined
        : { after: parseSpan(backlog.after), batch: parseSpan(backlog.batch) },
    startPaused: own?.startPaused ?? schedule.startPaused ?? false,
    note: schedule.note,
  };
}

function recurrenceOf(when: When, input: Parameters<typeof toRecurrence>[1], now: Date): Recurrence {
  let recurrence: Recurrence;
  try {
    recurrence = toRecurrence(when, input);
    if (recurrence.kind !== 'manual' && timesBetween(recurrence, { after: EVER, count: 1 }).length === 0) {
      throw new Error('never fires; write manual() for a schedule that only somebody starts');
    }
    refuseTooFrequent(recurrence, Math.floor(now.getTime() / 1000));
  } catch (error) {
    throw new Error(`when (${whenText(when)}): ${messageOf(error)}`, { cause: error });
  }
  return recurrence;
}

function refuseTooFrequent(recurrence: Recurrence, now: number): void {
  if (recurrence.kind !== 'rules') return;
  const soon = timesBetween(recurrence, { after: now, before: now + SHORTEST_HORIZON, count: MANY });
  if (soon.length < MANY) return;
  const { kind, window, reason } = compile(recurrence, { now });
  if (kind === 'exact' || window === undefined || window.until - now >= SHORTEST_HORIZON) return;
  throw new Error(
    `fires too often for a rule that Temporal can only be told time by time (${reason}): what fits reaches ${Math.floor((window.until - now) / DAY)} days, and 30 are needed; every(…) has no such limit`,
  );
}
