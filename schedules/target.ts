import { compile } from './recurrence/compile.ts';
import type { TemporalSpec } from './recurrence/spec.ts';
import type { ResolvedSchedule } from './resolved.ts';
import { sameSpec } from './server/same-spec.ts';

const DAY = 86_400;
/** An enumerated spec with more than this ahead of it needs no rolling. */
const ENOUGH_AHEAD = 200 * DAY;

/** The spec that the server should hold for a catalogue entry, exceptions apart. */
export interface Target {
  readonly spec: TemporalSpec;
  readonly kind: 'exact' | 'enumerated';
  /** Why it is of that kind. */
  readonly reason: string;
  /** Times from this instant on are not in it; undefined: all are. Seconds. */
  readonly until: number | undefined;
  /** The server holds the right times, but too few of them are ahead. */
  readonly isRoll: boolean;
}

/**
 * What should be there, given what is. Of a rule that can only be told time by time, the server's own window is as good
 * as any other while enough of it is ahead: 200 days, or half of what such a rule can have.
 * @param input.held the server's spec, without exceptions; undefined where there is none.
 */
export function targetOf(
  schedule: ResolvedSchedule,
  { held, now: date }: { readonly held: TemporalSpec | undefined; readonly now: Date },
): Target {
  const now = Math.floor(date.getTime() / 1000);
  const same = held === undefined ? undefined : sameWindow(schedule, { held, now });
  const isRight = held !== undefined && same !== undefined && sameSpec(same.spec, held);
  if (same !== undefined && same.until - now >= ENOUGH_AHEAD) return { ...same, isRoll: false };
  const fresh = compile(schedule.recurrence, { now });
  const until = fresh.window?.until;
  if (same !== undefined && until !== undefined && same.until - now >= (until - now) / 2) {
    return { ...same, isRoll: false };
  }
  return {
    spec: { ...fresh.spec, jitter: schedule.jitter },
    kind: fresh.kind,
    reason: fresh.reason,
    until,
    isRoll: isRight && until !== undefined && until > same.until,
  };
}

/** The times of a rule in the window that the server holds, if it holds one that includes the present. */
function sameWindow(
  schedule: ResolvedSchedule,
  { held: { startAt: from, endAt: last }, now }: { readonly held: TemporalSpec; readonly now: number },
) {
  if (from === undefined || last === undefined || from > now || last <= now) return undefined;
  const until = last + 1;
  const { kind, spec, reason, window } = compile(schedule.recurrence, { now, from, until });
  if (kind === 'exact' || window?.from !== from || window.until !== until) return undefined;
  return { kind, spec: { ...spec, jitter: schedule.jitter }, reason, until };
}
