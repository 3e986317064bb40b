import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestSandbox, type TestSandbox } from './support/sandbox-client.ts';

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox();
});

afterAll(async () => {
  await sandbox.stop();
});

beforeEach(async () => {
  await sandbox.control.reset();
});

const MAIL = {
  sender: { email: 'hello@example.com', name: 'Hello' },
  to: [{ email: 'Ann@Example.com' }],
  subject: 'Hi {{ params.name }}',
  htmlContent: '<p>{{ params.name }} {{ contact.FIRSTNAME | default : "friend" }}</p>',
  params: { name: 'Ann' },
};

const send = (
  change: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
) => sandbox.call('POST', '/smtp/email', { ...MAIL, ...change }, headers);

const version = (name: string) => ({ to: [{ email: `${name}@example.com` }], params: { name } });
const inBody = (key: string) => ({ headers: { idempotencyKey: key } });

async function sentId(change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return ((await send(change)).body as { messageId: string }).messageId;
}

describe('sending', () => {
  it('accepts a mail with 201 and a message id, and renders it', async () => {
    await sandbox.control.seed({
      contacts: [{ email: 'ann@example.com', attributes: { FIRSTNAME: 'Annie' } }],
    });
    const answer = await send({ tags: ['welcome'], headers: { 'X-Mailin-custom': 'abc' } });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ messageId: expect.stringMatching(/^<.+@smtp-relay\.mailin\.fr>$/) });
    expect(await sandbox.control.mails()).toMatchObject([
      {
        subject: 'Hi Ann',
        html: '<p>Ann Annie</p>',
        to: [{ email: 'ann@example.com' }],
        state: 'sent',
        tags: ['welcome'],
      },
    ]);
  });

  it('names what is missing or wrong', async () => {
    const refusals = [
      [{ sender: undefined }, 'missing_parameter', 'sender is missing'],
      [{ subject: undefined }, 'missing_parameter', 'subject is missing'],
      [{ htmlContent: undefined }, 'missing_parameter', 'htmlContent is missing'],
      [{ to: undefined }, 'missing_parameter', 'to is missing'],
      [{ to: [{ email: 'nobody' }] }, 'invalid_parameter', 'email is not valid in to'],
      [{ sender: { name: 'x' } }, 'invalid_parameter', 'valid sender email required'],
      [{ templateId: 9 }, 'invalid_parameter', 'templateId is not valid'],
      [{ attachment: [{ content: 'aGk=' }] }, 'missing_parameter', 'name is missing in attachment'],
      [
        { attachment: [{ content: 'aGk=', name: 'a.exe' }] },
        'invalid_parameter',
        'Unsupported file format in attachment',
      ],
      [
        { attachment: [{ content: 'not base64!', name: 'a.csv' }] },
        'invalid_parameter',
        "'content' is not valid in attachment",
      ],
    ] as const;
    for (const [change, code, message] of refusals) {
      expect(await send(change)).toMatchObject({ status: 400, body: { code, message } });
    }
    expect(await sandbox.control.mails()).toEqual([]);
  });

  it('keeps what was attached, to be downloaded from its page, also after a restart', async () => {
    const content = Buffer.from('a;b\n1;2\n').toString('base64');
    await send({ attachment: [{ name: 'ä.csv', content }, { url: 'http://127.0.0.1:1/b.pdf' }] });
    const [mail] = await sandbox.control.mails();
    expect(mail?.attachments).toEqual(['ä.csv', 'http://127.0.0.1:1/b.pdf']);
    const link = `/mails/${mail?.uuid}/attachments/0`;
    expect(await (await fetch(`${sandbox.url}/?view=mails`)).text()).toContain(`href="${link}"`);
    const [entry] = await sandbox.control.ledger({ route: '/smtp/email' });
    expect(JSON.stringify(entry)).not.toContain(content);
    sandbox = await sandbox.restart();
    const answer = await fetch(`${sandbox.url}${link}`);
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%A4.csv");
    expect(await answer.text()).toBe('a;b\n1;2\n');
    for (const nothing of ['/mails/x/attachments/0', `/mails/${mail?.uuid}/attachments/1`]) {
      expect((await fetch(`${sandbox.url}${nothing}`)).status).toBe(404);
    }
  });

  it('sends a template with its own sender and subject', async () => {
    const template = {
      templateName: 'T',
      subject: 'For {{ params.name }}',
      htmlContent: '<b>{{ params.x.y }}</b>',
    };
    const { body } = await sandbox.call('POST', '/smtp/templates', {
      ...template,
      sender: { id: 1 },
      isActive: true,
    });
    expect(await sandbox.call('GET', '/smtp/templates')).toMatchObject({ status: 200, body: { count: 1 } });
    const { id } = body as { id: number };
    const answer = await sandbox.call('POST', '/smtp/email', {
      templateId: id,
      to: MAIL.to,
      params: { name: 'Bo', x: { y: 1 } },
    });
    expect(answer.status).toBe(201);
    expect(await sandbox.control.mails()).toMatchObject([
      { subject: 'For Bo', html: '<b>1</b>', templateId: id, from: { email: 'hello@sandbox.example' } },
    ]);
  });

  it('sends one mail a version, and leaves outer params out when there is only one', async () => {
    const two = await send({ to: undefined, messageVersions: [version('a'), version('b')] });
    expect(two.body).toEqual({ messageIds: [expect.any(String), expect.any(String)] });
    expect((await sandbox.control.mails()).map(({ subject }) => subject)).toEqual(['Hi a', 'Hi b']);
    await send({ to: undefined, messageVersions: [{ to: [{ email: 'c@example.com' }] }] });
    expect((await sandbox.control.mails()).at(-1)?.subject).toBe('Hi ');
  });

  it('drops a sandbox mail after accepting it', async () => {
    expect((await send({ headers: { 'X-Sib-Sandbox': 'drop' } })).status).toBe(201);
    expect(await sandbox.control.mails()).toEqual([]);
    expect(await sandbox.control.ledger()).toMatchObject([{ accepted: true, effect: 'none' }]);
  });

  it('keeps a scheduled mail until its hour, tells its status, and can call it off', async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const [kept, dropped] = [randomUUID(), randomUUID()];
    expect(await send({ scheduledAt, batchId: kept })).toMatchObject({
      status: 202,
      body: { batchId: kept },
    });
    await send({ scheduledAt, batchId: dropped });
    expect((await sandbox.call('GET', `/smtp/emailStatus/${kept}`)).body).toMatchObject({
      count: 1,
      batches: [{ status: 'queued' }],
    });
    expect((await sandbox.call('DELETE', `/smtp/email/${dropped}`)).status).toBe(204);
    expect((await sandbox.call('DELETE', `/smtp/email/${randomUUID()}`)).status).toBe(404);
    await sandbox.control.advanceClock(3_600_000);
    expect((await sandbox.control.mails()).map(({ state }) => state)).toEqual(['sent', 'cancelled']);
    expect((await sandbox.call('GET', `/smtp/emailStatus/${kept}`)).body).toMatchObject({
      batches: [{ status: 'processed' }],
    });
    expect((await send({ scheduledAt: '2001-01-01T00:00:00Z' })).status).toBe(400);
  });
});

describe('idempotency keys', () => {
  it('refuses a key within 30 minutes and takes it afterwards', async () => {
    expect((await send(inBody('k'))).status).toBe(201);
    await sandbox.control.advanceClock(29 * 60_000);
    expect(await send(inBody('k'))).toMatchObject({ status: 400, body: { code: 'duplicate_parameter' } });
    await sandbox.control.advanceClock(2 * 60_000);
    expect((await send(inBody('k'))).status).toBe(201);
    expect(await sandbox.control.mails()).toHaveLength(2);
  });

  it.each([
    ['body', [201, 400, 201, 201]],
    ['http', [201, 201, 201, 400]],
    ['both', [201, 400, 201, 400]],
    ['none', [201, 201, 201, 201]],
  ] as const)('looks for the key where it is told to: %s', async (idempotencyPlacement, statuses) => {
    await sandbox.control.setSettings({ idempotencyPlacement });
    const answers = [
      await send(inBody('in-body')),
      await send(inBody('in-body')),
      await send({}, { idempotencykey: 'in-http' }),
      await send({}, { idempotencykey: 'in-http' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(statuses);
  });

  it('does not know the header Idempotency-Key', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect((await send({ headers: { 'Idempotency-Key': 'k' } }, { 'Idempotency-Key': 'k' })).status).toBe(
        201,
      );
    }
  });

  it('leaves a key that was refused unused, unless told otherwise', async () => {
    await send({ ...inBody('k'), subject: undefined });
    expect((await send(inBody('k'))).status).toBe(201);
    await sandbox.control.setSettings({ idempotencyKeySpentByRefusal: true });
    await send({ ...inBody('l'), subject: undefined });
    expect(await send(inBody('l'))).toMatchObject({ status: 400, body: { code: 'duplicate_parameter' } });
  });

  it('lets one of many concurrent calls through', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(inBody('k'))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await sandbox.control.mails()).toHaveLength(1);
  });

  it('still counts a key whose answer was lost', async () => {
    await sandbox.control.addFault({ kind: 'acceptThenReset', first: 1 });
    await expect(send(inBody('k'))).rejects.toThrow('fetch failed');
    expect((await send(inBody('k'))).status).toBe(400);
    expect(await sandbox.control.ledger({ accepted: true })).toMatchObject([
      { idempotencyKey: 'k', answered: false },
    ]);
  });
});

describe('reports', () => {
  it('finds mail by address and events by tag', async () => {
    const messageId = await sentId({ tags: ['snd-1'] });
    await sentId({ tags: ['snd-2'] });
    expect((await sandbox.call('GET', '/smtp/emails')).status).toBe(400);
    expect((await sandbox.call('GET', '/smtp/emails?email=ANN%40example.com')).body).toMatchObject({
      count: 2,
    });
    await sandbox.control.trigger(messageId, {
      events: ['delivered', 'click'],
      link: 'https://example.com/x',
    });
    const tags = encodeURIComponent(JSON.stringify(['snd-1']));
    expect((await sandbox.call('GET', `/smtp/statistics/events?tags=${tags}&sort=asc`)).body).toMatchObject({
      events: [
        { event: 'requests', messageId },
        { event: 'delivered', tag: 'snd-1' },
        { event: 'clicks', link: 'https://example.com/x' },
      ],
    });
  });

  it('blocks after a bounce: the next mail is accepted and then blocked', async () => {
    await sandbox.control.trigger(await sentId(), { events: ['hardBounce'], reason: '550 no such user' });
    expect((await sandbox.call('GET', '/smtp/blockedContacts')).body).toMatchObject({
      count: 1,
      contacts: [{ email: 'ann@example.com', reason: { code: 'hardBounce' } }],
    });
    const next = encodeURIComponent(await sentId());
    const { body } = await sandbox.call('GET', `/smtp/statistics/events?messageId=${next}&sort=asc`);
    expect(body).toMatchObject({ events: [{ event: 'requests' }, { event: 'blocked' }] });
  });

  it('takes an unsubscribe for its sender only', async () => {
    await sandbox.control.trigger(await sentId(), { events: ['unsubscribed'] });
    await send({ sender: { email: 'other@example.com' } });
    await send();
    expect((await sandbox.call('GET', '/smtp/statistics/events?event=blocked')).body).toMatchObject({
      events: [{ from: 'hello@example.com' }],
    });
  });
});
