import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { messageUuid } from '../activities/message-uuid.ts';
import { endUnsubscribed, suppress } from '../db/suppressions.ts';
import { SluiceError } from '../domain/errors.ts';
import type { MessageRequest, SendResult } from '../domain/sending/message.ts';
import { sluice } from './support/command.ts';
import { acceptedMails, type MailRoom, openMailRoom, request } from './support/mail.ts';
import { FROM, hashOf } from './support/mail-deps.ts';

const MINUTE_MS = 60_000;

/** Asks again until it is settled, as Temporal's retries do, only sooner. */
async function sendUntilSettled(
  room: MailRoom,
  asked: MessageRequest,
  options: Parameters<MailRoom['send']>[1] = {},
): Promise<SendResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await room.send(asked, options);
    } catch (error) {
      if (!(error instanceof SluiceError) || error.sort === 'stop' || attempt === 8) throw error;
      await wait(Math.min(error.retryAfterMs ?? 10, 1_200));
    }
  }
}

it('sends a mail once, with its key in both places, tag, custom header and one-click unsubscribe', async () => {
  const room = await openMailRoom();
  const contactId = await room.person({ email: 'sarah@example.com' });
  const asked = request(contactId, { params: { stage: 'CRITICAL' } });
  const result = await room.send(asked);
  expect(await room.send(asked)).toEqual(result);
  const [row] = await room.ledger();
  const uuid = messageUuid({ key: asked.key, addressHash: hashOf('sarah@example.com') });
  expect(row).toMatchObject({ state: 'accepted', uuid, attempts: 1, reason: null, message_key: asked.key });
  const calls = await room.sandbox.control.ledger({ route: '/smtp/email' });
  expect(calls).toMatchObject([
    {
      accepted: true,
      idempotencyKey: uuid,
      body: {
        sender: FROM,
        to: [{ email: 'sarah@example.com' }],
        subject: 'Hello Sarah',
        tags: [`snd-${uuid}`],
        headers: {
          idempotencyKey: uuid,
          'X-Mailin-custom': uuid,
          'List-Unsubscribe': expect.stringMatching(/^<https:\/\/events\.example\.org\/u\/[\w-]{56}>$/),
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
        textContent: expect.stringContaining('CRITICAL'),
      },
    },
  ]);
  const [mail] = await room.sandbox.control.mails();
  expect(row?.brevo_message_id).toBe(mail?.messageId);
});

it.each(['body', 'http', 'both'] as const)(
  'is taken once where Brevo reads the key in: %s',
  async (idempotencyPlacement) => {
    const room = await openMailRoom();
    await room.sandbox.control.setSettings({ idempotencyPlacement });
    await room.sandbox.control.addFault({ kind: 'acceptThenReset', route: '/smtp/email', first: 2 });
    expect(await sendUntilSettled(room, request(await room.person()))).toMatchObject({ status: 'accepted' });
    expect(await acceptedMails(room)).toEqual(['person1@example.com']);
  },
);

it('calls for a template at Brevo by its number, with the variables that it declares', async () => {
  const room = await openMailRoom();
  await room.sandbox.call('POST', '/smtp/templates', {
    templateName: 'Hello',
    subject: 'Hello {{ params.first_name }}',
    htmlContent: '<p>Hello {{ params.first_name }}</p>',
    sender: FROM,
    isActive: true,
  });
  const contactId = await room.person({ firstName: 'Ada' });
  expect(await room.send(request(contactId, { template: 'at-brevo' }))).toMatchObject({ status: 'accepted' });
  expect(
    (await room.sandbox.control.mails()).map(({ subject, templateId }) => ({ subject, templateId })),
  ).toEqual([{ subject: 'Hello Ada', templateId: 1 }]);
  expect(await room.sql('SELECT template, template_version FROM messages')).toEqual([
    { template: 'at-brevo', template_version: 'brevo:1' },
  ]);
});

it('puts no unsubscribe link on service mail, and sends it to whoever unsubscribed from everything', async () => {
  const room = await openMailRoom();
  const contactId = await room.person({ consent: 'withdrawn' });
  await suppress(room.database.orm, [
    {
      addressHash: hashOf('person1@example.com'),
      scope: 'all',
      reason: 'unsubscribed',
      source: 'link',
      since: new Date(),
    },
  ]);
  expect(await room.send(request(contactId, { template: 'receipt' }))).toMatchObject({ status: 'accepted' });
  const [call] = await room.sandbox.control.ledger({ route: '/smtp/email' });
  expect(JSON.stringify(call?.body)).not.toContain('List-Unsubscribe');
});

const FAULTS = [
  { fault: { kind: 'status', status: 500, first: 2 }, calls: 3 },
  { fault: { kind: 'status', status: 408, first: 1 }, calls: 2 },
  { fault: { kind: 'status', status: 425, first: 1 }, calls: 2 },
  { fault: { kind: 'rateLimit', resetSeconds: 1, first: 2 }, calls: 3 },
  { fault: { kind: 'html', status: 502, first: 1 }, calls: 2 },
  { fault: { kind: 'html', status: 200, first: 1 }, calls: 2 },
  { fault: { kind: 'refuseThenReset', first: 2 }, calls: 3 },
  { fault: { kind: 'refuseThenHang', first: 1 }, calls: 2 },
  { fault: { kind: 'acceptThenReset', first: 2 }, calls: 3 },
  { fault: { kind: 'acceptThenHang', first: 1 }, calls: 2 },
  { fault: { kind: 'acceptThenStall', first: 1 }, calls: 2 },
  { fault: { kind: 'acceptThenStatus', status: 500, first: 1 }, calls: 2 },
  { fault: { kind: 'acceptThenHtml', status: 502, first: 1 }, calls: 2 },
  { fault: { kind: 'slow', delayMs: 50, first: 1 }, calls: 1 },
] as const;

it.each(FAULTS)(
  'gets over $fault.kind $fault.status: taken once, in $calls calls with one key and one body',
  async ({ fault, calls }) => {
    const room = await openMailRoom();
    await room.sandbox.control.addFault({ ...fault, method: 'POST', route: '/smtp/email' });
    const result = await sendUntilSettled(room, request(await room.person()));
    expect(result.status).toBe('accepted');
    expect(await acceptedMails(room)).toEqual(['person1@example.com']);
    const ledger = await room.sandbox.control.ledger({ route: '/smtp/email' });
    expect(ledger.length).toBe(calls);
    expect(new Set(ledger.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await room.ledger()).toMatchObject([{ state: 'accepted', attempts: calls, reason: null }]);
  },
);

it.each([
  { fault: { kind: 'status', status: 400, code: 'invalid_parameter' }, reason: 'invalid_parameter' },
  { fault: { kind: 'status', status: 404, code: 'document_not_found' }, reason: 'document_not_found' },
  { fault: { kind: 'status', status: 422, code: 'unprocessable_entity' }, reason: 'unprocessable_entity' },
] as const)(
  'rejects for good on $fault.status $fault.code, and asks Brevo no more',
  async ({ fault, reason }) => {
    const room = await openMailRoom();
    await room.sandbox.control.addFault({ ...fault, route: '/smtp/email' });
    const asked = request(await room.person());
    expect(await room.send(asked)).toMatchObject({ status: 'rejected', reason });
    expect(await room.send(asked)).toMatchObject({ status: 'rejected', reason });
    expect((await room.sandbox.control.ledger({ route: '/smtp/email' })).length).toBe(1);
  },
);

it.each([
  { fault: { kind: 'status', status: 401 }, sort: 'stop', code: 'brevo_key_refused' },
  { fault: { kind: 'status', status: 403 }, sort: 'stop', code: 'brevo_key_refused' },
  { fault: { kind: 'redirect' }, sort: 'stop', code: 'brevo_address' },
  { fault: { kind: 'status', status: 402 }, sort: 'retry', code: 'not_enough_credits' },
] as const)(
  'keeps the mail prepared when the account is the trouble ($fault.kind $fault.status)',
  async ({ fault, sort, code }) => {
    const room = await openMailRoom();
    await room.sandbox.control.addFault({ ...fault, route: '/smtp/email' });
    const asked = request(await room.person());
    await expect(room.send(asked)).rejects.toMatchObject({ sort, code });
    expect(await room.ledger()).toMatchObject([{ state: 'prepared', reason: code }]);
    await room.sandbox.control.clearFaults();
    // Nothing was taken, so the key's life has not begun, however long it took.
    expect(await room.send(asked, { aheadMs: 60 * MINUTE_MS })).toMatchObject({ status: 'accepted' });
    expect(await acceptedMails(room)).toEqual(['person1@example.com']);
  },
);

it('says the same in a second try, whatever became of the person meanwhile', async () => {
  const room = await openMailRoom();
  const contactId = await room.person({ firstName: 'Ada' });
  await room.sandbox.control.addFault({ kind: 'refuseThenReset', route: '/smtp/email', first: 1 });
  await expect(room.send(request(contactId))).rejects.toMatchObject({ sort: 'unknown' });
  await room.sql(
    `UPDATE contacts SET email = 'moved@example.com', first_name = 'Bea' WHERE id = ${contactId}`,
  );
  await room.send(request(contactId));
  const bodies = (await room.sandbox.control.ledger({ route: '/smtp/email' })).map(({ body }) => body);
  expect(bodies[1]).toEqual(bodies[0]);
});

it('takes what is new of a person as long as no call was made', async () => {
  const room = await openMailRoom();
  const contactId = await room.person({ firstName: 'Ada' });
  const day = new Date(Date.now() + 24 * 60 * MINUTE_MS).getUTCDay() || 7;
  const waiting = request(contactId, {
    policy: { uncertain: 'hold', window: { from: '00:00', to: '24:00', weekdays: [day] } },
  });
  expect(await room.send(waiting)).toMatchObject({ status: 'later', reason: 'outside_window' });
  expect(await room.ledger()).toMatchObject([{ state: 'prepared', reason: 'outside_window', attempts: 0 }]);
  await room.sql(`UPDATE contacts SET email = 'moved@example.com' WHERE id = ${contactId}`);
  expect(await room.send(waiting, { aheadMs: 24 * 60 * MINUTE_MS })).toMatchObject({ status: 'accepted' });
  expect(await acceptedMails(room)).toEqual(['moved@example.com']);
});

it('never calls twice when two, or twenty, workers are told to send the same mail at once', async () => {
  const room = await openMailRoom();
  await room.sandbox.control.addFault({ kind: 'slow', delayMs: 200, route: '/smtp/email' });
  const asked = request(await room.person());
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => room.send(asked)));
  const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as SluiceError] : []));
  expect(refused.every(({ code, sort }) => code === 'message_under_way' && sort === 'retry')).toBe(true);
  expect((await room.sandbox.control.ledger({ route: '/smtp/email' })).length).toBe(1);
  expect(await room.send(asked)).toMatchObject({ status: 'accepted' });
});

it('holds the cap over all flows, also for mails asked for at the same moment', async () => {
  const room = await openMailRoom();
  const contactId = await room.person();
  const policy = { uncertain: 'hold', cap: { most: 2, inHours: 24 } } as const;
  const results = await Promise.all(
    Array.from({ length: 6 }, (_, flow) => room.send(request(contactId, { key: `flow/${flow}`, policy }))),
  );
  expect(results.map(({ status }) => status).toSorted()).toEqual([
    ...Array(2).fill('accepted'),
    ...Array(4).fill('later'),
  ]);
  expect(await acceptedMails(room)).toHaveLength(2);
  expect(await room.send(request(contactId, { key: 'reminder/1', template: 'nudge', policy }))).toMatchObject(
    { status: 'accepted' },
  );
});

it.each([
  { what: 'no consent', person: { consent: 'unknown' }, reason: 'no_consent' },
  { what: 'a withdrawn consent', person: { consent: 'withdrawn' }, reason: 'consent_withdrawn' },
  { what: 'an erased person', person: { email: 'erased:1', erased: true }, reason: 'suppressed_erased' },
] as const)('withholds for $what, and says why in the ledger', async ({ person, reason }) => {
  const room = await openMailRoom();
  const asked = request(await room.person(person));
  expect(await room.send(asked)).toMatchObject({ status: 'withheld', reason });
  expect(await room.ledger()).toMatchObject([{ state: 'withheld', reason, attempts: 0 }]);
  expect(await acceptedMails(room)).toEqual([]);
});

it('withholds what is suppressed, until a fresh consent ends it; bounces, complaints and erasure it never ends', async () => {
  const room = await openMailRoom();
  const db = room.database.orm;
  const since = new Date(Date.now() - MINUTE_MS);
  const reasons = ['unsubscribed', 'hard_bounce', 'complaint', 'erased'] as const;
  for (const reason of reasons) {
    const email = `${reason.replace('_', '-')}@example.com`;
    const contactId = await room.person({ email });
    const addressHash = hashOf(email);
    await suppress(db, [{ addressHash, scope: 'all', reason, source: 'operator', since }]);
    expect(await room.send(request(contactId))).toMatchObject({ reason: `suppressed_${reason}` });
    await endUnsubscribed(db, { addressHash, at: new Date() });
    // An old word that comes late does not undo the consent.
    await suppress(db, [{ addressHash, scope: 'all', reason, source: 'webhook', since }]);
    expect((await room.send(request(contactId, { key: `again/${reason}` }))).status).toBe(
      reason === 'unsubscribed' ? 'accepted' : 'withheld',
    );
    await suppress(db, [
      { addressHash, scope: 'all', reason, source: 'webhook', since: new Date(Date.now() + 1_000) },
    ]);
    expect((await room.send(request(contactId, { key: `third/${reason}` }))).status).toBe('withheld');
  }
});

it('rejects a mail that cannot be made, names what is missing, and sends it again when that is repaired', async () => {
  const room = await openMailRoom();
  const contactId = await room.person({ firstName: null });
  const result = await room.send(request(contactId));
  expect(result).toMatchObject({ status: 'rejected', reason: 'render_missing_variable' });
  const messageId = 'messageId' in result ? result.messageId : 0;
  expect(await room.resend(messageId)).toMatchObject({ status: 'rejected' });
  await room.sql(`UPDATE contacts SET first_name = 'Ada' WHERE id = ${contactId}`);
  const [, second] = await room.ledger();
  expect(await room.resend(second?.id ?? 0)).toMatchObject({ status: 'accepted' });
  expect(await room.resend(second?.id ?? 0)).toMatchObject({ status: 'accepted' });
  expect(await room.send(request(contactId))).toMatchObject({ status: 'accepted' });
  expect(await acceptedMails(room)).toEqual(['person1@example.com']);
  expect((await room.ledger()).map(({ message_key }) => message_key)).toEqual(
    ['', '#2', '#3'].map((suffix) => `journey/nurture/${contactId}/1${suffix}`),
  );
});

it('writes and sends nothing in a dry run', async () => {
  const room = await openMailRoom();
  expect(await room.send(request(await room.person()), { dryRun: true })).toEqual({
    status: 'withheld',
    messageId: 0,
    reason: 'dry_run',
  });
  expect(await room.ledger()).toEqual([]);
  expect(await room.sandbox.control.ledger({ method: 'POST' })).toEqual([]);
});

it.each(['', 'a key', 'schlüssel', 'key#2', 'k'.repeat(191)])('refuses the key "%s"', async (key) => {
  const room = await openMailRoom();
  await expect(room.send(request(await room.person(), { key }))).rejects.toMatchObject({
    code: 'message_key_invalid',
  });
});

/** A mail whose first call was cut, and Brevo's and our clock so much later. */
async function lostCall(
  kind: 'refuseThenReset' | 'acceptThenReset',
  policy: MessageRequest['policy'] = { uncertain: 'hold' },
) {
  const room = await openMailRoom();
  const asked = request(await room.person(), { policy });
  await room.sandbox.control.addFault({ kind, method: 'POST', route: '/smtp/email', first: 1 });
  await expect(room.send(asked)).rejects.toMatchObject({ sort: 'unknown' });
  const later = async (ms: number) => {
    await room.sandbox.control.advanceClock(ms);
    return room.send(asked, { aheadMs: ms });
  };
  return { room, asked, later };
}

it('calls with the same key up to twelve minutes after the first call, and never after', async () => {
  const within = await lostCall('refuseThenReset');
  expect(await within.later(11.5 * MINUTE_MS)).toMatchObject({ status: 'accepted' });
  const past = await lostCall('refuseThenReset');
  expect(await past.later(12 * MINUTE_MS)).toMatchObject({ status: 'uncertain' });
  expect(await acceptedMails(past.room)).toEqual([]);
  const posts = await past.room.sandbox.control.ledger({ method: 'POST', route: '/smtp/email' });
  expect(posts.length).toBe(1);
});

it('finds a mail that Brevo has by its tag once the key is too old, and takes it for sent', async () => {
  const { room, later } = await lostCall('acceptThenReset');
  expect(await later(45 * MINUTE_MS)).toMatchObject({ status: 'accepted' });
  expect(await acceptedMails(room)).toEqual(['person1@example.com']);
  const [mail] = await room.sandbox.control.mails();
  expect(await room.ledger()).toMatchObject([
    { state: 'accepted', brevo_message_id: mail?.messageId, attempts: 1 },
  ]);
});

it('does not believe "not found" within two minutes of the last call', async () => {
  const room = await openMailRoom();
  const asked = request(await room.person());
  await room.sandbox.control.addFault({ kind: 'refuseThenReset', method: 'POST', route: '/smtp/email' });
  await expect(room.send(asked)).rejects.toMatchObject({ sort: 'unknown' });
  await expect(room.send(asked, { aheadMs: 11 * MINUTE_MS })).rejects.toMatchObject({ sort: 'unknown' });
  await expect(room.send(asked, { aheadMs: 12.5 * MINUTE_MS })).rejects.toMatchObject({
    code: 'message_not_shown_yet',
  });
  expect(await room.send(asked, { aheadMs: 13.5 * MINUTE_MS })).toMatchObject({ status: 'uncertain' });
});

it('does not call an unanswered mail uncertain while Brevo cannot be asked', async () => {
  const { room, asked, later } = await lostCall('acceptThenReset');
  await room.sandbox.control.addFault({ kind: 'status', status: 500, method: 'GET', first: 1 });
  await expect(later(20 * MINUTE_MS)).rejects.toMatchObject({ sort: 'unknown' });
  expect(await room.send(asked, { aheadMs: 21 * MINUTE_MS })).toMatchObject({ status: 'accepted' });
});

it('sends a second one where the policy would rather have two than none', async () => {
  const { room, asked, later } = await lostCall('refuseThenReset', { uncertain: 'resend' });
  expect(await later(20 * MINUTE_MS)).toMatchObject({ status: 'accepted', messageId: 2 });
  expect(await room.send(asked)).toMatchObject({ status: 'accepted', messageId: 2 });
  expect(await acceptedMails(room)).toEqual(['person1@example.com']);
  expect(await room.ledger()).toMatchObject([
    { state: 'withheld', reason: 'resent' },
    { state: 'accepted', message_key: `${asked.key}#2` },
  ]);
});

it('does not call again for a person who unsubscribed after the first call; whether it went is looked up', async () => {
  const { room, later } = await lostCall('refuseThenReset');
  await suppress(room.database.orm, [
    {
      addressHash: hashOf('person1@example.com'),
      scope: 'marketing',
      reason: 'unsubscribed',
      source: 'link',
      since: new Date(),
    },
  ]);
  expect(await later(5 * MINUTE_MS)).toMatchObject({ status: 'uncertain' });
  expect(await room.ledger()).toMatchObject([{ state: 'uncertain', reason: 'suppressed_unsubscribed' }]);
});

it('shows mails on the command line, addresses in part only, and settles uncertain ones', async () => {
  const { room, asked, later } = await lostCall('refuseThenReset');
  await later(20 * MINUTE_MS);
  const env = { DATABASE_URL: room.databaseUrl, APP_DRY_RUN: 'false' };
  const list = await sluice(
    env,
    'messages',
    'list',
    '--state',
    'uncertain',
    '--contact',
    'Person1@example.com',
    '--json',
  );
  expect(JSON.parse(list.stdout)).toMatchObject({
    messages: [
      { id: 1, key: asked.key, state: 'uncertain', reason: 'key_expired', email: 'p***@example.com' },
    ],
  });
  expect((await sluice(env, 'messages', 'list')).stdout).not.toContain('person1@');
  const shown = await sluice(env, 'messages', 'show', asked.key, '--show-addresses');
  expect(shown.stdout).toContain('person1@example.com');
  expect(shown.stdout).toContain('sluice messages resolve');
  expect((await sluice(env, 'messages', 'resend', '1')).stderr).toContain(
    'message 1 is uncertain, not rejected',
  );
  expect(
    (await sluice({ ...env, APP_DRY_RUN: 'true' }, 'messages', 'resolve', '1', '--as', 'sent')).stdout,
  ).toContain('would');
  expect((await sluice(env, 'messages', 'resolve', '1', '--as', 'sent')).code).toBe(0);
  expect(await room.ledger()).toMatchObject([{ state: 'accepted', reason: 'operator' }]);
  expect((await sluice(env, 'messages', 'resolve', '1', '--as', 'perhaps')).code).toBe(2);
  expect((await sluice(env, 'messages', 'show', '99')).code).toBe(1);
}, 120_000);
