import { lengthOf } from './durations.ts';
import type { Timing } from './run.ts';
import type { WaitStep, WaitUntil } from './steps.ts';

const HOUR_MS = 3_600_000;
/** In the test timing an hour is a second. */
const TEST_FACTOR = HOUR_MS / 1000;
/** Two mails of a run keep this distance, also when many are late together; less only where the journey asks for less. */
const LEAST_GAP_MS = 12 * HOUR_MS;

/** Real milliseconds of a length in a definition. */
export function scaled(ms: number, timing: Timing): number {
  return timing === 'test' ? ms / TEST_FACTOR : ms;
}

/**
 * When a wait ends, UTC milliseconds. A local time is another matter: it depends on the person's zone.
 * @param clock when the step before was due
 * @param anchor when the journey began, moved by pauses and new dates
 */
export function waitEnds(
  until: Exclude<WaitUntil, { readonly localTime: string }>,
  { clock, anchor, timing }: { readonly clock: number; readonly anchor: number; readonly timing: Timing },
): number {
  return 'after' in until
    ? clock + scaled(lengthOf(until.after), timing)
    : Math.max(clock, anchor + scaled(lengthOf(until.sinceStart), timing));
}

/** In words: `24h after the step before`. */
export function waitText({ until }: WaitStep): string {
  if ('after' in until) return `${until.after} after the step before`;
  if ('sinceStart' in until) return `${until.sinceStart} after the start`;
  const { weekdays } = until;
  const days = weekdays === undefined ? '' : ` on ${weekdays.map((day) => WEEKDAYS[day - 1]).join(', ')}`;
  return `until ${until.localTime} of the person's time${days}`;
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/**
 * The earliest moment for a mail so that two that were planned apart do not go out together because the first one was
 * late.
 */
export function earliestSend({
  dueAt,
  last,
  timing,
}: {
  readonly dueAt: number;
  readonly last: { readonly dueAt: number; readonly sentAt: number } | undefined;
  readonly timing: Timing;
}): number {
  if (last === undefined) return dueAt;
  const gap = Math.min(scaled(LEAST_GAP_MS, timing), Math.max(0, dueAt - last.dueAt));
  return Math.max(dueAt, last.sentAt + gap);
}
