import type { Client } from '@temporalio/client';
import type { Executor } from '../db/pool.ts';
import { type ScheduleRun, slotsAround } from '../db/schedule-runs.ts';
import type { ScheduleWatch } from '../db/schedule-watches.ts';
import { judgeSlots, type KnownRun, missedFrom } from '../domain/missed-times.ts';
import { startedSlots } from './schedule-server.ts';

/** What a declared schedule says about its times. Spans in milliseconds. */
export interface TimedSchedule<Rule> {
  readonly id: string;
  readonly formerIds: readonly string[];
  readonly recurrence: Rule;
  readonly overlap: 'skip' | 'bufferOne' | 'bufferAll' | 'cancelOther' | 'terminateOther' | 'allowAll';
  readonly catchUp: 'skip' | 'latest' | 'all';
  readonly catchUpWithin: number;
  readonly catchUpAtMost: number;
  readonly jitter: number;
}

/** A schedule as Temporal holds it. */
export interface AppliedSchedule {
  readonly createdAt: Date;
  /** Since when its rule is in force, or longer. */
  readonly changedAt: Date;
  /** Starts nothing by itself: paused, or no starts left. */
  readonly paused: boolean;
  /** Runs that it waits for are under way, or starts wait for their turn. */
  readonly busy: boolean;
  /** Holds the times of another rule than the declared one. */
  readonly differs: boolean;
  /** What an operator took out and put in, instants in seconds. */
  readonly skips: ReadonlySet<number>;
  readonly extras: readonly number[];
}

/** Times of a rule, instants in seconds, sorted, strictly within the bounds. */
export type TimesBetween<Rule> = (
  rule: Rule,
  bounds: { readonly after: number; readonly before?: number; readonly count: number },
) => readonly number[];

/** Part of the time to look through, with the rule that was in force. Seconds; `from` excluded, `to` included. */
export interface Span<Rule> {
  readonly rule: Rule;
  readonly from: number;
  readonly to: number;
}

/** The time since the last look, up to where Temporal has had its chance; the rule before a change judges the time before it. */
export function spansOf<Rule>({
  schedule,
  applied,
  watch,
  now,
  grace,
}: {
  readonly schedule: TimedSchedule<Rule>;
  readonly applied: AppliedSchedule;
  readonly watch: ScheduleWatch | undefined;
  readonly now: Date;
  readonly grace: number;
}): readonly Span<Rule>[] {
  const from = missedFrom({
    createdAt: exactSeconds(applied.createdAt),
    watched: watch && {
      until: watch.watchedUntil === null ? undefined : exactSeconds(watch.watchedUntil),
      createdAt: watch.scheduleCreatedAt === null ? undefined : exactSeconds(watch.scheduleCreatedAt),
      pausedSeenAt: watch.pausedSeenAt === null ? undefined : exactSeconds(watch.pausedSeenAt),
    },
    within: schedule.catchUpWithin / 1000,
    now: exactSeconds(now),
  });
  const to = Math.max(from, seconds(now) - Math.ceil((grace + schedule.jitter) / 1000));
  const before = watch?.definition ?? null;
  const rule = schedule.recurrence;
  if (before === null || before === JSON.stringify(rule)) return [{ rule, from, to }];
  const changed = Math.min(Math.max(from, seconds(applied.changedAt)), to);
  return [
    { rule: JSON.parse(before) as Rule, from, to: changed },
    { rule, from: changed, to },
  ];
}

/** What came of expected times without a run; instants in seconds, sorted. */
export interface Findings {
  readonly missed: readonly number[];
  readonly skipped: readonly number[];
  /** How many have a run that began late, or has not begun. */
  readonly late: number;
  /** How many more were missed or skipped, earlier than those listed. */
  readonly unlisted: number;
  /** Everything up to here was looked through. */
  readonly until: number;
}

/** Slots listed at one look; of earlier ones only the number is kept. */
const MOST_LISTED = 1_000;
const PAGE = 5_000;
/** A look ends after a million times; the next one goes on. */
const MOST_PAGES = 200;

/** Overlapping times of these are dropped; those of the others wait for their turn, or do not wait at all. */
export function dropsOverlapping({ overlap }: Pick<TimedSchedule<unknown>, 'overlap'>): boolean {
  return overlap === 'skip' || overlap === 'bufferOne';
}

/** Compares the times that a schedule should have run with the runs that exist, in the ledger or in Temporal. */
export async function lookThrough<Rule>({
  client,
  db,
  schedule,
  applied,
  spans,
  timesBetween,
}: {
  readonly client: Client;
  readonly db: Executor;
  readonly schedule: TimedSchedule<Rule>;
  readonly applied: AppliedSchedule;
  readonly spans: readonly Span<Rule>[];
  readonly timesBetween: TimesBetween<Rule>;
}): Promise<Findings> {
  const scheduleIds = [schedule.id, ...schedule.formerIds];
  const jitter = schedule.jitter / 1000;
  let found: Findings = { missed: [], skipped: [], late: 0, unlisted: 0, until: spans[0]?.from ?? 0 };
  let pages = 0;
  for (const { rule, from, to } of spans) {
    for (let after = from; after < to && pages < MOST_PAGES; pages += 1) {
      const times = timesBetween(rule, { after, before: to + 1, count: PAGE });
      const end = times.length === PAGE ? (times.at(-1) ?? to) : to;
      const extras = applied.extras.filter((at) => at > after && at <= end);
      const slots = [...new Set([...times, ...extras])].filter((at) => !applied.skips.has(at));
      found = { ...joined(found, await judgePage(slots.toSorted((a, b) => a - b))), until: end };
      after = end;
    }
  }
  return found;

  async function judgePage(slots: readonly number[]): Promise<Omit<Findings, 'until' | 'unlisted'>> {
    const [first] = slots;
    const last = slots.at(-1);
    if (first === undefined || last === undefined) return { missed: [], skipped: [], late: 0 };
    const rows = await slotsAround(db, { scheduleIds, from: instant(first), to: instant(last + jitter) });
    const settled = new Set(rows.filter(({ claimedAt }) => claimedAt === null).map(slotOf));
    const claimed = rows.flatMap((row) => knownRun(row) ?? []);
    const known = new Set(claimed.map(({ slot }) => slot));
    const expected = slots.filter((slot) => !settled.has(slot));
    const started = expected.every((slot) => known.has(slot))
      ? new Set<number>()
      : await startedSlots(client, { scheduleIds, from: first, to: last });
    const unclaimed = [...started.difference(known)].map((slot) => ({ slot }));
    const judged = judgeSlots({
      expected,
      runs: [...claimed, ...unclaimed],
      dropsOverlapping: dropsOverlapping(schedule),
      jitter,
    });
    return { ...judged, late: judged.late.length };
  }
}

function joined(found: Findings, page: Omit<Findings, 'until' | 'unlisted'>): Omit<Findings, 'until'> {
  const missed = [...found.missed, ...page.missed];
  const skipped = [...found.skipped, ...page.skipped];
  const [missedListed, skippedListed] = [missed.slice(-MOST_LISTED), skipped.slice(-MOST_LISTED)];
  const dropped = missed.length - missedListed.length + (skipped.length - skippedListed.length);
  return {
    missed: missedListed,
    skipped: skippedListed,
    late: found.late + page.late,
    unlisted: found.unlisted + dropped,
  };
}

function knownRun(row: ScheduleRun): KnownRun | undefined {
  if (row.claimedAt === null) return undefined;
  const run = { slot: slotOf(row), claimedAt: row.claimedAt.getTime() / 1000 };
  return row.endedAt === null ? run : { ...run, endedAt: row.endedAt.getTime() / 1000 };
}

export function slotOf({ slot }: Pick<ScheduleRun, 'slot'>): number {
  return slot.getTime() / 1000;
}

/** @param seconds since 1970 */
export function instant(seconds: number): Date {
  return new Date(seconds * 1000);
}

/** Whole seconds since 1970. */
export function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function exactSeconds(at: Date): number {
  return at.getTime() / 1000;
}
