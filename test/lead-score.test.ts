import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bandOf,
  crossingOf,
  fadedScore,
  type LeadActivity,
  MOST_POINTS,
  nextScore,
  planScoring,
  pointsOf,
  scoringHour,
} from '../domain/lead-score.ts';

const NOTHING: LeadActivity = {
  opens: 0,
  clicks: 0,
  replies: 0,
  pageViews: 0,
  secondsOnSite: 0,
  salesPageVisits: 0,
};
const HOUR = '2026-03-10T12:00:00Z';
const hoursBefore = (hours: number) => new Date(Date.parse(HOUR) - hours * 3_600_000);

const told = ([previous, score]: readonly [number, number]) => crossingOf({ previous, score });
const plan = (hours: number) => planScoring({ last: hoursBefore(hours), hour: new Date(HOUR) });

describe('the score of a lead', () => {
  it.each([
    [0, 125, 37],
    [100, 0, 70],
    [80, 0, 56],
    [80, 51, 71],
    [72, 125, 87],
    [50, 20, 41],
  ])('is of %i with %i points %i', (old, points, score) => {
    expect(nextScore({ old, points })).toBe(score);
  });

  it('cuts off exactly for every score and all points, where floating point would not', () => {
    for (let old = 0; old <= 100; old += 1) {
      for (let points = 0; points <= MOST_POINTS; points += 1) {
        const exact = BigInt(7 * old + 3 * points) / 10n;
        expect(nextScore({ old, points })).toBe(Math.min(100, Number(exact)));
      }
    }
    // The plain formula loses a point here: it makes 9.999999999999998.
    expect(Math.trunc(0.7 * 1 + 0.3 * 31)).toBe(9);
    expect(nextScore({ old: 1, points: 31 })).toBe(10);
  });

  it('counts each kind up to its most, and only whole minutes', () => {
    expect(MOST_POINTS).toBe(125);
    const did = { ...NOTHING, opens: 2, clicks: 1, pageViews: 3, secondsOnSite: 125, salesPageVisits: 1 };
    expect(pointsOf(did)).toBe(51);
    expect(pointsOf({ ...NOTHING, opens: 10 })).toBe(20);
    expect(pointsOf({ ...NOTHING, clicks: 4 })).toBe(30);
    expect(pointsOf({ ...NOTHING, replies: 3 })).toBe(30);
    expect(pointsOf({ ...NOTHING, pageViews: 6 })).toBe(15);
    expect(pointsOf({ ...NOTHING, secondsOnSite: 59.9 })).toBe(0);
    expect(pointsOf({ ...NOTHING, secondsOnSite: 11 * 60 })).toBe(10);
    expect(pointsOf({ ...NOTHING, salesPageVisits: 7 })).toBe(20);
    const lots = {
      opens: 99,
      clicks: 99,
      replies: 99,
      pageViews: 99,
      secondsOnSite: 9e4,
      salesPageVisits: 9,
    };
    expect(pointsOf(lots)).toBe(125);
  });

  it('fades hour by hour to nothing in eleven hours, and is hot after three at the most', () => {
    const fading = [100, 70, 49, 34, 23, 16, 11, 7, 4, 2, 1, 0];
    expect(fading.map((_, hours) => fadedScore({ old: 100, hours }))).toEqual(fading);
    expect(fadedScore({ old: 80, hours: 5_000 })).toBe(0);
    const rising = [37, 63, 81];
    let score = 0;
    for (const expected of rising) {
      score = nextScore({ old: score, points: 125 });
      expect(score).toBe(expected);
    }
  });

  it('stays between 0 and 100 whatever happens', () => {
    let score = 0;
    for (let hour = 0; hour < 10_000; hour += 1) {
      score = nextScore({ old: score, points: randomInt(MOST_POINTS + 1) });
      expect(score >= 0 && score <= 100 && Number.isInteger(score)).toBe(true);
    }
  });

  it('is hot from 80, warm from 50, cold below', () => {
    expect([100, 80, 79, 50, 49, 0].map(bandOf)).toEqual(['hot', 'hot', 'warm', 'warm', 'cold', 'cold']);
  });

  it('crosses to hot from below, to cold from warm or hot, and not within warm', () => {
    expect(
      (
        [
          [79, 80],
          [0, 99],
          [80, 80],
          [81, 100],
        ] as const
      ).map(told),
    ).toEqual(['hot', 'hot', undefined, undefined]);
    expect(
      (
        [
          [50, 49],
          [90, 40],
          [80, 56],
          [49, 30],
          [0, 37],
          [49, 50],
        ] as const
      ).map(told),
    ).toEqual(['cold', 'cold', undefined, undefined, undefined, undefined]);
  });
});

describe('the plan of a run', () => {
  const hour = new Date(HOUR);

  it('works every missing hour, and calls it a backlog when more than two are missing', () => {
    expect(plan(1)).toEqual({ mode: 'normal', fadeHours: 0, hours: 1 });
    expect(plan(2)).toEqual({ mode: 'normal', fadeHours: 0, hours: 2 });
    expect(plan(3)).toEqual({ mode: 'backlog', fadeHours: 0, hours: 3 });
    expect(plan(168)).toEqual({ mode: 'backlog', fadeHours: 0, hours: 168 });
    expect(plan(1_000)).toEqual({ mode: 'backlog', fadeHours: 832, hours: 168 });
  });

  it('has nothing to do for an hour that is done, and makes up nothing before the first', () => {
    expect(planScoring({ last: hour, hour })).toEqual({ mode: 'done' });
    expect(planScoring({ last: hour, hour: hoursBefore(5) })).toEqual({ mode: 'done' });
    expect(planScoring({ last: undefined, hour })).toEqual({ mode: 'normal', fadeHours: 0, hours: 1 });
  });

  it('takes whole hours: a run at 12:59 is one of 12:00', () => {
    expect(scoringHour(new Date('2026-03-10T12:59:59.999Z'))).toEqual(hour);
    expect(scoringHour(hour)).toEqual(hour);
  });
});
