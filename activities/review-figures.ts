import type { Executor } from '../db/pool.ts';
import {
  countCampaignAudiences,
  countExperiments,
  countFunnelGoals,
  countJourneyGoals,
  countSentMails,
  type GoalCounts,
} from '../db/review-figures.ts';
import { FUNNEL_TYPES } from '../domain/funnels.ts';
import { MAIL_HAPPENINGS, type MarketingDay } from '../domain/marketing/figures.ts';
import { weeksUpTo } from '../domain/marketing/review.ts';
import {
  type FlowPeriod,
  type FlowReview,
  type MailCounts,
  type MailFigures,
  NO_MAILS,
  type ReviewFigures,
} from '../domain/marketing/review-figures.ts';
import { boundsOf, type DayRange } from '../domain/report-days.ts';

/** A journey of the catalogue, as far as reviews ask. */
export interface KnownJourney {
  readonly id: string;
  readonly goal?: string;
}

interface Week {
  readonly funnels: readonly GoalCounts[];
  readonly journeys: readonly GoalCounts[];
  readonly audiences: ReadonlyMap<string, number>;
  readonly mails: readonly MailFigures[];
}

const NOBODY = { entered: 0, converted: 0, goals: 0 };

/**
 * Counts the two weeks up to `lastDay`. Flows are all funnels, the journeys of the catalogue, journeys that were removed from
 * it while people were in them, and campaigns that were sent.
 * @param days the fourteen days, recorded
 */
export async function countReview(
  db: Executor,
  {
    lastDay,
    timezone,
    days,
    journeys,
  }: {
    readonly lastDay: string;
    readonly timezone: string;
    readonly days: readonly MarketingDay[];
    readonly journeys: readonly KnownJourney[];
  },
): Promise<ReviewFigures> {
  const { week, before } = weeksUpTo(lastDay);
  const [now, then] = [await countWeek(db, week, timezone), await countWeek(db, before, timezone)];
  const flowsOf = (
    input: Omit<FlowReview, 'week' | 'before'> & { of: (one: Week) => FlowPeriod },
  ): FlowReview => {
    const { kind, id, isKnown, of } = input;
    return { kind, id, isKnown, week: of(now), before: of(then) };
  };
  const known = new Map(journeys.map((journey) => [journey.id, journey]));
  const journeyIds = namesOf([now, then], 'journey');
  const removed = journeyIds.filter((id) => !known.has(id)).toSorted();
  return {
    week,
    before,
    timezone,
    flows: [
      ...FUNNEL_TYPES.map((id) =>
        flowsOf({ kind: 'funnel', id, isKnown: true, of: ({ funnels }) => funnelPeriod(funnels, id) }),
      ),
      ...[...known.keys(), ...removed].map((id) =>
        flowsOf({
          kind: 'journey',
          id,
          isKnown: known.has(id),
          of: (one) =>
            journeyPeriod(one, { id, hasGoal: known.get(id)?.goal !== undefined || hasReached(id) }),
        }),
      ),
      ...namesOf([now, then], 'campaign')
        .toSorted()
        .map((id) => flowsOf({ kind: 'campaign', id, isKnown: true, of: (one) => campaignPeriod(one, id) })),
    ],
    experiments: await countExperiments(db, periodOf({ first: before.first, last: week.last }, timezone)),
    mails: now.mails,
    days,
  };

  /** Of a removed journey nobody knows whether it had a goal, unless people reached one. */
  function hasReached(id: string): boolean {
    return [now, then].some(({ journeys: counted }) =>
      counted.some(({ flow, goals }) => flow === id && goals > 0),
    );
  }
}

async function countWeek(db: Executor, days: DayRange, timezone: string): Promise<Week> {
  const period = periodOf(days, timezone);
  const [funnels, journeys, audiences, mails] = await Promise.all([
    countFunnelGoals(db, period),
    countJourneyGoals(db, period),
    countCampaignAudiences(db, period),
    countSentMails(db, period),
  ]);
  return { funnels, journeys, audiences, mails };
}

function periodOf(days: DayRange, timezone: string): { readonly from: Date; readonly to: Date } {
  const bounds = boundsOf(days, timezone);
  const from = bounds[0];
  const to = bounds.at(-1);
  if (from === undefined || to === undefined) throw new RangeError('a week has days');
  return { from, to };
}

function namesOf(weeks: readonly Week[], kind: 'journey' | 'campaign'): readonly string[] {
  const names = weeks.flatMap(({ journeys, audiences, mails }) => [
    ...(kind === 'journey' ? journeys.map(({ flow }) => flow) : audiences.keys()),
    ...mails.filter((mail) => mail.kind === kind).map(({ flow }) => flow),
  ]);
  return [...new Set(names)];
}

function funnelPeriod(funnels: readonly GoalCounts[], id: string): FlowPeriod {
  const { entered, converted, goals } = funnels.find(({ flow }) => flow === id) ?? NOBODY;
  return { entered, converted, goals, mails: null };
}

function journeyPeriod(
  { journeys, mails }: Week,
  { id, hasGoal }: { readonly id: string; readonly hasGoal: boolean },
): FlowPeriod {
  const { entered, converted, goals } = journeys.find(({ flow }) => flow === id) ?? NOBODY;
  return {
    entered,
    converted: hasGoal ? converted : null,
    goals: hasGoal ? goals : null,
    mails: sumOfMails(mails.filter(({ kind, flow }) => kind === 'journey' && flow === id)),
  };
}

function campaignPeriod({ audiences, mails }: Week, id: string): FlowPeriod {
  return {
    entered: audiences.get(id) ?? 0,
    converted: null,
    goals: null,
    mails: sumOfMails(mails.filter(({ kind, flow }) => kind === 'campaign' && flow === id)),
  };
}

function sumOfMails(mails: readonly MailFigures[]): MailCounts {
  return mails.reduce<MailCounts>(
    (sum, { counts }) =>
      Object.fromEntries(MAIL_HAPPENINGS.map((name) => [name, sum[name] + counts[name]])) as MailCounts,
    NO_MAILS,
  );
}
