import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import {
  type BatchProgress,
  createMessageBatchActivities,
  prepareBatch,
} from '../activities/message-batches.ts';
import type { MessageDeps } from '../activities/messages.ts';
import { deleteArtefacts, writeArtefact } from '../db/artefacts.ts';
import type { MailFile } from '../domain/sending/message.ts';
import { type MailRoom, openMailRoom } from './support/mail.ts';
import { mailDeps } from './support/mail-deps.ts';

const BATCH = 'report/2026-11-21/1';
const MEGABYTE = 1_000_000;
const IN_A_DAY = new Date(Date.now() + 24 * 3_600_000);

function depsOf({ database, sandbox, templatesFolder }: MailRoom): MessageDeps {
  // With the time-out that mails with files have.
  const { callTimeoutMs: _, ...deps } = mailDeps({ database, baseUrl: `${sandbox.url}/v3`, templatesFolder });
  return deps;
}

async function store(room: MailRoom, { bytes = 1_000, expiresAt = IN_A_DAY } = {}) {
  const content = randomBytes(bytes);
  const file = { name: 'stored.csv', mediaType: 'text/csv', expiresAt, content: [content] };
  return { id: (await writeArtefact(room.database, file)).id, content };
}

/** Plans a mail with these files to so many people. */
async function plan(room: MailRoom, files: readonly MailFile[], { people = 1 } = {}): Promise<void> {
  const now = new Date();
  const messages = [];
  for (let one = 0; one < people; one += 1) {
    const contactId = await room.person();
    const key = `report/${contactId}`;
    messages.push({
      key,
      kind: 'report',
      contactId,
      template: 'receipt',
      dueAt: now,
      params: {},
      files,
    } as const);
  }
  await prepareBatch(depsOf(room), { batch: BATCH, messages, now });
}

async function deliver(room: MailRoom): Promise<BatchProgress> {
  const activities = createMessageBatchActivities(depsOf(room));
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run<[], BatchProgress, () => Promise<BatchProgress>>(() =>
    activities.sendBatch({ batch: BATCH, policy: { uncertain: 'hold' } }),
  );
}

async function attachmentsOf(room: MailRoom) {
  const [mail] = await room.sandbox.control.mails();
  return Promise.all(
    (mail?.attachments ?? []).map(async (name, index) => {
      const answer = await fetch(`${room.sandbox.url}/mails/${mail?.uuid}/attachments/${index}`);
      return { name, content: Buffer.from(await answer.arrayBuffer()) };
    }),
  );
}

const reasons = async (room: MailRoom) => (await room.ledger()).map(({ state, reason }) => [state, reason]);

it('attaches stored files to a mail, each under the name that its reader sees', async () => {
  const room = await openMailRoom();
  const [one, other] = [await store(room), await store(room, { bytes: 2 * MEGABYTE })];
  await plan(room, [
    { artefactId: one.id, name: 'Отчёт.csv' },
    { artefactId: other.id, name: 'chart.png' },
  ]);
  expect(await deliver(room)).toMatchObject({ accepted: 1 });
  expect(await attachmentsOf(room)).toEqual([
    { name: 'Отчёт.csv', content: one.content },
    { name: 'chart.png', content: other.content },
  ]);
});

it('attaches one file to many mails', async () => {
  const room = await openMailRoom();
  const { id } = await store(room, { bytes: 3 * MEGABYTE });
  await plan(room, [{ artefactId: id, name: 'report.csv' }], { people: 20 });
  expect(await deliver(room)).toMatchObject({ accepted: 20 });
  const mails = await room.sandbox.control.mails();
  expect(mails.map(({ attachments }) => attachments)).toEqual(mails.map(() => ['report.csv']));
});

it('rejects a mail whose file is deleted or has expired, and sends the others', async () => {
  const room = await openMailRoom();
  const [deleted, expired] = [await store(room), await store(room, { expiresAt: new Date() })];
  await deleteArtefacts(room.database.orm, [deleted.id]);
  await plan(room, [{ artefactId: deleted.id, name: 'a.csv' }]);
  await plan(room, [{ artefactId: expired.id, name: 'a.csv' }]);
  await plan(room, []);
  expect(await deliver(room)).toMatchObject({ accepted: 1, rejected: 2 });
  expect(await reasons(room)).toEqual([
    ['rejected', 'attachment_gone'],
    ['rejected', 'attachment_gone'],
    ['accepted', null],
  ]);
});

it('rejects a mail whose files have more than 4 MB together', async () => {
  const room = await openMailRoom();
  const { id } = await store(room, { bytes: 2 * MEGABYTE + 1 });
  const files = [1, 2].map((number) => ({ artefactId: id, name: `${number}.csv` }));
  await plan(room, files);
  expect(await deliver(room)).toMatchObject({ rejected: 1 });
  expect(await reasons(room)).toEqual([['rejected', 'attachment_too_large']]);
  expect(await room.sandbox.control.mails()).toEqual([]);
});

it('takes a refusal of the kind of file as final', async () => {
  const room = await openMailRoom();
  const { id } = await store(room);
  await plan(room, [{ artefactId: id, name: 'report.exe' }]);
  expect(await deliver(room)).toMatchObject({ rejected: 1 });
  expect(await reasons(room)).toEqual([['rejected', 'invalid_parameter']]);
});
