import type { z } from 'zod';
import { canonicalEmail } from '../contacts/email-address.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Delivery, Mail } from '../state/records.ts';
import type { campaignEventSchema, triggerSchema } from './schemas.ts';

/** Lets things happen to a mail and posts them; resolves with the deliveries after their first attempt. */
export async function triggerMessageEvents(
  sandbox: Sandbox,
  { mail, trigger }: { readonly mail: Mail; readonly trigger: z.output<typeof triggerSchema> },
): Promise<readonly Delivery[]> {
  const recipients = [...mail.to, ...mail.cc, ...mail.bcc].map(({ email }) => email);
  const emails = trigger.email === undefined ? recipients : [canonicalEmail(trigger.email)];
  const posts = trigger.events.flatMap((event) =>
    emails.flatMap((email) =>
      sandbox.messageEvents.record({ mail, email, event, reason: trigger.reason, link: trigger.link }),
    ),
  );
  const repeated = posts.flatMap((post) => Array.from({ length: trigger.duplicate + 1 }, () => post));
  const deliveries = sandbox.webhooks.post(trigger.reorder ? repeated.toReversed() : repeated);
  sandbox.state.commit();
  return sandbox.webhooks.firstAttempts(deliveries);
}

/** Lets a marketing campaign have an event; an unsubscribe or complaint blacklists the contact. */
export async function triggerCampaignEvent(
  sandbox: Sandbox,
  { event, email, campaignId, campaignName, reason, link }: z.output<typeof campaignEventSchema>,
): Promise<readonly Delivery[]> {
  const contact = sandbox.book.byEmail(email);
  if (contact !== undefined && (event === 'unsubscribed' || event === 'spam' || event === 'hardBounce')) {
    const origin = { sequence: 0, at: sandbox.clock.nowIso(), by: `campaign ${event}` };
    sandbox.book.update(contact, { emailBlacklisted: true }, origin);
  }
  const fields = {
    camp_id: campaignId,
    'campaign name': campaignName,
    tag: '',
    ...(reason === undefined ? {} : { reason }),
    ...(link === undefined ? {} : { URL: link }),
  };
  const posts = sandbox.contactEvents.posts({ event, email: canonicalEmail(email), fields });
  const deliveries = sandbox.webhooks.post(posts);
  sandbox.state.commit();
  return sandbox.webhooks.firstAttempts(deliveries);
}
