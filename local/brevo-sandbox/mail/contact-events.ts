import type { SandboxClock } from '../clock.ts';
import type { Contact, ContactChange, Webhook } from '../state/records.ts';
import { accountTime } from './message-events.ts';
import type { WebhookPost, WebhookSender } from './webhook-sender.ts';

/** What marketing webhooks may ask for, and the word in the body that Brevo posts. */
const MARKETING_EVENTS = {
  delivered: 'delivered',
  opened: 'opened',
  click: 'click',
  hardBounce: 'hard_bounce',
  softBounce: 'soft_bounce',
  spam: 'spam',
  unsubscribed: 'unsubscribe',
  listAddition: 'list_addition',
  contactUpdated: 'contact_updated',
  contactDeleted: 'contact_deleted',
} as const;

interface Happening {
  readonly event: keyof typeof MARKETING_EVENTS;
  readonly email: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Tells marketing webhooks what happened to contacts and campaigns. */
export class ContactEvents {
  readonly #clock: SandboxClock;
  readonly #webhooks: WebhookSender;

  constructor(input: { readonly clock: SandboxClock; readonly webhooks: WebhookSender }) {
    this.#clock = input.clock;
    this.#webhooks = input.webhooks;
  }

  /** Posts what a change of a contact means to those who asked; every change by the API carries the key's name. */
  changed(change: ContactChange, contact: Contact): void {
    const fields = { api_key_name: 'sandbox' };
    const happenings: readonly Happening[] = [
      ...(change.kind === 'deleted'
        ? [{ event: 'contactDeleted' as const, email: contact.email, fields }]
        : [
            {
              event: 'contactUpdated' as const,
              email: contact.email,
              fields: { ...fields, content: [contact.attributes] },
            },
          ]),
      ...(change.listsAdded.length === 0
        ? []
        : [
            {
              event: 'listAddition' as const,
              email: contact.email,
              fields: { ...fields, list_id: change.listsAdded },
            },
          ]),
    ];
    for (const happening of happenings) {
      this.#webhooks.post(this.posts(happening));
    }
  }

  /** The posts that are due for one happening. */
  posts({ event, email, fields }: Happening): readonly WebhookPost[] {
    return this.#webhooks.subscribers({ type: 'marketing', names: [event] }).map((webhook) => ({
      webhook,
      body: { ...this.#common(webhook), event: MARKETING_EVENTS[event], email, ...fields },
    }));
  }

  #common(webhook: Webhook) {
    const now = this.#clock.nowMs();
    const seconds = Math.floor(now / 1_000);
    return {
      id: webhook.id,
      date: accountTime(now),
      date_event: accountTime(now),
      ts: seconds,
      ts_event: seconds,
    };
  }
}
