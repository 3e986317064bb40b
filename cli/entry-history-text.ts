import type { ChangeRow, EntryHistory, EntryRow, HeldRow, PurchaseRow } from '../db/entry-history.ts';
import type { FunnelType } from '../domain/funnels.ts';
import { REJECTION_MEANING } from '../domain/intake.ts';
import { visibleText, visibleTime } from './visible-text.ts';

/** Something that happened to a person; `at` is UTC. */
export interface HistoryEvent {
  readonly at: Date;
  readonly event:
    | 'tested'
    | 'held'
    | 'released'
    | 'entered'
    | 'bought'
    | 'withdrawn'
    | 'converted'
    | 'imported'
    | 'change_noted'
    | 'change_sent'
    | 'change_accepted'
    | 'change_rejected';
  readonly funnel?: FunnelType;
  readonly text: string;
}

/** What comes first of several things at one time: cause before effect. */
const ORDER: readonly HistoryEvent['event'][] = [
  'tested',
  'held',
  'released',
  'entered',
  'bought',
  'withdrawn',
  'converted',
  'imported',
  'change_noted',
  'change_sent',
  'change_accepted',
  'change_rejected',
];

/** Everything known of a person, in time order. */
export function historyEvents(history: EntryHistory): readonly HistoryEvent[] {
  const entries = new Map(history.entries.map((entry) => [entry.id, entry]));
  return [
    ...history.held.flatMap(ofHeldSitting),
    ...history.entries.flatMap(ofEntry),
    ...history.purchases.flatMap(ofPurchase),
    ...history.changes.flatMap((change) => ofChange(change, entries.get(change.entryId))),
  ].toSorted((a, b) => a.at.getTime() - b.at.getTime() || ORDER.indexOf(a.event) - ORDER.indexOf(b.event));
}

export function describeHistory(email: string, history: EntryHistory): string {
  const events = historyEvents(history);
  if (events.length === 0) return `${email}: nothing known`;
  return [
    email,
    ...history.entries.map((entry) => `  ${entry.funnelType}: ${standing(entry)}`),
    '',
    ...events.map(({ at, text }) => `${visibleTime(at)}  ${text}`),
  ].join('\n');
}

function standing(entry: EntryRow): string {
  const brevo = {
    pending: 'not in Brevo yet',
    in_brevo: 'in Brevo',
    rejected: `refused by Brevo (${entry.rejectedCode})`,
  }[entry.state];
  return `${brevo}, ${entry.certificatePurchased === 1 ? 'has bought' : 'has not bought'}`;
}

function ofHeldSitting(row: HeldRow): readonly HistoryEvent[] {
  const sitting = `sitting ${row.sittingId}`;
  const why = `${REJECTION_MEANING[row.reason]} (${row.reason})`;
  return [
    { at: row.testedAt, event: 'tested', text: `took test ${row.testId ?? 'without a number'} (${sitting})` },
    { at: row.firstSeenAt, event: 'held', text: `${sitting} put into quarantine: ${why}` },
    ...(row.resolvedAt === null
      ? []
      : [{ at: row.resolvedAt, event: 'released', text: `${sitting} released from quarantine` } as const]),
  ];
}

function ofEntry(entry: EntryRow): readonly HistoryEvent[] {
  const funnel = entry.funnelType;
  const from = entry.source === 'import' ? ", by the old tool's record" : '';
  const payment = entry.purchasePaymentId === null ? from : ` by payment ${entry.purchasePaymentId}`;
  return [
    ...(entry.testedAt === null
      ? []
      : [
          {
            at: entry.testedAt,
            event: 'tested',
            funnel,
            text: `took test ${entry.testId} (sitting ${entry.userId}), for which ${funnel} was entered`,
          } as const,
        ]),
    { at: entry.enteredAt, event: 'entered', funnel, text: `entered ${funnel}${from}` },
    ...(entry.certificatePurchasedAt === null
      ? []
      : [
          {
            at: entry.certificatePurchasedAt,
            event: 'converted',
            funnel,
            text: `converted ${funnel}${payment}`,
          } as const,
        ]),
  ];
}

function ofPurchase(row: PurchaseRow): readonly HistoryEvent[] {
  const funnel = row.funnelType;
  return [
    {
      at: row.purchasedAt,
      event: 'bought',
      funnel,
      text: `bought a ${funnel} certificate (payment ${row.paymentId})`,
    },
    ...(row.withdrawnAt === null
      ? []
      : [
          {
            at: row.withdrawnAt,
            event: 'withdrawn',
            funnel,
            text: `payment ${row.paymentId} does not count at the site any more`,
          } as const,
        ]),
  ];
}

function ofChange(change: ChangeRow, entry: EntryRow | undefined): readonly HistoryEvent[] {
  const funnel = change.funnelType;
  const name = `${change.kind} of ${funnel}`;
  if (isImported(change, entry)) {
    const text = `${name} imported from the old tool; counts as told to Brevo`;
    return [{ at: change.createdAt, event: 'imported', funnel, text }];
  }
  const way = change.importId === null ? '' : ` in import ${change.importId}`;
  const trouble = change.code === null ? '' : ` (${visibleText(change.code)})`;
  const open = {
    pending: `; waits, ${change.attempts} attempts so far${trouble}`,
    sending: '; under way',
    accepted: '',
    rejected: '',
  }[change.state];
  return [
    {
      at: change.createdAt,
      event: 'change_noted',
      funnel,
      text: `${name} is to be told to Brevo (change ${change.id}${open})`,
    },
    ...(change.attemptedAt === null
      ? []
      : [
          {
            at: change.attemptedAt,
            event: 'change_sent',
            funnel,
            text: `${name} sent to Brevo${way}, attempt ${change.attempts}`,
          } as const,
        ]),
    ...(change.settledAt === null
      ? []
      : [
          change.state === 'rejected'
            ? ({
                at: change.settledAt,
                event: 'change_rejected',
                funnel,
                text: `${name} refused by Brevo${trouble}`,
              } as const)
            : ({
                at: change.settledAt,
                event: 'change_accepted',
                funnel,
                text: `${name} accepted by Brevo`,
              } as const),
        ]),
  ];
}

/** Written by an import: accepted without ever having been sent by us. */
function isImported(change: ChangeRow, entry: EntryRow | undefined): boolean {
  if (change.state !== 'accepted' || change.attempts > 0) return false;
  return change.kind === 'entry' ? entry?.source === 'import' : entry?.purchasePaymentId === null;
}
