import { describe, expect, it } from 'vitest';
import {
  type JudgeSlotsInput,
  judgeSlots,
  type MadeUp,
  type MakeUpPolicy,
  makeUp,
  missedFrom,
  type Watched,
} from '../domain/missed-times.ts';

const judged = (input: Partial<JudgeSlotsInput>) =>
  judgeSlots({ expected: [100, 200, 300, 400], runs: [], dropsOverlapping: true, jitter: 0, ...input });

describe('expected times', () => {
  it('are missed when nothing ran for them', () => {
    const runs = [
      { slot: 100, claimedAt: 101, endedAt: 110 },
      { slot: 300, claimedAt: 301 },
    ];
    expect(judged({ runs, expected: [100, 200, 300] })).toEqual({ missed: [200], skipped: [], late: [] });
  });

  it('are skipped when the run before was at work, from its claim to its end', () => {
    const runs = [{ slot: 100, claimedAt: 101, endedAt: 300 }];
    expect(judged({ runs })).toMatchObject({ skipped: [200, 300], missed: [400] });
    expect(judged({ runs: [{ slot: 100, claimedAt: 101 }] })).toMatchObject({ skipped: [200, 300, 400] });
  });

  it('are missed where times that overlap are not dropped', () => {
    const runs = [{ slot: 100, claimedAt: 101 }];
    expect(judged({ runs, dropsOverlapping: false })).toMatchObject({ missed: [200, 300, 400] });
  });

  it('are missed while a run waits for a worker, and that run is late', () => {
    expect(judged({ runs: [{ slot: 100 }] })).toEqual({ missed: [200, 300, 400], skipped: [], late: [100] });
    const taken = { slot: 100, claimedAt: 350, endedAt: 500 };
    expect(judged({ runs: [taken] })).toEqual({ missed: [200, 300], skipped: [400], late: [100] });
  });

  it('are late more than a minute after their jitter', () => {
    const runs = [
      { slot: 100, claimedAt: 190, endedAt: 191 },
      { slot: 200, claimedAt: 291, endedAt: 292 },
    ];
    expect(judged({ runs, expected: [100, 200], jitter: 30 })).toMatchObject({ late: [200] });
  });
});

const SLOTS = [100, 200, 300, 400, 500];
const decided = (
  policy: Partial<MakeUpPolicy>,
  more: { readonly latestRun?: number; readonly isInRule?: (slot: number) => boolean } = {},
): Readonly<Record<number, string>> => {
  const all = makeUp({
    missed: SLOTS.map((slot) => ({ slot, why: slot < 250 ? 'paused' : 'no_run' })),
    policy: { catchUp: 'latest', within: 1000, atMost: 100, ...policy },
    latestRun: more.latestRun,
    isInRule: more.isInRule ?? (() => true),
    now: 600,
  });
  return Object.fromEntries(all.map((one) => [one.slot, word(one)]));
};

function word(one: MadeUp): string {
  return one.state === 'owed' ? 'owed' : one.reason;
}

function upTo300(slot: number): boolean {
  return slot <= 300;
}

describe('missed times', () => {
  it('are only shown with skip, with the cause', () => {
    expect(decided({ catchUp: 'skip' })).toEqual({
      100: 'paused',
      200: 'paused',
      300: 'no_run',
      400: 'no_run',
      500: 'no_run',
    });
  });

  it('are made up by one run as of the last of them with latest', () => {
    expect(decided({})).toMatchObject({ 400: 'covered_by_later_run', 500: 'owed' });
  });

  it('need no run with latest when a later one exists', () => {
    expect(new Set(Object.values(decided({}, { latestRun: 550 })))).toEqual(
      new Set(['covered_by_later_run']),
    );
    expect(decided({}, { latestRun: 450 })).toMatchObject({ 400: 'covered_by_later_run', 500: 'owed' });
  });

  it('are not made up when they are too old', () => {
    expect(decided({ within: 99 })).toMatchObject({ 400: 'too_old', 500: 'too_old' });
    expect(decided({ catchUp: 'all', within: 200 })).toMatchObject({
      300: 'too_old',
      400: 'owed',
      500: 'owed',
    });
  });

  it('are each made up with all, the latest ones when there are too many', () => {
    expect(new Set(Object.values(decided({ catchUp: 'all' })))).toEqual(new Set(['owed']));
    expect(decided({ catchUp: 'all', atMost: 2 })).toMatchObject({
      300: 'over_limit',
      400: 'owed',
      500: 'owed',
    });
  });

  it('are not made up when Temporal could not start them, since the rule has changed', () => {
    expect(decided({}, { isInRule: upTo300 })).toMatchObject({
      200: 'covered_by_later_run',
      300: 'owed',
      400: 'rule_changed',
    });
    expect(decided({ catchUp: 'all' }, { isInRule: upTo300 })).toMatchObject({
      300: 'owed',
      400: 'rule_changed',
    });
  });
});

describe('what counts as missed begins', () => {
  const now = 1_000_000;
  const from = (createdAt: number, watched?: Partial<Watched>, within = 7_200) =>
    missedFrom({
      createdAt,
      watched: watched && { until: undefined, createdAt: undefined, pausedSeenAt: undefined, ...watched },
      within,
      now,
    });

  it('where the last look ended, or when the schedule was made anew', () => {
    expect(from(500, { until: 900_000.5, createdAt: 500 })).toBe(900_000);
    expect(from(950_000, { until: 900_000, createdAt: 500 })).toBe(950_000);
    expect(from(950_000, { until: 900_000 })).toBe(900_000);
  });

  it('at the first look when it was made, at most as far back as is made up for', () => {
    expect(from(999_000)).toBe(999_000);
    expect(from(500)).toBe(now - 7_200);
    expect(from(500, undefined, 1_000_000)).toBe(now - 86_400);
  });

  it('not before it was first seen to run', () => {
    expect(from(995_000, { pausedSeenAt: 999_000 })).toBe(999_000);
    expect(from(995_000, { until: 996_000, pausedSeenAt: 999_000 })).toBe(996_000);
  });
});
