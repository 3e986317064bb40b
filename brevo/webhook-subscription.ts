import { z } from 'zod';
import { SluiceError } from '../domain/errors.ts';
import { anyAnswer, type BrevoClient } from './client.ts';

/** Which webhooks the account has for our gateway. */
export interface WebhookSubscription {
  readonly type: WebhookType;
  readonly state: 'present' | 'missing' | 'other_events';
  readonly id: number | undefined;
}

type WebhookType = 'transactional' | 'marketing';

/**
 * What Sluice wants to hear of; Brevo's names for subscriptions (camel case), not those of the posts.
 * https://developers.brevo.com/reference/createwebhook
 */
const EVENTS: Readonly<Record<WebhookType, readonly string[]>> = {
  transactional: [
    'request',
    'delivered',
    'deferred',
    'hardBounce',
    'softBounce',
    'blocked',
    'invalid',
    'spam',
    'uniqueOpened',
    'opened',
    'click',
    'unsubscribed',
  ],
  marketing: ['delivered', 'hardBounce', 'softBounce', 'spam', 'opened', 'click', 'unsubscribed'],
};
const TYPES = ['transactional', 'marketing'] as const;
const NO_WEBHOOK = 404;

const webhooks = z.object({
  webhooks: z.array(z.object({ id: z.number(), url: z.string(), events: z.array(z.string()) })),
});

/** Looks, and changes nothing. @param url where the gateway takes Brevo's webhooks */
export async function inspectWebhooks(
  brevo: BrevoClient,
  url: string,
): Promise<readonly WebhookSubscription[]> {
  const found: WebhookSubscription[] = [];
  for (const type of TYPES) {
    const ours = (await list(brevo, type)).find((webhook) => webhook.url === url);
    const hears = EVENTS[type].every((event) => ours?.events.includes(event));
    const state = ours === undefined ? 'missing' : hears ? 'present' : 'other_events';
    found.push({ type, state, id: ours?.id });
  }
  return found;
}

/**
 * Creates what is missing and completes what hears too little; others of the account stay as they are. Where nothing is
 * missing, nothing is written: Brevo allows 100 such calls an hour.
 * @param token `all`: goes to those that are there, too; Brevo does not tell which one they have
 */
export async function subscribeWebhooks(
  brevo: BrevoClient,
  {
    url,
    token,
    renew = 'none',
  }: { readonly url: string; readonly token: string; readonly renew?: 'none' | 'all' },
): Promise<readonly WebhookSubscription[]> {
  const before = await inspectWebhooks(brevo, url);
  const incomplete = before.filter(({ state }) => renew === 'all' || state !== 'present');
  for (const { type, id } of incomplete) {
    const body = { url, events: EVENTS[type], auth: { type: 'bearer', token }, description: 'Sluice' };
    if (id === undefined) {
      await brevo.call({ method: 'POST', path: '/webhooks', body: { ...body, type } }, anyAnswer);
    } else {
      await brevo.call({ method: 'PUT', path: `/webhooks/${id}`, body }, anyAnswer);
    }
  }
  return incomplete.length === 0 ? before : inspectWebhooks(brevo, url);
}

/** Brevo answers 404 where an account has none. */
async function list(brevo: BrevoClient, type: WebhookType) {
  try {
    const answer = await brevo.call({ method: 'GET', path: `/webhooks?type=${type}` }, webhooks);
    return answer.webhooks;
  } catch (error) {
    if (error instanceof SluiceError && error.status === NO_WEBHOOK) return [];
    throw error;
  }
}
