import type { BatchCounts } from '../../domain/sending/message.ts';

/** What each reason means, for people. */
const REASONS: Readonly<Record<string, string>> = {
  not_active: 'account not active',
  admin: 'admin',
  opted_out: 'opted out at the quiz',
  recently_active: 'logged in recently',
  recently_joined: 'joined recently',
  came_back: 'logged in since',
  no_email: 'no e-mail address',
  invalid_email: 'address is not valid',
  unsupported_email: 'address that Brevo refuses',
  same_address: 'another user has the same address',
  other_run: 'reminded by another run (own time or zone)',
  not_now: 'not the time that they chose',
  reminded_today: 'has a reminder of that day',
  cap_reached: 'reminded often enough without a login',
  nothing_to_offer: 'no quiz left to offer',
  user_gone: 'deleted meanwhile',
  reported: 'has the report of that month',
};

/** Counts by reason, the most frequent first. */
export function describeReasons(reasons: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  if (sorted.length === 0) return '';
  const width = Math.max(...sorted.map(([, count]) => String(count).length));
  return [
    'No mail because:',
    ...sorted.map(([reason, count]) => `  ${String(count).padStart(width)}  ${wordsOf(reason)}`),
  ].join('\n');
}

export function wordsOf(reason: string): string {
  if (reason.startsWith('suppressed_')) return `suppressed: ${reason.slice('suppressed_'.length)}`;
  return REASONS[reason] ?? reason;
}

export function describeDelivery({ accepted, rejected, withheld, uncertain }: BatchCounts): string {
  const bad =
    rejected + uncertain > 0 ? '\nsluice messages list --state rejected (or uncertain) names them.' : '';
  return `Mails: ${accepted} accepted, ${rejected} rejected, ${withheld} withheld, ${uncertain} uncertain.${bad}`;
}
