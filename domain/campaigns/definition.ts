import { createHash } from 'node:crypto';
import { type DurationText, lengthOf } from '../journeys/durations.ts';
import type { Value } from '../journeys/steps.ts';
import type { SendPolicy, SendWindow } from '../sending/message.ts';
import { type Audience, EVERYBODY } from './audience.ts';

/** One mail to an audience: frozen plain data. A run keeps the one with which it began. */
export interface CampaignDefinition {
  readonly kind: 'campaign';
  /** Lower case words joined by hyphens. Part of the mails' keys, so it is never used for anything else. */
  readonly id: string;
  readonly about?: string;
  readonly template: string;
  /** Variables of the template beyond those of the contact; never personal data. */
  readonly params: Readonly<Record<string, Value>>;
  readonly audience: Audience;
  readonly send: SendTime;
  /** Hours of the person in which mail may go out. */
  readonly window?: SendWindow;
  /** At most so many mails over the whole campaign; the account's own rate holds besides. */
  readonly rate?: CampaignRate;
  /** Of marketing mails to one person, over all flows. */
  readonly cap?: NonNullable<SendPolicy['cap']>;
  /** Later than this after its time a mail is news no more and is left out. */
  readonly fresh: DurationText;
  /** Arms by name; the arm `holdout` gets nothing. Without arms everybody gets the same. */
  readonly arms?: Readonly<Record<string, CampaignArm>>;
  readonly uncertain: SendPolicy['uncertain'];
  /** Started by `trigger.now` of `campaign.manual` that names no campaign; one campaign at most. */
  readonly isManual: boolean;
}

/**
 * `now`: as soon as the run begins, which for a schedule is its slot. `at`: `2026-12-01T09:00`, or `09:00` for the next time
 * that the clock shows it; the clock is that of `zone`, or each recipient's own.
 */
export type SendTime = 'now' | { readonly at: string; readonly zone: 'recipient' | (string & {}) };

interface CampaignRate {
  readonly most: number;
  readonly per: 'second' | 'hour';
}

export interface CampaignArm {
  /** Percent. */
  readonly weight: number;
  /** Instead of the campaign's own. */
  readonly template?: string;
  /** On top of the campaign's own. */
  readonly params?: Readonly<Record<string, Value>>;
}

/** Arms of a campaign are drawn, and kept, under this name; so they are the same in each of its runs. */
export function experimentOf(campaign: string): string {
  return `campaign/${campaign}`;
}

export type CampaignOptions = Pick<CampaignDefinition, 'id' | 'template'> &
  Partial<Omit<CampaignDefinition, 'kind' | 'id' | 'template'>>;

/**
 * A campaign as frozen data. What is wrong with it is found by `checkCampaigns`.
 * @example
 * defineCampaign({ id: 'spring-news', template: 'campaign-plain', params: { … }, send: { at: '2026-03-02T09:00', zone: 'recipient' } })
 */
export function defineCampaign(options: CampaignOptions): CampaignDefinition {
  const definition: CampaignDefinition = {
    params: {},
    audience: EVERYBODY,
    send: 'now',
    fresh: '24h',
    uncertain: 'hold',
    isManual: false,
    ...options,
    kind: 'campaign',
  };
  // A copy, so that nobody holds a part of it that can still change; also turns it into what JSON can hold.
  return deepFreeze(JSON.parse(JSON.stringify(definition)) as CampaignDefinition);
}

/** SHA-256 of the definition, hex: equal exactly when the definitions are. */
export function campaignHash(definition: CampaignDefinition): string {
  return createHash('sha256').update(canonicalJson(definition)).digest('hex');
}

/** By which rules each of its mails goes out. */
export function policyOf({ window, cap, fresh, uncertain }: CampaignDefinition): SendPolicy {
  return {
    uncertain,
    freshHours: lengthOf(fresh) / 3_600_000,
    ...(window === undefined ? {} : { window }),
    ...(cap === undefined ? {} : { cap }),
  };
}

/** Mails a second; undefined: as many as the account allows. */
export function perSecondOf({ rate }: Pick<CampaignDefinition, 'rate'>): number | undefined {
  if (rate === undefined) return undefined;
  return rate.per === 'second' ? rate.most : rate.most / 3_600;
}

/** Object names in order, but for arms: in which order they are written decides who is in which. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) && name !== 'arms'
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
