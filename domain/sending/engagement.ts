/**
 * What a provider tells of a mail, in our words. `accepted` to `failed` are of one mail; `other` is anything that we have
 * no use for, kept so that it can be counted. An address that the provider calls invalid counts as `hard_bounced`; an open
 * by a mailbox's privacy proxy is no open by a person.
 */
export type EngagementEvent =
  | 'accepted'
  | 'deferred'
  | 'delivered'
  | 'opened'
  | 'proxy_opened'
  | 'clicked'
  | 'soft_bounced'
  | 'hard_bounced'
  | 'blocked'
  | 'complained'
  | 'unsubscribed'
  | 'failed'
  | 'other';

/** Of these a journey hears, as events `mail.<word>`. */
export const TOLD_ENGAGEMENTS = [
  'delivered',
  'opened',
  'clicked',
  'soft_bounced',
  'hard_bounced',
  'complained',
  'unsubscribed',
] as const satisfies readonly EngagementEvent[];

export interface Engagement {
  /** SHA-256, hex: the same for the same happening however often and in whatever shape it is told. */
  readonly key: string;
  readonly event: EngagementEvent;
  /** `transactional`: of a mail that we or another system sent singly; `marketing`: of a campaign or of a contact. */
  readonly channel: 'transactional' | 'marketing';
  /** Canonical; undefined where none is given or it is none. */
  readonly email: string | undefined;
  /** UTC; undefined where no time that has a zone is given. */
  readonly occurredAt: Date | undefined;
  /** The provider's id of the mail, with its angle brackets. */
  readonly brevoMessageId: string | undefined;
  /** Our own id of the mail, from its custom header or tag. */
  readonly messageUuid: string | undefined;
  /** Of a campaign or a template at the provider. */
  readonly campaignId: number | undefined;
  /** Of a click, without query and fragment. */
  readonly link: string | undefined;
}
