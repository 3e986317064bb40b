import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseBrevoWebhook } from '../brevo/webhooks.ts';
import { recordEngagements } from '../db/engagements.ts';
import { endUnsubscribed } from '../db/suppressions.ts';
import type { Engagement } from '../domain/sending/engagement.ts';
import { type MailRoom, openMailRoom, request } from './support/mail.ts';
import { hashOf } from './support/mail-deps.ts';

const UUID = '5f0c1df6-3b7e-5a51-9d57-0d7c3c5f1a11';

/** The shape that Brevo posts, as captured from real accounts. */
const HARD_BOUNCE = {
  event: 'hard_bounce',
  email: 'Sarah@Example.com',
  id: 814119,
  'message-id': '<202305311637.12345678901@smtp-relay.mailin.fr>',
  date: '2023-05-31 16:37:07',
  ts: 1685543827,
  ts_event: 1685543827,
  ts_epoch: 1685543827372,
  subject: 'Hello',
  sending_ip: '127.0.0.1',
  tags: [`snd-${UUID}`],
  tag: `["snd-${UUID}"]`,
  template_id: 12,
  'X-Mailin-custom': UUID,
  reason: '550 no such user',
};

const one = (body: unknown): Engagement => {
  const [first, ...others] = parseBrevoWebhook(body);
  if (first === undefined || others.length > 0) throw new Error('not one engagement');
  return first;
};

describe('what Brevo posts', () => {
  it('is read whole: mail, person, time, campaign', () => {
    expect(one(HARD_BOUNCE)).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      event: 'hard_bounced',
      channel: 'transactional',
      email: 'sarah@example.com',
      occurredAt: new Date(1685543827372),
      brevoMessageId: '<202305311637.12345678901@smtp-relay.mailin.fr>',
      messageUuid: UUID,
      campaignId: 12,
      link: undefined,
    });
  });

  it('comes singly, as an array, or under "events", and is the same each time', () => {
    const click = { ...HARD_BOUNCE, event: 'click', link: 'https://example.com/offer?email=a%40b.co#top' };
    const shapes = [
      [click, HARD_BOUNCE],
      { events: [click, HARD_BOUNCE] },
      [{ events: [click] }, HARD_BOUNCE],
    ];
    const keys = shapes.map((shape) => parseBrevoWebhook(shape).map(({ key }) => key));
    expect(keys).toEqual(shapes.map(() => [one(click).key, one(HARD_BOUNCE).key]));
    expect(one(click).link).toBe('https://example.com/offer');
  });

  it('may tell its time in seconds, its message id without brackets, and our id in any of three places', () => {
    const { ts_epoch: _ms, 'X-Mailin-custom': _custom, tags: _tags, tag: _tag, ...rest } = HARD_BOUNCE;
    expect(one({ ...rest, ts_epoch: 1685543827 }).occurredAt).toEqual(new Date(1685543827000));
    expect(one(rest).occurredAt).toEqual(new Date(1685543827000));
    expect(one({ ...rest, 'message-id': 'abc@x' }).brevoMessageId).toBe('<abc@x>');
    expect(one({ ...rest, tag: `snd-${UUID}` }).messageUuid).toBe(UUID);
    expect(one({ ...rest, tag: `["other","snd-${UUID}"]` }).messageUuid).toBe(UUID);
    expect(one({ ...rest, 'x-mailin-CUSTOM': UUID.toUpperCase() }).messageUuid).toBe(UUID);
    expect(one({ ...rest, tags: ['snd-nonsense'], tag: '[' }).messageUuid).toBeUndefined();
  });

  it.each([
    ['request', 'accepted'],
    ['sent', 'accepted'],
    ['deferred', 'deferred'],
    ['delivered', 'delivered'],
    ['opened', 'opened'],
    ['unique_opened', 'opened'],
    ['proxy_open', 'proxy_opened'],
    ['unique_proxy_open', 'proxy_opened'],
    ['click', 'clicked'],
    ['soft_bounce', 'soft_bounced'],
    ['hard_bounce', 'hard_bounced'],
    ['invalid_email', 'hard_bounced'],
    ['blocked', 'blocked'],
    ['spam', 'complained'],
    ['complaint', 'complained'],
    ['unsubscribe', 'unsubscribed'],
    ['unsubscribed', 'unsubscribed'],
    ['error', 'failed'],
    ['list_addition', 'other'],
    ['a word of next year', 'other'],
    ['__proto__', 'other'],
  ])('calls %s what we call %s', (event, ours) => {
    expect(one({ ...HARD_BOUNCE, event }).event).toBe(ours);
  });

  it('is an open once, though Brevo posts a first one twice', () => {
    const opens = parseBrevoWebhook([
      { ...HARD_BOUNCE, event: 'opened' },
      { ...HARD_BOUNCE, event: 'unique_opened' },
    ]);
    expect(new Set(opens.map(({ key }) => key)).size).toBe(1);
  });

  it('is of a campaign where it names no mail', () => {
    const marketing = {
      id: 1,
      camp_id: 7,
      email: 'sarah@example.com',
      'campaign name': 'Spring',
      date_event: '2026-05-31 16:37:07',
      event: 'unsubscribe',
      ts_event: 1685543827,
      list_id: [11],
    };
    expect(one(marketing)).toMatchObject({
      channel: 'marketing',
      event: 'unsubscribed',
      campaignId: 7,
      brevoMessageId: undefined,
    });
    expect(one({ ...marketing, camp_id: 8 }).key).not.toBe(one(marketing).key);
  });

  it.each([
    null,
    42,
    'text',
    [],
    {},
    [[[]]],
    [null, 1],
    { events: 'x' },
    { event: 7, email: 9, ts_epoch: 'soon', camp_id: -1, link: 'javascript:x' },
  ])('is never refused: %j', (body) => {
    for (const told of parseBrevoWebhook(body)) {
      expect(told).toMatchObject({
        event: 'other',
        email: undefined,
        occurredAt: undefined,
        campaignId: undefined,
      });
    }
  });
});

/** Receives the sandbox's posts as the gateway does. @returns every body that came. */
async function listen(room: MailRoom, { batched = false } = {}): Promise<unknown[]> {
  const bodies: unknown[] = [];
  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(parts).toString()));
      answer.writeHead(204).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => {
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const names = {
    transactional: [
      'sent',
      'delivered',
      'opened',
      'uniqueOpened',
      'click',
      'hardBounce',
      'softBounce',
      'blocked',
      'spam',
      'unsubscribed',
    ],
    marketing: ['unsubscribed', 'spam', 'hardBounce', 'opened'],
  };
  for (const [type, events] of Object.entries(names)) {
    const { status } = await room.sandbox.call('POST', '/webhooks', { url, type, events, batched });
    expect(status).toBe(201);
  }
  return bodies;
}

const record = (room: MailRoom, body: unknown, now = new Date(Date.now() + 1_000)) =>
  recordEngagements(room.database.orm, parseBrevoWebhook(body), { now, hashAddress: hashOf });

/** Everything that engagements leave behind, without what depends on when they were written. */
async function traces({ sql }: MailRoom): Promise<unknown> {
  const columns =
    'state, reason, accepted_at, settled_at, delivered_at, opened_at, clicked_at, bounced_at, complained_at, unsubscribed_at, brevo_message_id';
  return {
    messages: await sql(`SELECT id, ${columns} FROM messages ORDER BY id`),
    engagements: await sql(
      'SELECT engagement_key, event, message_id, contact_id, occurred_at, link FROM engagements ORDER BY engagement_key',
    ),
    suppressions: await sql(
      'SELECT address_hash, scope, reason, since, ended_at FROM suppressions ORDER BY address_hash, scope, reason',
    ),
    events: await sql('SELECT event_id, type, contact_id, occurred_at FROM events ORDER BY event_id'),
    contacts: await sql('SELECT id, consent, consent_at FROM contacts ORDER BY id'),
  };
}

it('gives the same in whatever order, shape and number Brevo tells it, twenty times', async () => {
  const room = await openMailRoom();
  const single = await listen(room);
  const batches = await listen(room, { batched: true });
  for (let index = 0; index < 4; index += 1) await room.send(request(await room.person()));
  const mails = await room.sandbox.control.mails();
  const [first, second, third] = mails;
  await room.sandbox.control.trigger(first?.uuid ?? '', {
    events: ['delivered', 'opened', 'uniqueOpened', 'click'],
    link: 'https://example.com/x?a=b',
  });
  await room.sandbox.control.trigger(second?.uuid ?? '', {
    events: ['hardBounce'],
    duplicate: 2,
    reorder: true,
  });
  await room.sandbox.control.trigger(third?.uuid ?? '', { events: ['delivered', 'unsubscribed', 'spam'] });
  await room.sandbox.control.seed({ contacts: [{ email: 'person4@example.com' }] });
  await room.sandbox.control.triggerCampaign({
    event: 'unsubscribed',
    email: 'person4@example.com',
    campaignId: 9,
  });
  await room.sandbox.control.flushWebhooks();
  const bodies = [
    ...single,
    ...batches,
    { event: 'list_addition', list_id: [3], email: 'person1@example.com', ts_event: 1685543827 },
  ];
  expect(bodies.length).toBeGreaterThan(12);
  const now = new Date(Date.now() + 1_000);

  const before = await room.sql<Record<string, unknown>>('SELECT * FROM messages');
  let expected: unknown;
  for (let round = 0; round < 20; round += 1) {
    for (const table of ['engagements', 'suppressions', 'events']) await room.sql(`DELETE FROM ${table}`);
    await room.sql("UPDATE contacts SET consent = 'opted_in', consent_at = '2026-01-01'");
    for (const { id, accepted_at: acceptedAt, settled_at: settledAt, brevo_message_id: brevoId } of before) {
      await room.database.pool.query(
        `UPDATE messages SET accepted_at = ?, settled_at = ?, brevo_message_id = ?, delivered_at = NULL, opened_at = NULL,
         clicked_at = NULL, bounced_at = NULL, complained_at = NULL, unsubscribed_at = NULL WHERE id = ?`,
        [acceptedAt, settledAt, brevoId, id],
      );
    }
    // Some at once, some again, some from two gateways at the same moment.
    const shuffled = shuffle([...bodies, ...bodies.slice(0, 7)], round);
    for (let index = 0; index < shuffled.length; index += 3)
      await Promise.all(shuffled.slice(index, index + 3).map((body) => record(room, body, now)));
    const left = await traces(room);
    expected ??= left;
    expect(left).toEqual(expected);
    expect(await record(room, bodies, now)).toEqual({ recorded: 0 });
  }

  expect(await room.sql('SELECT consent FROM contacts ORDER BY id')).toEqual(
    ['opted_in', 'opted_in', 'withdrawn', 'withdrawn'].map((consent) => ({ consent })),
  );
  const types = await room.sql<{ type: string; contact_id: number; n: number }>(
    'SELECT contact_id, type, COUNT(*) AS n FROM events GROUP BY contact_id, type ORDER BY contact_id, type',
  );
  expect(types.map(({ contact_id: id, type, n }) => `${id} ${type} ${n}`)).toEqual([
    '1 mail.clicked 1',
    '1 mail.delivered 1',
    expect.stringMatching(/^1 mail.opened [12]$/),
    '2 mail.hard_bounced 1',
    '3 mail.complained 1',
    '3 mail.delivered 1',
    '3 mail.unsubscribed 1',
    '4 mail.unsubscribed 1',
  ]);
  expect(await room.sql('SELECT scope, reason FROM suppressions ORDER BY id')).toHaveLength(4);
  // Nothing that is kept names anybody.
  expect(JSON.stringify(await room.sql('SELECT * FROM engagements, events'))).not.toContain('person');
}, 120_000);

it.each(['prepared', 'sending', 'uncertain', 'rejected', 'withheld'])(
  'takes a mail that was %s for accepted: Brevo has it',
  async (state) => {
    const room = await openMailRoom();
    await room.send(request(await room.person()));
    await room.sql(
      `UPDATE messages SET state = '${state}', reason = 'key_expired', accepted_at = NULL, settled_at = NULL, brevo_message_id = NULL`,
    );
    const [row] = await room.ledger();
    await record(room, { ...HARD_BOUNCE, event: 'request', 'X-Mailin-custom': row?.uuid, tags: [], tag: '' });
    expect(await room.ledger()).toMatchObject([
      { state: 'accepted', reason: null, brevo_message_id: HARD_BOUNCE['message-id'] },
    ]);
    // And whoever asks for it again hears so.
    expect(await room.send(request(1))).toMatchObject({ status: 'accepted' });
  },
);

it('finds the mail by our id, by tag, or by the id that Brevo gave it', async () => {
  const room = await openMailRoom();
  await room.send(request(await room.person()));
  const [row] = await room.ledger();
  const bare = { event: 'delivered', email: 'person1@example.com' };
  await record(room, {
    ...bare,
    ts_epoch: 1_685_543_827_001,
    'X-Mailin-custom': row?.uuid,
    'message-id': '<another@x>',
  });
  await record(room, { ...bare, ts_epoch: 1_685_543_827_002, tag: `["snd-${row?.uuid}"]` });
  await record(room, { ...bare, ts_epoch: 1_685_543_827_003, 'message-id': row?.brevo_message_id });
  await record(room, { ...bare, ts_epoch: 1_685_543_827_004, 'message-id': '<nobody@x>' });
  expect(await room.sql('SELECT message_id FROM engagements ORDER BY occurred_at')).toEqual(
    [1, 1, 1, null].map((id) => ({ message_id: id })),
  );
});

it.each([
  {
    what: 'an unsubscribe from a reminder',
    template: 'nudge',
    event: 'unsubscribed',
    scope: 'reminders',
    consent: 'opted_in',
  },
  {
    what: 'an unsubscribe from a marketing mail',
    template: 'hello',
    event: 'unsubscribed',
    scope: 'marketing',
    consent: 'withdrawn',
  },
  {
    what: 'an unsubscribe from service mail',
    template: 'receipt',
    event: 'unsubscribed',
    scope: 'all',
    consent: 'withdrawn',
  },
  { what: 'a complaint', template: 'nudge', event: 'spam', scope: 'all', consent: 'opted_in' },
  { what: 'a hard bounce', template: 'hello', event: 'hard_bounce', scope: 'all', consent: 'opted_in' },
])('lets $what stop $scope', async ({ template, event, scope, consent }) => {
  const room = await openMailRoom();
  await room.send(request(await room.person(), { template }));
  const [row] = await room.ledger();
  await record(room, {
    event,
    email: 'person1@example.com',
    ts_epoch: Date.now(),
    'message-id': row?.brevo_message_id,
  });
  expect(await room.sql('SELECT scope FROM suppressions')).toEqual([{ scope }]);
  expect(await room.sql('SELECT consent FROM contacts')).toEqual([{ consent }]);
});

it('lets an unsubscribe that is older than a fresh consent stop nothing and nobody’s journey, whichever comes first', async () => {
  const room = await openMailRoom();
  const contactId = await room.person();
  const before = { event: 'unsubscribe', email: 'person1@example.com', ts_event: 1_735_000_000, camp_id: 1 };
  await room.sql("UPDATE contacts SET consent_at = '2026-01-01'");
  await record(room, before);
  expect(await room.sql('SELECT * FROM suppressions')).toEqual([]);
  expect(await room.sql('SELECT * FROM events')).toEqual([]);

  const later = { ...before, ts_event: 1_780_000_000 };
  await record(room, later);
  expect(await room.sql('SELECT consent FROM contacts')).toEqual([{ consent: 'withdrawn' }]);
  const agreed = new Date(1_790_000_000_000);
  await room.database.pool.query("UPDATE contacts SET consent = 'opted_in', consent_at = ?", [agreed]);
  await endUnsubscribed(room.database.orm, { addressHash: hashOf('person1@example.com'), at: agreed });
  await record(room, later);
  expect(await room.send(request(contactId))).toMatchObject({ status: 'accepted' });
});

it('notes what an address has that we do not know, so that whoever comes with it later is not mailed', async () => {
  const room = await openMailRoom();
  await record(room, { ...HARD_BOUNCE, email: 'later@example.com' });
  expect(await room.sql('SELECT type FROM events')).toEqual([]);
  const contactId = await room.person({ email: 'later@example.com' });
  expect(await room.send(request(contactId))).toMatchObject({
    status: 'withheld',
    reason: 'suppressed_hard_bounce',
  });
});

it('tells no journey of an erased person', async () => {
  const room = await openMailRoom();
  const contactId = await room.person();
  await room.send(request(contactId));
  const [row] = await room.ledger();
  await room.sql(`UPDATE contacts SET email = 'erased:${contactId}', erased_at = NOW(3)`);
  await room.sql("UPDATE messages SET email = ''");
  await record(room, {
    event: 'opened',
    email: 'person1@example.com',
    ts_epoch: Date.now(),
    'message-id': row?.brevo_message_id,
  });
  expect(await room.sql('SELECT * FROM events')).toEqual([]);
});

it('takes a batch of 500 at once', async () => {
  const room = await openMailRoom();
  await room.send(request(await room.person()));
  const [row] = await room.ledger();
  const batch = Array.from({ length: 500 }, (_, index) => ({
    event: 'opened',
    email: 'person1@example.com',
    ts_epoch: 1_780_000_000_000 + index,
    'message-id': row?.brevo_message_id,
  }));
  expect(await record(room, { events: batch })).toEqual({ recorded: 500 });
  expect(await room.sql('SELECT opened_at FROM messages')).toEqual([
    { opened_at: new Date(1_780_000_000_000) },
  ]);
});

function shuffle<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed * 2_654_435_761 + 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
