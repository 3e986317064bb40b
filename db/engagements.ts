import { sql } from 'drizzle-orm';
import { type Engagement, type EngagementEvent, TOLD_ENGAGEMENTS } from '../domain/sending/engagement.ts';
import type { MailScope } from '../domain/sending/scopes.ts';
import { lockContacts } from './contacts.ts';
import { type MatchedEngagement, matchEngagements } from './engagement-match.ts';
import { isLockTrouble } from './errno.ts';
import { noteOwnEvents } from './events.ts';
import type { Database, Executor } from './pool.ts';
import { engagements } from './schema-events.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';
import { type NewSuppression, suppress } from './suppressions.ts';

export interface RecordOptions {
  readonly now: Date;
  /** Keyed hash of a canonical address. */
  readonly hashAddress: (canonicalEmail: string) => string;
}

const TRIES = 5;

/**
 * Notes what a provider told: the engagements themselves, the mails that they are about, suppressions, withdrawn consent,
 * and an event `mail.…` for the person's journeys. One transaction: either all of it is durable, or the call throws.
 *
 * Any order and any number of repetitions gives the same: times are the earliest that were told, a mail never goes back
 * to an earlier state, and an unsubscribe older than a consent undoes nothing.
 * @returns how many of them were news.
 */
export async function recordEngagements(
  db: Database['orm'],
  told: readonly Engagement[],
  options: RecordOptions,
): Promise<{ readonly recorded: number }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction((tx) => record(tx, told, options));
    } catch (error) {
      if (attempt === TRIES || !isLockTrouble(error)) throw error;
    }
  }
}

async function record(
  tx: Executor,
  told: readonly Engagement[],
  options: RecordOptions,
): Promise<{ readonly recorded: number }> {
  // One order for all writers, so that two of them wait for each other and do not deadlock.
  const unique = [...new Map(told.map((one) => [one.key, one])).values()].toSorted((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  if (unique.length === 0) return { recorded: 0 };
  const matched = await matchEngagements(tx, unique, options.now);
  await lockContacts(tx, [...new Set(matched.flatMap(({ contact }) => contact?.email ?? []))]);
  const recorded = await keep(tx, matched, options.now);
  await moveMessages(tx, matched);
  const overtaken = await stop(tx, matched, options);
  await tell(
    tx,
    matched.filter(({ key }) => !overtaken.has(key)),
    options.now,
  );
  return { recorded };
}

/** @returns the number of rows that were not there before. */
async function keep(tx: Executor, matched: readonly MatchedEngagement[], now: Date): Promise<number> {
  const [result] = await tx
    .insert(engagements)
    .values(
      matched.map(({ key, event, message, contact, at, campaignId, link }) => ({
        engagementKey: key,
        event,
        messageId: message?.id ?? null,
        contactId: contact?.id ?? null,
        occurredAt: at,
        receivedAt: now,
        campaignId: campaignId ?? null,
        link: link ?? null,
      })),
    )
    // A known one changes nothing and counts nothing.
    .onDuplicateKeyUpdate({ set: { engagementKey: sql`${engagements.engagementKey}` } });
  return result.affectedRows;
}

const COLUMNS = {
  delivered: messages.deliveredAt,
  opened: messages.openedAt,
  clicked: messages.clickedAt,
  hard_bounced: messages.bouncedAt,
  complained: messages.complainedAt,
  unsubscribed: messages.unsubscribedAt,
} as const;

/**
 * Whatever Brevo tells of a mail, it has that mail: so it is `accepted`, also where we had called it `sending`,
 * `uncertain`, or had sent another in its place.
 */
async function moveMessages(tx: Executor, matched: readonly MatchedEngagement[]): Promise<void> {
  const ofMail = matched.filter(({ message, event }) => message !== undefined && event !== 'other');
  const groups = Map.groupBy(ofMail, ({ message }) => message?.id ?? 0);
  for (const [id, group] of [...groups].toSorted(([a], [b]) => a - b)) {
    const first = earliest(group);
    const brevoMessageId = group.find((one) => one.brevoMessageId !== undefined)?.brevoMessageId;
    const firstOf = (event: EngagementEvent) => {
      const those = group.filter((one) => one.event === event);
      return those.length === 0 ? undefined : earliest(those);
    };
    const moved = Object.entries(COLUMNS).flatMap(([event, column]) => {
      const at = firstOf(event as keyof typeof COLUMNS);
      return at === undefined ? [] : [sql`${column} = LEAST(COALESCE(${column}, ${at}), ${at})`];
    });
    await tx.execute(sql`
      UPDATE ${messages} SET ${sql.join(
        [
          ...moved,
          sql`brevo_message_id = COALESCE(brevo_message_id, ${brevoMessageId ?? null})`,
          sql`accepted_at = LEAST(COALESCE(accepted_at, ${first}), ${first})`,
          sql`settled_at = LEAST(COALESCE(settled_at, ${first}), ${first})`,
          sql`reason = IF(state = 'accepted' OR reason = 'resent', reason, NULL)`,
          sql`state = 'accepted'`,
        ],
        sql`, `,
      )}
      WHERE id = ${id}`);
  }
}

function earliest(group: readonly MatchedEngagement[]): Date {
  return new Date(Math.min(...group.map(({ at }) => at.getTime())));
}

const STOPPING = {
  unsubscribed: 'unsubscribed',
  hard_bounced: 'hard_bounce',
  complained: 'complaint',
} as const satisfies Partial<Record<EngagementEvent, string>>;

/**
 * What the person, or the person's mailbox, does not want any more. A bounce or complaint concerns the address; an
 * unsubscribe the kind of mail that it came with, and all where we do not know the mail: Brevo stops the sender then.
 * @returns keys of unsubscribes after which the person agreed again; they mean nothing any more.
 */
async function stop(
  tx: Executor,
  matched: readonly MatchedEngagement[],
  { hashAddress }: RecordOptions,
): Promise<ReadonlySet<string>> {
  const found: NewSuppression[] = [];
  const overtaken = new Set<string>();
  for (const one of matched) {
    const address = one.email ?? (one.message?.email || undefined);
    if (!(one.event in STOPPING) || address === undefined) continue;
    const reason = STOPPING[one.event as keyof typeof STOPPING];
    const scope = reason === 'unsubscribed' ? unsubscribedScope(one) : 'all';
    if (reason === 'unsubscribed' && endsMarketing(scope) && one.contact !== undefined) {
      const isInForce = await withdrawConsent(tx, { contactId: one.contact.id, at: one.at });
      if (!isInForce) {
        overtaken.add(one.key);
        continue;
      }
    }
    found.push({ addressHash: hashAddress(address), scope, reason, source: 'webhook', since: one.at });
  }
  await suppress(tx, found);
  return overtaken;
}

function endsMarketing(scope: MailScope): boolean {
  return scope === 'all' || scope === 'marketing';
}

function unsubscribedScope({ channel, message }: MatchedEngagement): MailScope {
  if (channel === 'marketing') return 'marketing';
  return message === undefined || message.scope === 'service' ? 'all' : message.scope;
}

/** @returns false when the person agreed again after that. */
async function withdrawConsent(
  tx: Executor,
  { contactId, at }: { readonly contactId: number; readonly at: Date },
): Promise<boolean> {
  const [rows] = await tx.execute(
    sql`SELECT consent, consent_at > ${at} AS agreedLater FROM ${contacts} WHERE id = ${contactId}`,
  );
  const [row] = rows as unknown as readonly {
    readonly consent: string;
    readonly agreedLater: number | null;
  }[];
  if (row?.consent === 'opted_in' && row.agreedLater === 1) return false;
  await tx.execute(sql`
    UPDATE ${contacts} SET consent = 'withdrawn', consent_at = GREATEST(COALESCE(consent_at, ${at}), ${at})
    WHERE id = ${contactId}`);
  return true;
}

/**
 * The same event that a website would send, so that exits and waits know one way only. Who stopped reminders or reports
 * stays in journeys.
 */
async function tell(tx: Executor, matched: readonly MatchedEngagement[], now: Date): Promise<void> {
  const own = matched.flatMap((one) => {
    const { key, event, at, contact, message, campaignId } = one;
    if (contact === undefined || contact.isErased) return [];
    if (!(TOLD_ENGAGEMENTS as readonly EngagementEvent[]).includes(event)) return [];
    if (event === 'unsubscribed' && !endsMarketing(unsubscribedScope(one))) return [];
    return [
      {
        eventId: `engagement:${key}`,
        type: `mail.${event}`,
        resource: message === undefined ? `contact.${contact.id}` : `message.${message.id}`,
        contactId: contact.id,
        occurredAt: at,
        data: {
          ...(message === undefined ? {} : { message: message.id }),
          ...(campaignId === undefined ? {} : { campaign: campaignId }),
        },
      },
    ];
  });
  await noteOwnEvents(tx, { own, now });
}
