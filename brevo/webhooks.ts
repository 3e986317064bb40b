import { createHash } from 'node:crypto';
import { canonicalEmail } from '../domain/email.ts';
import type { Engagement, EngagementEvent } from '../domain/sending/engagement.ts';

/**
 * Brevo's words. It writes some of them in two ways: `spam` and `complaint`, `unsubscribe` and `unsubscribed`, `request`
 * and `sent`; a first open comes as `opened` and as `unique_opened`.
 * https://developers.brevo.com/docs/transactional-webhooks, https://developers.brevo.com/docs/marketing-webhooks
 */
const WORDS: Readonly<Record<string, EngagementEvent>> = {
  request: 'accepted',
  sent: 'accepted',
  deferred: 'deferred',
  delivered: 'delivered',
  opened: 'opened',
  unique_opened: 'opened',
  first_opening: 'opened',
  proxy_open: 'proxy_opened',
  unique_proxy_open: 'proxy_opened',
  click: 'clicked',
  soft_bounce: 'soft_bounced',
  hard_bounce: 'hard_bounced',
  invalid: 'hard_bounced',
  invalid_email: 'hard_bounced',
  blocked: 'blocked',
  spam: 'complained',
  complaint: 'complained',
  unsubscribe: 'unsubscribed',
  unsubscribed: 'unsubscribed',
  error: 'failed',
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what Brevo posts: one event, an array of them, or `{ "events": [...] }`, of transactional and marketing webhooks.
 * Nothing is refused: what has no use for us, or makes no sense, is there as `other`.
 * @param body parsed JSON.
 */
export function parseBrevoWebhook(body: unknown): readonly Engagement[] {
  return eventsOf(body).map((one) => readEvent(isFields(one) ? one : {}));
}

function eventsOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body.flatMap(eventsOf);
  return isFields(body) && Array.isArray(body.events) ? body.events.flatMap(eventsOf) : [body];
}

function readEvent(fields: Fields): Engagement {
  const word = textOf(fields.event)?.trim().toLowerCase() ?? '';
  const event = Object.hasOwn(WORDS, word) ? (WORDS[word] ?? 'other') : 'other';
  const brevoMessageId = messageIdOf(fields);
  const campaign = idOf(fields.camp_id);
  const email = emailOf(fields.email);
  const link = textOf(fields.link) ?? textOf(fields.URL) ?? textOf(fields.url);
  const moment = epochOf(fields);
  // Where Brevo numbers neither mail nor campaign, or gives no time, whatever else the body says tells two events apart.
  const of = brevoMessageId ?? campaign ?? JSON.stringify(fields);
  return {
    key: digest([
      event === 'other' ? word : event,
      of,
      email ?? textOf(fields.email) ?? '',
      moment ?? JSON.stringify(fields.date_event ?? fields.date ?? ''),
      link ?? '',
    ]),
    event,
    channel: brevoMessageId === undefined ? 'marketing' : 'transactional',
    email,
    occurredAt: moment === undefined ? undefined : new Date(moment),
    brevoMessageId,
    messageUuid: uuidOf(fields),
    campaignId: campaign ?? idOf(fields.template_id),
    link: link === undefined ? undefined : withoutQuery(link),
  };
}

function messageIdOf(fields: Fields): string | undefined {
  const text = (textOf(fields['message-id']) ?? textOf(fields.messageId))?.trim();
  if (text === undefined || text === '') return undefined;
  return (text.startsWith('<') ? text : `<${text}>`).slice(0, MOST_ID);
}

/** What the ledger's column holds. */
const MOST_ID = 255;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Our own id: in the custom header, and in the tag that every mail of ours has. */
function uuidOf(fields: Fields): string | undefined {
  const custom = Object.entries(fields).find(([name]) => name.toLowerCase() === 'x-mailin-custom')?.[1];
  return [textOf(custom), ...tagsOf(fields.tags), ...tagsOf(fields.tag)]
    .map((one) => one?.trim().toLowerCase().replace(/^snd-/, ''))
    .find((one) => one !== undefined && UUID.test(one));
}

/** Tags are an array, or one text, or an array written as a text. */
function tagsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  const text = textOf(value);
  if (text === undefined) return [];
  if (!text.startsWith('[')) return [text];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

const FROM_MS = 100_000_000_000;
const LATEST_MS = Date.UTC(9999, 0);

/** UTC milliseconds. `ts_epoch` is told in seconds, too; `date` is the account's local time and of no use. */
function epochOf(fields: Fields): number | undefined {
  const value = [fields.ts_epoch, fields.ts_event, fields.ts].map(numberOf).find((one) => one !== undefined);
  if (value === undefined || value <= 0) return undefined;
  const ms = Math.trunc(value < FROM_MS ? value * 1000 : value);
  return ms < LATEST_MS ? ms : undefined;
}

function emailOf(value: unknown): string | undefined {
  const canonical = canonicalEmail(textOf(value) ?? null);
  return canonical.ok ? canonical.email : undefined;
}

/** A query may hold personal data, and so may what stands before an @. */
function withoutQuery(link: string): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const { protocol, host, pathname } = new URL(link);
  return protocol === 'http:' || protocol === 'https:' ? `${protocol}//${host}${pathname}` : protocol;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(Math.trunc(number)) ? number : undefined;
}

function idOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function digest(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
