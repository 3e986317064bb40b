/**
 * How warm a lead is: the score of the hour before, faded to seven tenths, and three tenths of what the person did in the
 * last 24 hours. Whole numbers throughout; db/lead-scoring.ts says the same in SQL.
 */

/** What one person did in a span of time. */
export interface LeadActivity {
  readonly opens: number;
  readonly clicks: number;
  readonly replies: number;
  readonly pageViews: number;
  /** All visits together. */
  readonly secondsOnSite: number;
  readonly salesPageVisits: number;
}

/** What each happening is worth, and how much all of its kind are worth at most. */
export const POINTS = {
  open: { each: 5, most: 20 },
  click: { each: 10, most: 30 },
  reply: { each: 15, most: 30 },
  pageView: { each: 3, most: 15 },
  minute: { each: 1, most: 10 },
  /** However often it is visited. */
  salesPage: { each: 20, most: 20 },
} as const;

export type Interest = keyof typeof POINTS;

/** Of `POINTS`, all at their most. */
export const MOST_POINTS = Object.values(POINTS).reduce((sum, { most }) => sum + most, 0);

export const HIGHEST_SCORE = 100;
export const HOT_FROM = 80;
export const WARM_FROM = 50;

export type Band = 'hot' | 'warm' | 'cold';

export function bandOf(score: number): Band {
  if (score >= HOT_FROM) return 'hot';
  return score >= WARM_FROM ? 'warm' : 'cold';
}

/** Points kind by kind; only whole minutes count. */
export function pointsByInterest(activity: LeadActivity): Readonly<Record<Interest, number>> {
  const of = (interest: Interest, count: number) =>
    Math.min(POINTS[interest].most, POINTS[interest].each * count);
  return {
    open: of('open', activity.opens),
    click: of('click', activity.clicks),
    reply: of('reply', activity.replies),
    pageView: of('pageView', activity.pageViews),
    minute: of('minute', Math.trunc(activity.secondsOnSite / 60)),
    salesPage: of('salesPage', activity.salesPageVisits),
  };
}

/** Points of an activity: 0 to `MOST_POINTS`. */
export function pointsOf(activity: LeadActivity): number {
  return Object.values(pointsByInterest(activity)).reduce((sum, points) => sum + points, 0);
}

/**
 * The score after an hour, cut off and not rounded: trunc(0.7 · old + 0.3 · points), 0 to 100. In tenths, because 0.7 and
 * 0.3 are no numbers that a computer has.
 * @param old 0 to 100 @param points 0 to `MOST_POINTS`
 */
export function nextScore({ old, points }: { readonly old: number; readonly points: number }): number {
  return Math.min(HIGHEST_SCORE, Math.max(0, Math.trunc((7 * old + 3 * points) / 10)));
}

/** After so many hours without any activity every score is 0. */
export const HOURS_TO_NOTHING = 11;

/** The score after so many hours in which nothing happened, hour by hour. */
export function fadedScore({ old, hours }: { readonly old: number; readonly hours: number }): number {
  let score = old;
  for (let hour = 0; hour < Math.min(hours, HOURS_TO_NOTHING); hour += 1)
    score = nextScore({ old: score, points: 0 });
  return score;
}

export const DIRECTIONS = ['hot', 'cold'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * What a change of the score means: `hot` when it comes to 80 or more from below, `cold` when it falls below 50 from 50 or
 * more. Who was never warm does not become cold; from hot to warm and from cold to warm nothing is told.
 */
export function crossingOf({
  previous,
  score,
}: {
  readonly previous: number;
  readonly score: number;
}): Direction | undefined {
  if (score >= HOT_FROM && previous < HOT_FROM) return 'hot';
  if (score < WARM_FROM && previous >= WARM_FROM) return 'cold';
  return undefined;
}

const HOUR_MS = 3_600_000;

/** The whole hour (UTC) as of which a logical time is scored; at most one score is made in an hour. */
export function scoringHour(at: Date): Date {
  return new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS);
}

/** Hours between two whole hours. */
function hoursBetween(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / HOUR_MS);
}

export function hoursAfter(hour: Date, hours: number): Date {
  return new Date(hour.getTime() + hours * HOUR_MS);
}

/** The span of time whose activity counts at an hour: from 24 hours before it, up to it and without it. */
export function activityWindow(hour: Date): { readonly from: Date; readonly to: Date } {
  return { from: hoursAfter(hour, -24), to: hour };
}

/** A gap of more hours is a backlog, worked before the run's own hour. */
const BACKLOG_AFTER_HOURS = 2;
/** Of a longer gap the hours before these are not worked one by one: scores fade through them. */
const MOST_HOURS_ONE_BY_ONE = 168;

/** What a run as of `hour` has to do after the last hour that was scored. */
export type ScoringPlan =
  | { readonly mode: 'done' }
  | {
      readonly mode: 'normal' | 'backlog';
      /** Hours through which scores fade at once, before the others. */
      readonly fadeHours: number;
      /** Hours that are scored one after the other; the last one is the run's own. */
      readonly hours: number;
    };

/** @param last the last hour that was scored; undefined: none ever was, and nothing is made up */
export function planScoring({
  last,
  hour,
}: {
  readonly last: Date | undefined;
  readonly hour: Date;
}): ScoringPlan {
  if (last === undefined) return { mode: 'normal', fadeHours: 0, hours: 1 };
  const gap = hoursBetween(last, hour);
  if (gap <= 0) return { mode: 'done' };
  const hours = Math.min(gap, MOST_HOURS_ONE_BY_ONE);
  return { mode: gap > BACKLOG_AFTER_HOURS ? 'backlog' : 'normal', fadeHours: gap - hours, hours };
}
