import { eq, sql } from 'drizzle-orm';
import type { MailScope } from '../domain/sending/scopes.ts';
import { noteOwnEvents } from './events.ts';
import { lockRecipient } from './messages.ts';
import type { Database } from './pool.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';
import { suppress } from './suppressions.ts';

/** Kinds of mail without which nobody is in a journey any more. */
const ENDS_JOURNEYS: ReadonlySet<MailScope> = new Set<MailScope>(['all', 'marketing']);

/**
 * Notes that a person unsubscribed by the link in a mail: the suppression, the withdrawn consent, the mail that it was,
 * and the event that ends journeys; all or nothing, and the same however often the link is used.
 * @param scope what was chosen; the mail's own kind or all
 * @param at now, by our clock
 */
export async function recordUnsubscribe(
  { orm }: Database,
  {
    messageUuid,
    contactId,
    scope,
    at,
    hashAddress,
  }: {
    readonly messageUuid: string;
    readonly contactId: number;
    readonly scope: MailScope;
    readonly at: Date;
    readonly hashAddress: (canonicalEmail: string) => string;
  },
): Promise<void> {
  await orm.transaction(async (tx) => {
    const person = await lockRecipient(tx, contactId);
    // Of an erased person nothing is left but a suppression of all mail.
    if (person === undefined || person.isErased) return;
    const addressHash = hashAddress(person.email);
    await suppress(tx, [{ addressHash, scope, reason: 'unsubscribed', source: 'link', since: at }]);
    await tx
      .update(messages)
      .set({ unsubscribedAt: sql`COALESCE(${messages.unsubscribedAt}, ${at})` })
      .where(eq(messages.uuid, messageUuid));
    if (!ENDS_JOURNEYS.has(scope)) return;
    await tx
      .update(contacts)
      .set({
        consent: 'withdrawn',
        // Also after a consent by a clock that was ahead.
        consentAt: sql`GREATEST(COALESCE(${contacts.consentAt}, ${at}), ${at})`,
        updatedAt: at,
      })
      .where(eq(contacts.id, contactId));
    await noteOwnEvents(tx, {
      own: [
        {
          eventId: `unsubscribe:${messageUuid}`,
          type: 'mail.unsubscribed',
          resource: `contact.${contactId}`,
          contactId,
          occurredAt: at,
          data: { scope },
        },
      ],
      now: at,
    });
  });
}
