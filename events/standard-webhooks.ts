import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** A sender's clock may be off by so much, either way. Source: Standard Webhooks, "Verifying webhook authenticity". */
export const TOLERANCE_SECONDS = 5 * 60;

/** The three headers of the standard, as they came. */
export interface WebhookHeaders {
  readonly id: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp: string | undefined;
  /** `v1,<base64>`, several separated by spaces. */
  readonly signature: string | undefined;
}

export type Verdict =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: VerdictReason };

export type VerdictReason = 'headers_missing' | 'timestamp_invalid' | 'timestamp_off' | 'signature_wrong';

/** The key of a secret. @param secret `whsec_` and base64 */
export function webhookKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
}

/**
 * Whether a request was signed with one of our secrets (https://www.standardwebhooks.com): HMAC-SHA-256 over
 * `id.timestamp.body`, the body byte for byte as it came. One fitting pair of a secret and a signature is enough, so
 * that a secret can be exchanged; all pairs are compared, each in constant time.
 * @param keys with none nothing is ever accepted
 */
export function verifyWebhook({
  headers,
  body,
  keys,
  now,
}: {
  readonly headers: WebhookHeaders;
  readonly body: Uint8Array;
  readonly keys: readonly KeyObject[];
  readonly now: Date;
}): Verdict {
  const { id, timestamp, signature } = headers;
  if (!id || !timestamp || !signature) return refused('headers_missing');
  if (!/^\d{1,12}$/.test(timestamp)) return refused('timestamp_invalid');
  const seconds = Math.floor(now.getTime() / 1000);
  if (Math.abs(seconds - Number(timestamp)) > TOLERANCE_SECONDS) return refused('timestamp_off');
  const given = signature
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice('v1,'.length)));
  let fits = false;
  for (const key of keys) {
    const expected = Buffer.from(digest({ id, timestamp, body, key }));
    for (const one of given) {
      if (one.length === expected.length && timingSafeEqual(one, expected)) fits = true;
    }
  }
  return fits ? { ok: true, id } : refused('signature_wrong');
}

/** The headers with which a sender proves a body. @param at also its timestamp, whole seconds */
export function signWebhook({
  id,
  at,
  body,
  secret,
}: {
  readonly id: string;
  readonly at: Date;
  readonly body: string | Uint8Array;
  readonly secret: string;
}): {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
} {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${digest({ id, timestamp, body, key: webhookKey(secret) })}`,
  };
}

function digest({
  id,
  timestamp,
  body,
  key,
}: {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string | Uint8Array;
  readonly key: KeyObject;
}): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

function refused(reason: VerdictReason): Verdict {
  return { ok: false, reason };
}
