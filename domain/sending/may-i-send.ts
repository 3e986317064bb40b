import type { Consent, SuppressionReason } from '../people.ts';
import type { SendPolicy } from './message.ts';
import type { MailScope } from './scopes.ts';
import { earliestInWindow } from './send-window.ts';

const HOUR_MS = 3_600_000;

export interface MayISendInput {
  readonly now: Date;
  /** When the step was due. */
  readonly dueAt: Date;
  /** What kind of mail it is. */
  readonly scope: MailScope;
  readonly consent: Consent;
  /** IANA zone of the person. */
  readonly zone: string;
  /** Those in force for the person's address. */
  readonly suppressions: readonly Suppression[];
  /** When this person was last sent marketing mail by any flow, in any order; at least those within the cap's hours. */
  readonly recentMarketing: readonly Date[];
  readonly policy: SendPolicy;
}

interface Suppression {
  readonly scope: MailScope;
  readonly reason: SuppressionReason;
}

type NeverReason =
  | `suppressed_${SuppressionReason}`
  | 'no_consent'
  | 'consent_withdrawn'
  | 'frequency_cap'
  | 'stale'
  | 'stale_by_cap'
  | 'stale_by_window';
type LaterReason = 'frequency_cap' | 'outside_window';

export type MayISend =
  | { readonly answer: 'now' }
  | { readonly answer: 'later'; readonly at: Date; readonly reason: LaterReason }
  | { readonly answer: 'never'; readonly reason: NeverReason };

/** Stop every mail, whatever its scope: the mailbox is gone, its owner complained, or the person is erased. */
const STOPS_ALL: readonly SuppressionReason[] = ['erased', 'complaint', 'hard_bounce', 'blocked'];

/**
 * Whether a mail may go out now. Asked in this order; the first that speaks decides:
 *
 * 1. suppression: `erased`, `complaint`, `hard_bounce`, `blocked` stop everything; `unsubscribed` and `operator` stop
 *    their own scope, and those of scope `all` everything but `service`.
 * 2. consent: `marketing` needs `opted_in`; `reminders` and `reports` need that it is not withdrawn; `service` none.
 * 3. frequency cap, for `marketing` alone: at most `most` mails in any `inHours`; later, when one more fits.
 * 4. send window: later, the first instant at which the person's clock is inside; after a cap, the first after that.
 * 5. freshness: never, once `freshHours` after `dueAt` have passed, and also when 3 or 4 would put it off that long.
 *
 * `later` is never before `now`, and a mail of that person gone out meanwhile may put it off again: ask again then.
 * @throws SluiceError `send_window_invalid`; RangeError for an unknown zone.
 */
export function mayISend(input: MayISendInput): MayISend {
  const { now, dueAt, policy, zone } = input;
  const refusal = suppressedBy(input) ?? unwanted(input);
  if (refusal !== undefined) return never(refusal);

  const free = underCap(input);
  if (free === undefined) return never('frequency_cap');
  const at =
    policy.window === undefined ? free : earliestInWindow({ window: policy.window, zone, from: free });

  const lastFresh =
    policy.freshHours === undefined
      ? Number.POSITIVE_INFINITY
      : dueAt.getTime() + policy.freshHours * HOUR_MS;
  if (now.getTime() > lastFresh) return never('stale');
  if (free.getTime() > lastFresh) return never('stale_by_cap');
  if (at.getTime() > lastFresh) return never('stale_by_window');
  if (at.getTime() <= now.getTime()) return { answer: 'now' };
  return { answer: 'later', at, reason: at > free ? 'outside_window' : 'frequency_cap' };
}

function never(reason: NeverReason): MayISend {
  return { answer: 'never', reason };
}

function suppressedBy({ suppressions, scope }: MayISendInput): NeverReason | undefined {
  const worst = STOPS_ALL.find((reason) => suppressions.some((one) => one.reason === reason));
  const own = suppressions.find((one) => isScopeStopped({ stopped: one.scope, scope }));
  const reason = worst ?? own?.reason;
  return reason === undefined ? undefined : `suppressed_${reason}`;
}

function isScopeStopped({
  stopped,
  scope,
}: {
  readonly stopped: MailScope;
  readonly scope: MailScope;
}): boolean {
  return scope !== 'service' && (stopped === 'all' || scope === 'all' || stopped === scope);
}

function unwanted({ consent, scope }: MayISendInput): NeverReason | undefined {
  if (!isMarketing(scope) || consent === 'opted_in') return undefined;
  return consent === 'withdrawn' ? 'consent_withdrawn' : 'no_consent';
}

/** A mail of scope `all` is one that nobody sorted; it needs what the strictest needs. */
function isMarketing(scope: MailScope): boolean {
  return scope === 'marketing' || scope === 'all';
}

/** The first instant from now on at which one mail more keeps the cap; undefined where the cap allows none at all. */
function underCap({ now, scope, policy: { cap }, recentMarketing }: MayISendInput): Date | undefined {
  if (cap === undefined || !isMarketing(scope)) return now;
  if (cap.most < 1) return undefined;
  const newestFirst = recentMarketing.map((at) => at.getTime()).toSorted((a, b) => b - a);
  // One fits as soon as the mail that is `most` back has left the hours that are counted.
  const inTheWay = newestFirst[Math.floor(cap.most) - 1];
  if (inTheWay === undefined) return now;
  return new Date(Math.max(now.getTime(), inTheWay + cap.inHours * HOUR_MS));
}
