import type { Client } from '@temporalio/client';
import { timesBetween } from '../recurrence/times.ts';
import type { ResolvedSchedule } from '../resolved.ts';
import type { ServerSchedule } from '../server/describe.ts';
import { rawTime } from '../server/encode.ts';

/** One time, by the rule and by the server. Where only one of the two has it, that is a difference. */
interface ComparedTime {
  /** Logical time by the rule, the operator's skips and extra runs taken into account. */
  readonly rule: Date | undefined;
  /** When the server will start it, jitter in it. */
  readonly server: Date | undefined;
  /** An extra run that an operator asked for. */
  readonly isExtra: boolean;
}

export interface ComparedTimes {
  readonly times: readonly ComparedTime[];
  readonly differ: boolean;
  /** Times of the rule that the server cannot know yet, or no longer: outside of what was listed for it. */
  readonly beyond: readonly Date[];
  /** Times that an operator took out. */
  readonly skipped: readonly Date[];
}

/** The server gives so many at a time. */
const PAGE = 1000;
/** The last second of Temporal's days, where the one time of a schedule on demand is. */
const NEVER = Date.UTC(2100, 11, 31) / 1000;

/**
 * When the server will start a schedule: milliseconds since 1970, jitter in them, sorted.
 * @param bounds instants in milliseconds; the first excluded, the last included
 */
export async function serverTimes(
  client: Client,
  {
    id,
    after,
    until,
    count = Number.POSITIVE_INFINITY,
  }: { readonly id: string; readonly after: number; readonly until: number; readonly count?: number },
): Promise<readonly number[]> {
  const found: number[] = [];
  let from = after;
  while (found.length < count) {
    const { startTime } = await client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: id,
      startTime: rawTime(from),
      endTime: rawTime(until),
    });
    const page = (startTime ?? []).map(
      ({ seconds, nanos }) => Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6,
    );
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    from = last;
  }
  return found.slice(0, count);
}

/** The next times after an instant, by the rule and by the server, side by side. */
export async function compareTimes({
  client,
  schedule,
  held,
  after,
  count,
}: {
  readonly client: Client;
  readonly schedule: ResolvedSchedule;
  readonly held: ServerSchedule;
  /** Excluded, whole seconds. */
  readonly after: Date;
  readonly count: number;
}): Promise<ComparedTimes> {
  const start = after.getTime() / 1000;
  const { startAt = Number.NEGATIVE_INFINITY, endAt = Number.POSITIVE_INFINITY } = held.spec;
  const { times, extras, skipped, following } = ruleTimes({ schedule, held, start, count });
  const known = times.filter((at) => at >= startAt && at <= endAt);
  const last = known.at(-1);
  // Jitter never puts a start off as far as the next time; without a next one, the server must have no more either.
  const until =
    following === undefined || last === undefined
      ? Math.min(endAt, NEVER - 1) * 1000 + schedule.jitter
      : Math.min(last * 1000 + schedule.jitter, following * 1000 - 1);
  const isAllBeyond = times.length > 0 && last === undefined;
  const server = isAllBeyond
    ? []
    : await serverTimes(client, { id: held.id, after: after.getTime(), until, count: PAGE });
  const compared = pair({ rule: known, server, jitter: schedule.jitter });
  return {
    times: compared.slice(0, 2 * count).map(({ rule, server: at }) => ({
      rule: dateOf(rule === undefined ? undefined : rule * 1000),
      server: dateOf(at),
      isExtra: rule !== undefined && extras.has(rule),
    })),
    differ: compared.some((one) => one.rule === undefined || one.server === undefined),
    beyond: times.filter((at) => at < startAt || at > endAt).map((at) => new Date(at * 1000)),
    skipped: skipped.map((at) => new Date(at * 1000)),
  };
}

/** Instants in seconds. */
function ruleTimes({
  schedule: { recurrence },
  held: { exceptions },
  start,
  count,
}: {
  readonly schedule: ResolvedSchedule;
  readonly held: ServerSchedule;
  readonly start: number;
  readonly count: number;
}): {
  readonly times: readonly number[];
  readonly extras: ReadonlySet<number>;
  readonly skipped: readonly number[];
  readonly following: number | undefined;
} {
  const coming = exceptions.filter(({ at }) => at > start);
  const skips = new Set(coming.filter(({ kind }) => kind === 'skip').map(({ at }) => at));
  const extras = new Set(coming.filter(({ kind }) => kind === 'once').map(({ at }) => at));
  const byRule = timesBetween(recurrence, { after: start, count: count + skips.size + 1 });
  const times = [...new Set([...byRule, ...extras])].filter((at) => !skips.has(at)).sort((a, b) => a - b);
  const shown = times.slice(0, count);
  const end = shown.at(-1) ?? start;
  return {
    times: shown,
    extras,
    skipped: [...skips].filter((at) => at < end).sort((a, b) => a - b),
    following: times[count],
  };
}

export interface Pair {
  /** Seconds. */
  readonly rule: number | undefined;
  /** Milliseconds. */
  readonly server: number | undefined;
}

/** Each start belongs to the time from which it is put off by no more than the jitter; both lists keep their order. */
export function pair({
  rule,
  server,
  jitter,
}: {
  readonly rule: readonly number[];
  readonly server: readonly number[];
  readonly jitter: number;
}): readonly Pair[] {
  const pairs: Pair[] = [];
  let [r, s] = [0, 0];
  for (;;) {
    const [time, start] = [rule[r], server[s]];
    if (time === undefined && start === undefined) return pairs;
    const wait = time === undefined || start === undefined ? undefined : start - time * 1000;
    const isSame = wait !== undefined && wait >= 0 && wait <= jitter;
    const isFirst = start === undefined || (wait !== undefined && wait > jitter);
    pairs.push({
      rule: isSame || isFirst ? time : undefined,
      server: isSame || !isFirst ? start : undefined,
    });
    if (isSame || isFirst) r += 1;
    if (isSame || !isFirst) s += 1;
  }
}

function dateOf(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}
