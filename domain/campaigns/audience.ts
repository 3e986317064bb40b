import type { FunnelType } from '../funnels.ts';
import { type Predicate, predicateText } from '../journeys/predicate.ts';
import type { JourneyState } from '../journeys/run.ts';
import type { Segment } from '../journeys/segment.ts';

/** A condition on one field, as branches of journeys have them. */
export type FieldCondition = Extract<Predicate, { readonly field: string }>;

/**
 * Whom a campaign is for: data, so that it can be stored, told in words, and asked of the database for everybody at once.
 * That somebody agreed to the mail needs no condition; it is asked for every one of them anyway.
 */
export type Audience =
  | FieldCondition
  /** By the marks of the assessment, as `branch('segment')` of journeys sees them. */
  | { readonly segment: Segment }
  /** By the score that `leadScoring` keeps; who has none has 0. */
  | { readonly leadScore: keyof typeof LEAD_SIGNS; readonly value: number }
  /** Has been in a journey; with `state` only in such a run, with `reachedGoal` only if (or unless) its goal was reached. */
  | { readonly journey: string; readonly state?: JourneyState; readonly reachedGoal?: boolean }
  /** Is in a funnel; with `purchased` only if (or unless) the certificate was bought. */
  | { readonly funnel: FunnelType; readonly purchased?: boolean }
  /** A mail of that campaign was taken by Brevo; with `opened` or `clicked` only if (or unless) the person did so. */
  | { readonly receivedCampaign: string; readonly opened?: boolean; readonly clicked?: boolean }
  | { readonly all: readonly Audience[] }
  | { readonly any: readonly Audience[] }
  | { readonly not: Audience };

const LEAD_SIGNS = { lt: '<', lte: '≤', gt: '>', gte: '≥' } as const;

/** Everybody: nothing is asked but what is asked of every mail. */
export const EVERYBODY: Audience = { all: [] };

/** As a person would write it: `interest = workshop and in funnel language`. */
export function audienceText(audience: Audience): string {
  if ('all' in audience)
    return audience.all.length === 0 ? 'everybody' : audience.all.map(nested).join(' and ');
  if ('any' in audience) return audience.any.length === 0 ? 'nobody' : audience.any.map(nested).join(' or ');
  if ('not' in audience) return `not ${nested(audience.not)}`;
  if ('segment' in audience) return `segment ${audience.segment}`;
  if ('leadScore' in audience) return `lead score ${LEAD_SIGNS[audience.leadScore]} ${audience.value}`;
  if ('journey' in audience) {
    const { journey, state, reachedGoal } = audience;
    const which = state === undefined ? `has been in journey ${journey}` : `${state} in journey ${journey}`;
    return `${which}${saying('reached its goal', reachedGoal)}`;
  }
  if ('funnel' in audience) return `in funnel ${audience.funnel}${saying('purchased', audience.purchased)}`;
  if ('receivedCampaign' in audience) {
    const { receivedCampaign, opened, clicked } = audience;
    return `got campaign ${receivedCampaign}${saying('opened it', opened)}${saying('clicked in it', clicked)}`;
  }
  return predicateText(audience);
}

function saying(what: string, wanted: boolean | undefined): string {
  if (wanted === undefined) return '';
  return wanted ? ` and ${what}` : ` and not ${what}`;
}

function nested(audience: Audience): string {
  const isList =
    ('all' in audience && audience.all.length > 1) || ('any' in audience && audience.any.length > 1);
  return isList ? `(${audienceText(audience)})` : audienceText(audience);
}
