import { expect, it, onTestFinished } from 'vitest';
import { parseBrevoWebhook } from '../brevo/webhooks.ts';
import { recordEngagements } from '../db/engagements.ts';
import { messageResend, messageResendId } from '../workflows/message-resend.ts';
import { until } from './support/installation.ts';
import { acceptedMails } from './support/mail.ts';
import { hashOf } from './support/mail-deps.ts';
import { KILL_PLACES } from './support/mail-worker.ts';
import { startOwnTemporal } from './support/own-temporal.ts';
import { died, expectEachOnce, openPost, people } from './support/post.ts';
import { startOwnMysql } from './support/servers.ts';

const MINUTE_MS = 60_000;

it('loses and doubles nothing wherever between two steps a worker is killed (-9)', async () => {
  await Promise.all(
    KILL_PLACES.map(async (place) => {
      const post = await openPost();
      const ids = await people(post, 6);
      const victim = await post.spawnWorker({ killAt: { place, nth: 3 } });
      const sent = post.sendTo(ids);
      await died(victim);
      await post.spawnWorker();
      expect({ place, states: (await sent).map(({ status }) => status) }).toEqual({
        place,
        states: ids.map(() => 'accepted'),
      });
      await expectEachOnce(post, ids.length);
    }),
  );
}, 120_000);

it('loses and doubles nothing when workers are killed while Brevo has mails whose answers hang, again and again', async () => {
  const post = await openPost();
  const ids = await people(post, 12);
  await post.sandbox.control.addFault({ kind: 'acceptThenHang', route: '/smtp/email', first: 6 });
  const sent = post.sendTo(ids);
  for (const hanging of [2, 5]) {
    const victim = await post.spawnWorker();
    await until('answers hang', async () => {
      const calls = await post.sandbox.control.ledger({ fault: 'acceptThenHang' });
      return calls.length >= hanging;
    });
    victim.kill('SIGKILL');
    await died(victim);
  }
  await post.spawnWorker();
  expect((await sent).map(({ status }) => status)).toEqual(ids.map(() => 'accepted'));
  await expectEachOnce(post, ids.length);
});

it('finds what was taken once the key is too old, and holds what nobody can tell, visible and to be settled', async () => {
  const post = await openPost();
  const taken = await people(post, 1);
  const called = await post.spawnWorker({ killAt: { place: 'called, before it is noted', nth: 1 } });
  const first = post.sendTo(taken);
  await died(called);
  const lost = await people(post, 2);
  const second = post.sendTo(lost);
  const underWay = async () => (await post.ledger()).filter(({ state }) => state === 'sending').length;
  while ((await underWay()) < taken.length + lost.length) {
    // Each dies with a mail in hand that was not called for, which nobody can see from outside.
    await died(await post.spawnWorker({ killAt: { place: 'claimed, before the call', nth: 1 } }));
  }
  const aheadMs = 40 * MINUTE_MS;
  await post.sandbox.control.advanceClock(aheadMs);
  await post.spawnWorker({ aheadMs });
  expect((await first).map(({ status }) => status)).toEqual(['accepted']);
  expect((await second).map(({ status }) => status)).toEqual(['uncertain', 'uncertain']);
  expect(await acceptedMails(post)).toEqual(['person1@example.com']);

  // One is sent again by an operator, twice asked, once sent.
  const [, uncertain, other] = await post.ledger();
  const resend = () =>
    post.client.workflow.execute(messageResend, {
      workflowId: messageResendId(post.taskQueue, uncertain?.id ?? 0),
      taskQueue: post.taskQueue,
      args: [{ messageId: uncertain?.id ?? 0, mailTaskQueue: `${post.taskQueue}-mail` }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  expect((await Promise.all([resend(), resend()])).map(({ status }) => status)).toEqual([
    'accepted',
    'accepted',
  ]);
  expect(await resend()).toMatchObject({ status: 'accepted' });
  expect(await acceptedMails(post)).toHaveLength(2);

  // The other turns out to have been taken: a webhook says so.
  const told = parseBrevoWebhook({
    event: 'delivered',
    'message-id': '<1@x>',
    'X-Mailin-custom': other?.uuid,
    ts_epoch: Date.now(),
  });
  await recordEngagements(post.database.orm, told, { now: new Date(), hashAddress: hashOf });
  expect((await post.ledger()).map(({ state }) => state)).toEqual([
    'accepted',
    'withheld',
    'accepted',
    'accepted',
  ]);
}, 120_000);

it('goes on where it was when Temporal is killed while mails are sent', async () => {
  const temporal = await startOwnTemporal();
  onTestFinished(() => temporal.end());
  const post = await openPost({ temporalAddress: temporal.address });
  const ids = await people(post, 12);
  await post.sandbox.control.addFault({ kind: 'slow', delayMs: 300, route: '/smtp/email' });
  await post.spawnWorker();
  const sent = post.sendTo(ids);
  await until('some mails are taken', async () => (await acceptedMails(post)).length > 0);
  await temporal.server.kill();
  await temporal.server.start();
  expect((await sent).map(({ status }) => status)).toEqual(ids.map(() => 'accepted'));
  await expectEachOnce(post, ids.length);
});

it('goes on where it was when MySQL is killed while mails are sent', async () => {
  const mysql = await startOwnMysql();
  const post = await openPost({ mysqlAdminUrl: mysql.adminUrl });
  const ids = await people(post, 12);
  await post.sandbox.control.addFault({ kind: 'slow', delayMs: 300, route: '/smtp/email' });
  await post.spawnWorker();
  const sent = post.sendTo(ids);
  await until('some mails are taken', async () => (await acceptedMails(post)).length > 0);
  await mysql.server.kill();
  await mysql.server.start();
  expect((await sent).map(({ status }) => status)).toEqual(ids.map(() => 'accepted'));
  await expectEachOnce(post, ids.length);
});
