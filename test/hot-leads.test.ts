import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { runHotLeadCheck } from '../cli/leads/run-hot-lead-check.ts';
import { blankPerson } from '../db/erasure.ts';
import { hotLeadNews } from '../domain/hot-lead-news.ts';
import { notificationBody } from '../domain/notification.ts';
import { type Installation, install, until } from './support/installation.ts';
import { addLeads, enthusiasm, hour, scoreUpTo } from './support/leads.ts';

/** How a webhook answers: with a status, by breaking the connection, or not at all. */
type Manner = number | 'break' | 'hang';

interface Channel {
  readonly url: string;
  /** Of the first requests, one after the other; after them all is well. */
  readonly manners: Manner[];
  /** Texts that came in, and those of them that were taken. */
  readonly heard: string[];
  readonly taken: string[];
  stop(): Promise<void>;
}

async function openChannel(...manners: readonly Manner[]): Promise<Channel> {
  const [heard, taken, coming] = [[] as string[], [] as string[], [...manners]];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      const { text } = JSON.parse(body) as { readonly text: string };
      heard.push(text);
      const manner = coming.shift() ?? 200;
      if (manner === 'hang') return;
      if (manner === 'break') {
        request.socket.destroy();
        return;
      }
      if (manner === 200) taken.push(text);
      response.writeHead(manner, manner === 429 ? { 'retry-after': '1' } : {}).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, manners: coming, heard, taken, stop };
}

const MAIL = {
  SLUICE_SECRET: 'the-secret-of-this-test-installation',
  MAIL_FROM: 'Ann <ann@example.org>',
  PUBLIC_URL: 'https://events.example.org',
  SALES_EMAILS: 'Bob@Example.org, eve@example.org',
};

/** An installation in which so many leads have just become hot. */
async function withHotLeads(
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const here = await install({ env });
  await addLeads(
    here.ours,
    Array.from({ length: count }, (_, index) => ({ id: index + 1, did: enthusiasm(hour(0.5)) })),
  );
  for (const at of [1, 2, 3]) await scoreUpTo(here.ours, hour(at));
  return here;
}

const check = ({ client, settings }: Installation) => runHotLeadCheck(client, settings);

const states = ({ sql }: Installation) =>
  sql<{
    channel_state: string;
    channel_reason: string | null;
    mail_state: string;
    mail_reason: string | null;
  }>('SELECT channel_state, channel_reason, mail_state, mail_reason FROM lead_crossings ORDER BY id');

async function mailsTo({ sandbox }: Installation): Promise<readonly string[]> {
  const mails = await sandbox.control.mails();
  return mails.map(({ to, subject }) => `${to[0]?.email}: ${subject}`).toSorted();
}

it('tells channel and colleagues of each hot lead once, however often it checks', async () => {
  const channel = await openChannel();
  const here = await withHotLeads(2, { ...MAIL, SALES_WEBHOOK_URL: channel.url });
  await here.startWorker();
  const [first, beside] = await Promise.all([check(here), check(here)]);
  expect(first.channel.told + beside.channel.told).toBe(2);
  expect(await check(here)).toMatchObject({
    dropped: 0,
    channel: { told: 0, waiting: 0 },
    mail: { planned: 0, waiting: 0 },
  });
  expect(channel.heard).toHaveLength(2);
  expect(channel.taken[0]).toMatch(/^Hot lead: Sarah \(81 of 100\)\nE-mail: lead1@example.com\n/);
  expect(channel.taken[0]).toContain('answered 2 mails, looked at the sales page, clicked 3 links in mails');
  expect(await mailsTo(here)).toEqual([
    'bob@example.org: Hot lead: Sarah (81 of 100)',
    'bob@example.org: Hot lead: Sarah (81 of 100)',
    'eve@example.org: Hot lead: Sarah (81 of 100)',
    'eve@example.org: Hot lead: Sarah (81 of 100)',
  ]);
  expect(await states(here)).toMatchObject([
    { channel_state: 'told', mail_state: 'told' },
    { channel_state: 'told', mail_state: 'told' },
  ]);
});

it('a channel that is down, busy or broken delays the news and repeats none', async () => {
  const channel = await openChannel(500, 429, 'break', 503);
  const here = await withHotLeads(3, { SALES_WEBHOOK_URL: channel.url });
  await here.startWorker();
  expect(await check(here)).toMatchObject({ channel: { told: 3, waiting: 0 } });
  expect(channel.heard).toHaveLength(3 + 4);
  expect(new Set(channel.taken).size).toBe(3);
  expect(channel.taken).toHaveLength(3);
});

it('a channel that nobody listens at is told when it is back; mails do not wait for it', async () => {
  const channel = await openChannel();
  const { port } = new URL(channel.url);
  await channel.stop();
  const here = await withHotLeads(1, { ...MAIL, SALES_WEBHOOK_URL: channel.url });
  await here.startWorker();
  const checking = check(here);
  await until('mails are out', async () => (await mailsTo(here)).length === 2);
  expect(await states(here)).toMatchObject([{ mail_state: 'told' }]);
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request.url ?? '');
    request.resume();
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  expect(await checking).toMatchObject({ channel: { told: 1, waiting: 0 } });
  expect(heard).toEqual(['/hook']);
  expect(await states(here)).toMatchObject([{ channel_state: 'told', channel_reason: null }]);
});

it('the channel does not wait for a Brevo that is away', async () => {
  const channel = await openChannel();
  const here = await withHotLeads(1, { ...MAIL, SALES_WEBHOOK_URL: channel.url });
  await here.sandbox.control.addFault({ kind: 'status', status: 503, route: '/smtp/email' });
  await here.startWorker();
  const checking = check(here);
  await until('the channel is told', async () => channel.taken.length === 1);
  expect(await mailsTo(here)).toEqual([]);
  await here.sandbox.control.clearFaults();
  expect(await checking).toMatchObject({ channel: { told: 1 }, mail: { planned: 1, waiting: 0 } });
  expect(await mailsTo(here)).toHaveLength(2);
});

it('a refusal for good is noted and holds nobody else up', async () => {
  const channel = await openChannel(404);
  const here = await withHotLeads(2, { SALES_WEBHOOK_URL: channel.url });
  await here.startWorker();
  expect(await check(here)).toMatchObject({ channel: { told: 1, waiting: 0 } });
  expect(await states(here)).toMatchObject([
    {
      channel_state: 'refused',
      channel_reason: 'http_404',
      mail_state: 'dropped',
      mail_reason: 'no_recipients',
    },
    { channel_state: 'told' },
  ]);
});

it('does not tell again what a killed worker (-9) had told, and says that nobody can confirm it', async () => {
  const channel = await openChannel('hang');
  const here = await withHotLeads(2, { SALES_WEBHOOK_URL: channel.url });
  const victim = await here.spawnWorker();
  const checking = check(here);
  await until('the call hangs', async () => channel.heard.length === 1);
  victim.kill('SIGKILL');
  await here.startWorker();
  expect(await checking).toMatchObject({ channel: { told: 1, waiting: 0 } });
  // As if a minute had passed.
  await here.sql('UPDATE lead_crossings SET channel_tried_at = channel_tried_at - INTERVAL 2 MINUTE');
  await check(here);
  expect(channel.heard).toHaveLength(2);
  expect(
    (await states(here)).map(({ channel_state: state, channel_reason: reason }) => [state, reason]),
  ).toEqual([
    ['unconfirmed', 'worker_died'],
    ['told', null],
  ]);
});

it('tells nobody of who is cold again, has been erased, or of an earlier crossing of the same lead', async () => {
  const channel = await openChannel();
  const here = await withHotLeads(4, { SALES_WEBHOOK_URL: channel.url, ...MAIL });
  await here.sql('UPDATE lead_scores SET score = 49 WHERE contact_id = 1');
  await here.sql('UPDATE lead_scores SET score = 79 WHERE contact_id = 2');
  await blankPerson(here.ours, { email: 'lead3@example.com', addressHash: 'x', now: new Date() });
  await here.sql(
    "INSERT INTO lead_crossings (contact_id, number, direction, crossed_at, score, previous, channel_state, mail_state) VALUES (4, 2, 'hot', NOW(), 90, 70, 'open', 'open')",
  );
  await here.startWorker();
  expect(await check(here)).toMatchObject({ dropped: 4, channel: { told: 2 }, mail: { planned: 2 } });
  expect((await states(here)).map(({ channel_reason, mail_state }) => [channel_reason, mail_state])).toEqual([
    ['cold_again', 'dropped'],
    [null, 'told'],
    ['erased', 'dropped'],
    ['hot_again', 'dropped'],
    [null, 'told'],
  ]);
  expect(channel.taken.map((text) => /E-mail: (\S+)/.exec(text)?.[1])).toEqual([
    'lead2@example.com',
    'lead4@example.com',
  ]);
  expect(channel.taken[0]).toContain('Score now: 79');
});

it('tells many in pages, and in a dry run nobody', async () => {
  const channel = await openChannel();
  const here = await withHotLeads(45, { SALES_WEBHOOK_URL: channel.url, ...MAIL });
  const dry = await here.startWorker({ APP_DRY_RUN: 'true' });
  expect(await check(here)).toMatchObject({ dryRun: true, channel: { told: 0, waiting: 45 } });
  await dry.stop();
  await here.startWorker();
  expect(await check(here)).toMatchObject({ channel: { told: 45, waiting: 0 }, mail: { planned: 45 } });
  expect(new Set(channel.taken).size).toBe(45);
  expect(await mailsTo(here)).toHaveLength(90);
});

it('keeps who the lead is out of histories, and takes it out of mails when the person is erased', async () => {
  const channel = await openChannel();
  const here = await withHotLeads(1, { ...MAIL, SALES_WEBHOOK_URL: channel.url });
  await here.startWorker();
  const { workflowId } = await check(here);
  const history = await here.client.workflow.getHandle(workflowId).fetchHistory();
  const told = JSON.stringify(history, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
  expect(told).toContain('tellChannel');
  expect(told).not.toMatch(/example\.(com|org)|Sarah/);
  const params = () =>
    here.sql<{ params: string }>("SELECT params FROM messages WHERE message_key LIKE 'hot-lead/%'");
  expect((await params()).every((row) => row.params.includes('lead1@example.com'))).toBe(true);
  await until(
    'the calls are over',
    async () => (await here.sql("SELECT id FROM messages WHERE state <> 'accepted'")).length === 0,
  );
  await blankPerson(here.ours, { email: 'lead1@example.com', addressHash: 'x', now: new Date() });
  expect(new Set((await params()).map((row) => row.params))).toEqual(new Set(['{"given":{},"contact":{}}']));
});

it('says in the words and hours of sales who it is and why', () => {
  const news = hotLeadNews({
    timezone: 'America/Toronto',
    person: {
      email: 'sarah@example.com',
      facts: { name: 'Sarah Ng', business_name: "Sarah's <!channel>", phone: '030 1', red: 3, orange: 1 },
    },
    lead: {
      crossedAt: new Date('2026-03-10T15:00:00Z'),
      score: 84,
      scoreNow: 91,
      opens: 1,
      clicks: 0,
      replies: 1,
      pageViews: 2,
      minutes: 12,
      salesPageVisits: 2,
    },
  });
  expect(notificationBody('https://hooks.slack.com/x', news)).toEqual({
    text: [
      "Hot lead: Sarah Ng, Sarah's &lt;!channel&gt; (84 of 100)",
      'E-mail: sarah@example.com',
      'Phone: 030 1',
      'Last 24 hours: answered 1 mail, looked at the sales page 2 times, opened mails 1 time, viewed 2 pages, spent 12 minutes on the site',
      'Assessment: critical: 3 red, 1 orange',
      'Hot since: Tue 10 Mar, 11:00',
      'Score now: 91',
    ].join('\n'),
  });
});
