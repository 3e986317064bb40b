import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import {
  type BatchProgress,
  createMessageBatchActivities,
  type PlannedMessage,
  prepareBatch,
  type SendBatchRequest,
} from '../activities/message-batches.ts';
import type { MessageDeps } from '../activities/messages.ts';
import { suppress } from '../db/suppressions.ts';
import { acceptedMails, type MailRoom, openMailRoom } from './support/mail.ts';
import { hashOf, mailDeps } from './support/mail-deps.ts';
import { died, expectEachOnce, openPost, people } from './support/post.ts';

const MINUTE_MS = 60_000;

function depsOf(room: MailRoom): MessageDeps {
  return mailDeps({
    database: room.database,
    baseUrl: `${room.sandbox.url}/v3`,
    templatesFolder: room.templatesFolder,
  });
}

function planned(contactId: number, more: Partial<PlannedMessage> = {}): PlannedMessage {
  return {
    key: `campaign/spring/${contactId}`,
    kind: 'campaign',
    contactId,
    template: 'hello',
    dueAt: new Date(),
    params: {},
    ...more,
  };
}

function plan(room: MailRoom, mails: readonly PlannedMessage[], batch = 'spring/1'): Promise<number> {
  return prepareBatch(depsOf(room), { batch, messages: mails, now: new Date() });
}

/** One call, as an activity. */
async function sendOnce(room: MailRoom, more: Partial<SendBatchRequest> = {}): Promise<BatchProgress> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const activities = createMessageBatchActivities(depsOf(room));
  const request = { batch: 'spring/1', policy: { uncertain: 'hold' } as const, ...more };
  return environment.run<[], BatchProgress, () => Promise<BatchProgress>>(() =>
    activities.sendBatch(request),
  );
}

it('sends each mail of a batch once, however often it is planned and sent', async () => {
  const room = await openMailRoom();
  const ids: number[] = [];
  for (let one = 0; one < 300; one += 1) ids.push(await room.person());
  const mails = ids.map((id) => planned(id));
  expect(await plan(room, mails)).toBe(300);
  expect(await plan(room, mails)).toBe(0);
  const done = { accepted: 300, rejected: 0, withheld: 0, uncertain: 0, open: 0 };
  await Promise.all([sendOnce(room), sendOnce(room)]);
  expect(await sendOnce(room)).toEqual(done);
  expect(await sendOnce(room)).toEqual(done);
  const expected = ids.map((id) => `person${id}@example.com`).toSorted();
  expect(await acceptedMails(room)).toEqual(expected);
});

it('keeps a row with the reason for everybody who must not be mailed, and rejects one that cannot be made', async () => {
  const room = await openMailRoom();
  const agreed = await room.person();
  const unknown = await room.person({ consent: 'unknown' });
  const gone = await room.person();
  const nameless = await room.person({ firstName: null });
  const address = hashOf(`person${gone}@example.com`);
  await suppress(room.database.orm, [
    { addressHash: address, scope: 'all', reason: 'hard_bounce', source: 'webhook', since: new Date() },
  ]);
  await plan(
    room,
    [agreed, unknown, gone, nameless].map((id) => planned(id)),
  );
  expect(await sendOnce(room)).toEqual({ accepted: 1, rejected: 1, withheld: 2, uncertain: 0, open: 0 });
  const rows = await room.ledger();
  expect(rows.map(({ reason }) => reason)).toEqual([
    null,
    'no_consent',
    'suppressed_hard_bounce',
    'render_missing_variable',
  ]);
});

it('waits for what is not due yet, and says when to ask again', async () => {
  const room = await openMailRoom();
  const [now, later] = [await room.person(), await room.person()];
  const dueAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 30 * MINUTE_MS);
  await plan(room, [planned(now), planned(later, { dueAt })]);
  expect(await sendOnce(room)).toMatchObject({ accepted: 1, open: 1, askAgainAt: dueAt.toISOString() });
  expect(await acceptedMails(room)).toEqual([`person${now}@example.com`]);
});

it('says when the send window of the first of those opens who wait for it', async () => {
  const room = await openMailRoom();
  const person = await room.person({ timezone: 'Asia/Kathmandu' });
  await plan(room, [planned(person)]);
  const closed = windowNotNow('Asia/Kathmandu');
  const { open, askAgainAt } = await sendOnce(room, { policy: { window: closed, uncertain: 'hold' } });
  expect(open).toBe(1);
  const local = new Date(askAgainAt ?? 0).toLocaleTimeString('en-GB', { timeZone: 'Asia/Kathmandu' });
  expect(local).toBe(`${closed.from}:00`);
});

/** An hour of the day that is hours away from now. */
function windowNotNow(timeZone: string): { readonly from: string; readonly to: string } {
  const hour = Number(new Date().toLocaleTimeString('en-GB', { timeZone, hour: '2-digit' }));
  return { from: fullHour(hour + 8), to: fullHour(hour + 9) };
}

function fullHour(hour: number): string {
  return `${String(hour % 24).padStart(2, '0')}:00`;
}

it('takes over what an earlier planner wrote down and never sent, and leaves alone what was sent', async () => {
  const room = await openMailRoom();
  const [first, second] = [await room.person(), await room.person()];
  await plan(room, [planned(first)], 'spring/old');
  await sendOnce(room, { batch: 'spring/old' });
  await plan(room, [planned(second)], 'spring/old');
  expect(await plan(room, [planned(first), planned(second)])).toBe(0);
  expect(await sendOnce(room, { batch: 'spring/old' })).toMatchObject({ accepted: 1, open: 0 });
  expect(await sendOnce(room)).toMatchObject({ accepted: 1, open: 0 });
  expect(await acceptedMails(room)).toHaveLength(2);
});

it('closes what nobody has tried to send', async () => {
  const room = await openMailRoom();
  const ids = [await room.person(), await room.person()];
  await plan(
    room,
    ids.map((id) => planned(id)),
  );
  const activities = createMessageBatchActivities(depsOf(room));
  expect(await activities.withholdBatch({ batch: 'spring/1', reason: 'cancelled' })).toBe(2);
  expect(await sendOnce(room)).toMatchObject({ withheld: 2, accepted: 0, open: 0 });
  expect(await acceptedMails(room)).toEqual([]);
});

it('touches only a handful of mails while Brevo is away, and sends all once it is back', async () => {
  const room = await openMailRoom();
  for (let one = 0; one < 60; one += 1) await plan(room, [planned(await room.person())]);
  await room.sandbox.control.addFault({ kind: 'status', status: 503, route: '/smtp/email' });
  await expect(sendOnce(room)).rejects.toThrow('503');
  const touched = (await room.ledger()).filter(({ attempts }) => attempts > 0).length;
  expect(touched).toBeGreaterThan(0);
  expect(touched).toBeLessThanOrEqual(16);
  await room.sandbox.control.clearFaults();
  expect(await sendOnce(room)).toMatchObject({ accepted: 60, open: 0 });
  expect(await acceptedMails(room)).toHaveLength(60);
});

it('begins no more mails a second than it may', async () => {
  const room = await openMailRoom();
  await plan(room, await Promise.all(Array.from({ length: 11 }, async () => planned(await room.person()))));
  const begun = Date.now();
  await sendOnce(room, { perSecond: 10 });
  expect(Date.now() - begun).toBeGreaterThanOrEqual(1000);
});

it('loses and doubles nothing of a batch when workers are killed (-9) in the middle of it', async () => {
  const post = await openPost();
  const ids = await people(post, 40);
  await plan(
    post,
    ids.map((id) => planned(id)),
  );
  const victim = await post.spawnWorker({ killAt: { place: 'called, before it is noted', nth: 13 } });
  const sent = post.deliver('spring/1');
  await died(victim);
  const next = await post.spawnWorker({ killAt: { place: 'claimed, before the call', nth: 9 } });
  await died(next);
  await post.spawnWorker();
  expect(await sent).toEqual({ accepted: 40, rejected: 0, withheld: 0, uncertain: 0 });
  await expectEachOnce(post, ids.length);
});
