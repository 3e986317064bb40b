import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestSandbox, type TestSandbox } from './support/sandbox-client.ts';

interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

let sandbox: TestSandbox;
let receiver: Server;
let url: string;
let received: Received[];
/** What the receiver answers, one a post; 200 when it is empty. `drop` closes the socket. */
let answers: (number | 'drop')[];

beforeEach(async () => {
  received = [];
  answers = [];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
      const answer = answers.shift() ?? 200;
      if (answer === 'drop') {
        request.socket.destroy();
      } else {
        response.writeHead(answer).end();
      }
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  sandbox = await startTestSandbox();
});

afterEach(async () => {
  await sandbox.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => {
    receiver.close(resolve);
  });
});

async function register(webhook: Readonly<Record<string, unknown>>): Promise<number> {
  const answer = await sandbox.call('POST', '/webhooks', {
    url,
    events: ['delivered', 'opened'],
    ...webhook,
  });
  expect(answer.status).toBe(201);
  return (answer.body as { id: number }).id;
}

async function sendMail(): Promise<string> {
  const { body } = await sandbox.call('POST', '/smtp/email', {
    sender: { email: 'hello@example.com' },
    to: [{ email: 'ann@example.com' }],
    subject: 'Hi',
    htmlContent: '<p>Hi</p>',
    tags: ['a', 'b'],
    headers: { 'X-Mailin-custom': 'custom-1' },
  });
  return (body as { messageId: string }).messageId;
}

const eventsOf = (posts: readonly Received[]) => posts.map(({ body }) => (body as { event: string }).event);

describe('registered webhooks', () => {
  it('can be made, read, changed and deleted', async () => {
    const id = await register({ description: 'mine' });
    expect((await sandbox.call('GET', `/webhooks/${id}`)).body).toMatchObject({ url, description: 'mine' });
    expect((await sandbox.call('PUT', `/webhooks/${id}`, { events: ['click'] })).status).toBe(204);
    expect((await sandbox.call('GET', '/webhooks')).body).toMatchObject({
      webhooks: [{ id, events: ['click'] }],
    });
    expect((await sandbox.call('POST', '/webhooks', { url, events: ['hard_bounce'] })).status).toBe(400);
    expect((await sandbox.call('POST', '/webhooks', { url: 'nowhere', events: ['click'] })).status).toBe(400);
    expect((await sandbox.call('DELETE', `/webhooks/${id}`)).status).toBe(204);
    expect((await sandbox.call('DELETE', `/webhooks/${id}`)).status).toBe(404);
  });
});

describe('posts', () => {
  it('carry the body of Brevo, the token and the headers', async () => {
    const id = await register({
      events: ['request', 'delivered'],
      auth: { type: 'bearer', token: 'secret-1' },
      headers: [{ key: 'x-own', value: 'yes' }],
    });
    const messageId = await sendMail();
    const deliveries = await sandbox.control.trigger(messageId, { events: ['delivered'] });
    expect(deliveries).toMatchObject([{ state: 'delivered', attempts: [{ status: 200 }] }]);
    expect(eventsOf(received)).toEqual(['request', 'delivered']);
    expect(received[1]?.headers).toMatchObject({ authorization: 'Bearer secret-1', 'x-own': 'yes' });
    expect(received[1]?.body).toMatchObject({
      event: 'delivered',
      email: 'ann@example.com',
      id,
      'message-id': messageId,
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      ts_epoch: expect.any(Number),
      subject: 'Hi',
      tags: ['a', 'b'],
      tag: '["a","b"]',
      'X-Mailin-custom': 'custom-1',
    });
  });

  it('can be repeated and come in the wrong order', async () => {
    await register({});
    await sandbox.control.trigger(await sendMail(), {
      events: ['delivered', 'opened'],
      duplicate: 1,
      reorder: true,
    });
    expect(eventsOf(received)).toEqual(['opened', 'opened', 'delivered', 'delivered']);
  });

  it('go out again after silence or 429 by the table of Brevo, five times in all', async () => {
    await register({});
    answers = ['drop', 429, 429, 429, 429];
    await sandbox.control.trigger(await sendMail(), { events: ['delivered'] });
    for (const [index, minutes] of [10, 60, 120, 480].entries()) {
      await sandbox.control.advanceClock(minutes * 60_000 - 30_000);
      expect(received).toHaveLength(index + 1);
      await sandbox.control.advanceClock(30_000);
      await expect.poll(() => received.length).toBe(index + 2);
      await expect.poll(async () => (await sandbox.control.deliveries())[0]?.attempts.length).toBe(index + 2);
    }
    expect(await sandbox.control.deliveries()).toMatchObject([{ state: 'discarded', nextAt: null }]);
  });

  it.each([500, 503, 400, 404, 301])('are dropped for good after %i', async (status) => {
    await register({});
    answers = [status];
    expect(await sandbox.control.trigger(await sendMail(), { events: ['delivered'] })).toMatchObject([
      { state: 'discarded', attempts: [{ status }] },
    ]);
  });

  it('are batched when asked for, in both shapes', async () => {
    await register({ batched: true });
    const messageId = await sendMail();
    await sandbox.control.trigger(messageId, { events: ['delivered', 'opened'] });
    expect(received).toEqual([]);
    await sandbox.control.flushWebhooks();
    expect(received[0]?.body).toMatchObject([{ event: 'delivered' }, { event: 'opened' }]);
    await sandbox.control.setSettings({ webhookBatchShape: 'events' });
    await sandbox.control.trigger(messageId, { events: ['opened'] });
    await sandbox.control.advanceClock(5 * 60_000);
    await expect.poll(() => received[1]?.body).toMatchObject({ events: [{ event: 'opened' }] });
  });

  it('never leave this machine', async () => {
    await register({ url: 'https://example.com/hook' });
    expect(await sandbox.control.trigger(await sendMail(), { events: ['delivered'] })).toMatchObject([
      {
        state: 'discarded',
        attempts: [{ status: null, note: 'the sandbox posts to loopback addresses only' }],
      },
    ]);
  });

  it('tell of contacts and campaigns to marketing webhooks', async () => {
    await register({ type: 'marketing', events: ['listAddition', 'contactDeleted', 'unsubscribed'] });
    await sandbox.control.seed({ lists: [{ id: 5, name: 'L' }] });
    await sandbox.call('POST', '/contacts', { email: 'ann@example.com', listIds: [5] });
    await sandbox.control.triggerCampaign({ event: 'unsubscribed', email: 'ann@example.com', campaignId: 3 });
    expect((await sandbox.control.contact('ann@example.com')).contact?.emailBlacklisted).toBe(true);
    await sandbox.call('DELETE', '/contacts/ann%40example.com');
    await expect
      .poll(() => received.map(({ body }) => body))
      .toMatchObject([
        { event: 'list_addition', email: 'ann@example.com', list_id: [5] },
        { event: 'unsubscribe', camp_id: 3, 'campaign name': 'Campaign' },
        { event: 'contact_deleted' },
      ]);
  });

  it('tell the notifyUrl when an import is done', async () => {
    await sandbox.control.seed({ lists: [{ id: 5, name: 'L' }] });
    const jsonBody = [{ email: 'ann@example.com' }];
    await sandbox.call('POST', '/contacts/import', { jsonBody, listIds: [5], notifyUrl: `${url}?job=1` });
    await expect
      .poll(() => received.map(({ body }) => body))
      .toMatchObject([{ process_id: 1, status: 'completed' }]);
  });
});
