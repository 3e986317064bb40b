import type { SandboxClock } from '../clock.ts';
import type { BlockedContact, Delivery, Mail, Webhook } from '../state/records.ts';
import type { State } from '../state/state.ts';
import type { WebhookSender } from './webhook-sender.ts';

/**
 * What can happen to a mail. Brevo has three words for each: in a subscription (the key here), in the body it posts,
 * and in `GET /smtp/statistics/events`.
 */
export const MESSAGE_EVENTS = {
  request: { payload: 'request', statistic: 'requests' },
  delivered: { payload: 'delivered', statistic: 'delivered' },
  deferred: { payload: 'deferred', statistic: 'deferred' },
  opened: { payload: 'opened', statistic: 'opened' },
  uniqueOpened: { payload: 'unique_opened', statistic: 'opened' },
  proxyOpen: { payload: 'proxy_open', statistic: 'loadedByProxy' },
  uniqueProxyOpen: { payload: 'unique_proxy_open', statistic: 'loadedByProxy' },
  click: { payload: 'click', statistic: 'clicks' },
  hardBounce: { payload: 'hard_bounce', statistic: 'hardBounces' },
  softBounce: { payload: 'soft_bounce', statistic: 'softBounces' },
  blocked: { payload: 'blocked', statistic: 'blocked' },
  invalid: { payload: 'invalid_email', statistic: 'invalid' },
  spam: { payload: 'spam', statistic: 'spam' },
  unsubscribed: { payload: 'unsubscribed', statistic: 'unsubscribed' },
  error: { payload: 'error', statistic: 'error' },
} as const;
export type MessageEventName = keyof typeof MESSAGE_EVENTS;

/** Events after which Brevo takes no more transactional mail to the address, and the reason it gives. */
const BLOCKING: Partial<Record<MessageEventName, { readonly code: string; readonly message: string }>> = {
  hardBounce: { code: 'hardBounce', message: 'Hard bounce' },
  spam: { code: 'contactFlaggedAsSpam', message: 'Contact flagged the mail as spam' },
  unsubscribed: { code: 'unsubscribedViaEmail', message: 'Unsubscribed via email' },
};

export interface MessageHappening {
  readonly mail: Mail;
  readonly email: string;
  readonly event: MessageEventName;
  readonly reason?: string | undefined;
  readonly link?: string | undefined;
}

/** Records what happens to mails and tells the webhooks. */
export class MessageEvents {
  readonly #state: State;
  readonly #clock: SandboxClock;
  readonly #webhooks: WebhookSender;

  constructor(input: {
    readonly state: State;
    readonly clock: SandboxClock;
    readonly webhooks: WebhookSender;
  }) {
    this.#state = input.state;
    this.#clock = input.clock;
    this.#webhooks = input.webhooks;
  }

  /** Notes one event and posts it to every webhook that asked for it. */
  happen(happening: MessageHappening): readonly Delivery[] {
    return this.#webhooks.post(this.record(happening));
  }

  /** Notes one event and returns the posts that are due for it, so that a caller may repeat or reorder them. */
  record(happening: MessageHappening): readonly { readonly webhook: Webhook; readonly body: unknown }[] {
    const { mail, email, event, reason, link } = happening;
    const at = this.#clock.nowIso();
    this.#state.mailEvents.append({
      messageId: mail.messageId,
      email,
      event: MESSAGE_EVENTS[event].statistic,
      at,
      reason: reason ?? null,
      link: link ?? null,
    });
    this.#block(happening, at);
    return this.#webhooks
      .subscribers({ type: 'transactional', names: event === 'request' ? ['request', 'sent'] : [event] })
      .map((webhook) => ({ webhook, body: payload({ webhook, happening, at }) }));
  }

  #block({ mail, email, event }: MessageHappening, at: string): void {
    const why = BLOCKING[event];
    if (why !== undefined) {
      const blocked: BlockedContact = {
        email,
        // An unsubscribed reader has left this sender only; a bounce or complaint is about the mailbox.
        senderEmail: event === 'unsubscribed' ? mail.from.email : null,
        blockedAt: at,
        ...why,
      };
      this.#state.blocked.put(email, blocked);
    }
  }
}

function payload(input: {
  readonly webhook: Webhook;
  readonly happening: MessageHappening;
  readonly at: string;
}) {
  const { mail, email, event, reason, link } = input.happening;
  const epochMs = Date.parse(input.at);
  const seconds = Math.floor(epochMs / 1_000);
  const custom = Object.entries(mail.headers).find(([name]) => name.toLowerCase() === 'x-mailin-custom')?.[1];
  return {
    event: MESSAGE_EVENTS[event].payload,
    email,
    id: input.webhook.id,
    'message-id': mail.messageId,
    date: accountTime(epochMs),
    ts: seconds,
    ts_event: seconds,
    ts_epoch: epochMs,
    subject: mail.subject,
    sending_ip: '127.0.0.1',
    ...(mail.tags.length === 0 ? {} : { tags: mail.tags, tag: JSON.stringify(mail.tags) }),
    ...(mail.templateId === null ? {} : { template_id: mail.templateId }),
    ...(custom === undefined ? {} : { 'X-Mailin-custom': custom }),
    ...(reason === undefined ? {} : { reason }),
    ...(link === undefined ? {} : { link }),
  };
}

const ACCOUNT_TIME = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** Brevo writes `date` in the zone of the account, here that of Paris: `2026-11-18 09:05:00`. */
export function accountTime(epochMs: number): string {
  return ACCOUNT_TIME.format(epochMs);
}
