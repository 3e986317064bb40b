import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signWebhook, verifyWebhook, webhookKey } from '../events/standard-webhooks.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const OTHER = `whsec_${randomBytes(24).toString('base64')}`;
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const BODY = '{"type":"lead.opted_in","data":{"name":"Zoë 🎉"}}';

function verify(
  headers: Partial<Record<'id' | 'timestamp' | 'signature', string>>,
  {
    body = BODY,
    secrets = [SECRET],
    now = new Date(),
  }: { body?: string; secrets?: string[]; now?: Date } = {},
) {
  const { id, timestamp, signature } = headers;
  return verifyWebhook({
    headers: { id, timestamp, signature },
    body: Buffer.from(body),
    keys: secrets.map(webhookKey),
    now,
  });
}

function signed({ body = BODY, secret = SECRET, at = new Date(), id = ID } = {}) {
  const headers = signWebhook({ id, at, body, secret });
  return {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
}

describe('against the independent implementation', () => {
  it('accepts what that one signs', () => {
    const at = new Date();
    const signature = new Webhook(SECRET).sign(ID, at, BODY);
    const timestamp = String(Math.floor(at.getTime() / 1000));
    expect(verify({ id: ID, timestamp, signature })).toEqual({ ok: true, id: ID });
  });

  it('signs what that one accepts', () => {
    const headers = signWebhook({ id: ID, at: new Date(), body: BODY, secret: SECRET });
    expect(new Webhook(SECRET).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });

  it('agrees with it on a thousand random bodies, ids and secrets', () => {
    for (let round = 0; round < 1000; round += 1) {
      const secret = `whsec_${randomBytes(24 + (round % 41)).toString('base64')}`;
      const body = randomBytes(round % 97).toString('base64');
      const id = randomBytes(1 + (round % 30)).toString('hex');
      const at = new Date(Date.now() - round);
      const ours = signWebhook({ id, at, body, secret });
      expect(ours['webhook-signature']).toBe(new Webhook(secret).sign(id, at, body));
    }
  });

  it('reproduces the example of the specification', () => {
    const headers = signWebhook({
      id: ID,
      at: new Date(1614265330 * 1000),
      body: '{"test": 2432232314}',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

it('takes one fitting pair of several secrets and several signatures', () => {
  const old = signed({ secret: OTHER });
  const current = signed();
  expect(verify({ ...current, signature: `${old.signature} ${current.signature}` }).ok).toBe(true);
  expect(verify(old, { secrets: [SECRET, OTHER] }).ok).toBe(true);
  expect(verify(old, { secrets: [SECRET] }).ok).toBe(false);
});

it('takes a timestamp five minutes off either way, and no more', () => {
  const now = new Date(1_800_000_000_000);
  const at = (seconds: number) => verify(signed({ at: new Date(now.getTime() + seconds * 1000) }), { now });
  expect([at(-300), at(300)].map(({ ok }) => ok)).toEqual([true, true]);
  expect([at(-301), at(301)]).toEqual([
    { ok: false, reason: 'timestamp_off' },
    { ok: false, reason: 'timestamp_off' },
  ]);
});

const bad = (about: string, change: (good: ReturnType<typeof signed>) => Parameters<typeof verify>[0]) =>
  [about, change] as const;

it.each([
  bad('no signature', ({ id, timestamp }) => ({ id, timestamp })),
  bad('an empty one', (good) => ({ ...good, signature: '' })),
  bad('no id', ({ timestamp, signature }) => ({ timestamp, signature })),
  bad('no timestamp', ({ id, signature }) => ({ id, signature })),
  bad('another id', (good) => ({ ...good, id: `${ID}x` })),
  bad('another timestamp', (good) => ({ ...good, timestamp: String(Number(good.timestamp) + 1) })),
  bad('a timestamp of words', (good) => ({ ...good, timestamp: 'now' })),
  bad('a timestamp with a tail', (good) => ({ ...good, timestamp: `${good.timestamp}.5` })),
  bad('a signature without its version', (good) => ({ ...good, signature: good.signature.slice(3) })),
  bad('a signature of another version', (good) => ({ ...good, signature: `v2,${good.signature.slice(3)}` })),
  bad('a shortened signature', (good) => ({ ...good, signature: good.signature.slice(0, -4) })),
  bad('a signature with junk that base64 ignores', (good) => ({ ...good, signature: `${good.signature}!` })),
  bad('a signature in another spelling of base64', (good) => ({
    ...good,
    signature: good.signature.replace(/=+$/, ''),
  })),
  bad('the digest of the secret as text', (good) => ({
    ...good,
    signature: signed({ secret: `whsec_${Buffer.from(SECRET).toString('base64')}` }).signature,
  })),
])('refuses %s', (_about, change) => {
  expect(verify(change(signed())).ok).toBe(false);
});

it('refuses a body that differs by one byte, and everything while there is no secret', () => {
  expect(verify(signed(), { body: `${BODY} ` })).toEqual({ ok: false, reason: 'signature_wrong' });
  expect(verify(signed(), { secrets: [] })).toEqual({ ok: false, reason: 'signature_wrong' });
});
