import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
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
  await sandbox.control.setSettings({ importDelayMs: 5 });
  await sandbox.control.seed({
    lists: [{ id: 5, name: 'Language tests' }],
    attributes: [
      { name: 'FUNNEL_TYPE', type: 'text' },
      { name: 'SCORE', type: 'float' },
    ],
  });
});

async function importOf(body: Readonly<Record<string, unknown>>): Promise<number> {
  const answer = await sandbox.call('POST', '/contacts/import', { listIds: [5], ...body });
  expect(answer.status).toBe(202);
  return (answer.body as { processId: number }).processId;
}

async function processOf(id: number): Promise<Readonly<Record<string, unknown>>> {
  return (await sandbox.call('GET', `/processes/${id}`)).body as Readonly<Record<string, unknown>>;
}

async function untilStatus(id: number, status: string): Promise<Readonly<Record<string, unknown>>> {
  return vi.waitFor(
    async () => {
      const process = await processOf(id);
      expect(process['status']).toBe(status);
      return process;
    },
    { timeout: 20_000, interval: 5 },
  );
}

it('goes from queued over in_process to completed, on the sandbox clock', async () => {
  await sandbox.control.setSettings({ importDelayMs: 600_000 });
  const id = await importOf({
    jsonBody: [{ email: 'ann@example.com', attributes: { FUNNEL_TYPE: 'language' } }],
  });
  expect((await processOf(id))['status']).toBe('queued');
  await sandbox.control.advanceClock(300_000);
  expect((await processOf(id))['status']).toBe('in_process');
  expect((await sandbox.control.contact('ann@example.com')).contact).toBeNull();
  await sandbox.control.advanceClock(300_000);
  expect(await untilStatus(id, 'completed')).toMatchObject({
    name: 'IMPORTUSER',
    info: { import: { invalid_emails: null } },
  });
  expect((await sandbox.control.contact('ann@example.com')).contact).toMatchObject({
    listIds: [5],
    attributes: { FUNNEL_TYPE: 'language' },
  });
});

it('lists invalid and repeated addresses in files of its own', async () => {
  await sandbox.control.refuseEmails(['never@example.com']);
  const emails = ['ann@example.com', 'not an address', 'never@example.com', 'ANN@example.com'];
  const process = await untilStatus(
    await importOf({ jsonBody: emails.map((email) => ({ email })) }),
    'completed',
  );
  const links = (process['info'] as { import: { invalid_emails: string; duplicate_email_id: string } })
    .import;
  expect(await (await fetch(links.invalid_emails)).text()).toBe(
    '"EMAIL"\r\n"not an address"\r\n"never@example.com"\r\n',
  );
  expect(await (await fetch(links.duplicate_email_id)).text()).toContain('ann@example.com');
  expect((await sandbox.control.contacts({ list: 5 })).map(({ email }) => email)).toEqual([
    'ann@example.com',
  ]);
});

it('reads a CSV body', async () => {
  const fileBody = 'EMAIL;FUNNEL_TYPE;SCORE\r\nann@example.com;"a;""b""";4.5\r\nbo@example.com;;\r\n';
  await untilStatus(await importOf({ fileBody }), 'completed');
  expect((await sandbox.control.contact('ann@example.com')).contact?.attributes).toEqual({
    FUNNEL_TYPE: 'a;"b"',
    SCORE: 4.5,
  });
  expect((await sandbox.control.contact('bo@example.com')).contact?.attributes).toEqual({});
});

it('updates existing contacts unless told not to, and erases with empty values only when told to', async () => {
  await sandbox.control.seed({
    contacts: [{ email: 'ann@example.com', attributes: { FUNNEL_TYPE: 'old', SCORE: 1 } }],
  });
  const jsonBody = [{ email: 'ann@example.com', attributes: { FUNNEL_TYPE: 'new', SCORE: '' } }];
  const attributes = async () => (await sandbox.control.contact('ann@example.com')).contact?.attributes;
  await untilStatus(await importOf({ jsonBody, updateExistingContacts: false }), 'completed');
  expect(await attributes()).toEqual({ FUNNEL_TYPE: 'old', SCORE: 1 });
  await untilStatus(await importOf({ jsonBody }), 'completed');
  expect(await attributes()).toEqual({ FUNNEL_TYPE: 'new', SCORE: 1 });
  await untilStatus(await importOf({ jsonBody, emptyContactsAttributes: true }), 'completed');
  expect(await attributes()).toEqual({ FUNNEL_TYPE: 'new' });
});

it('keeps the blocklist as it is', async () => {
  await sandbox.control.seed({ contacts: [{ email: 'gone@example.com', emailBlacklisted: true }] });
  await untilStatus(await importOf({ jsonBody: [{ email: 'gone@example.com' }] }), 'completed');
  expect((await sandbox.control.contact('gone@example.com')).contact).toMatchObject({
    emailBlacklisted: true,
    listIds: [5],
  });
});

it('refuses an import without lists, with an unknown list, or with nobody in it', async () => {
  const jsonBody = [{ email: 'ann@example.com' }];
  const refusals = [
    [{ jsonBody }, 'missing_parameter'],
    [{ jsonBody, listIds: [99] }, 'invalid_parameter'],
    [{ jsonBody: [{ email: 'nobody' }], listIds: [5] }, 'invalid_parameter'],
    [{ jsonBody: [], listIds: [5] }, 'invalid_parameter'],
  ] as const;
  for (const [body, code] of refusals) {
    expect(await sandbox.call('POST', '/contacts/import', body)).toMatchObject({
      status: 400,
      body: { code },
    });
  }
  expect(await sandbox.call('GET', '/processes/1')).toMatchObject({
    status: 404,
    body: { code: 'invalid_parameter', message: 'processId is invalid' },
  });
});

it('refuses a body over 10 MB', async () => {
  const answer = await sandbox.call('POST', '/contacts/import', {
    listIds: [5],
    jsonBody: [{ email: 'ann@example.com', attributes: { FUNNEL_TYPE: 'x'.repeat(10 * 1024 * 1024) } }],
  });
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameter' } });
});

it('ends failed, or finds addresses invalid, when the script says so', async () => {
  await sandbox.control.addFault({ kind: 'importFails', nth: 1 });
  await sandbox.control.addFault({ kind: 'importInvalid', emails: ['bo@example.com'], nth: 2 });
  const jsonBody = [{ email: 'ann@example.com' }, { email: 'bo@example.com' }];
  await untilStatus(await importOf({ jsonBody }), 'failed');
  expect((await sandbox.control.state()).contacts).toBe(0);
  await untilStatus(await importOf({ jsonBody }), 'completed');
  expect((await sandbox.control.contacts()).map(({ email }) => email)).toEqual(['ann@example.com']);
  await sandbox.control.clearFaults();
  await untilStatus(await importOf({ jsonBody }), 'completed');
  expect((await sandbox.control.contacts()).map(({ email }) => email)).toEqual([
    'ann@example.com',
    'bo@example.com',
  ]);
});

it('takes 70,000 contacts in seven imports, answers others meanwhile, and each has one history entry', async () => {
  const ids: number[] = [];
  for (let block = 0; block < 7; block += 1) {
    const jsonBody = Array.from({ length: 10_000 }, (_, index) => ({
      email: `person-${block}-${index}@example.com`,
      attributes: { FUNNEL_TYPE: 'language', SCORE: index },
    }));
    ids.push(await importOf({ jsonBody }));
    expect((await sandbox.call('GET', '/account')).status).toBe(200);
  }
  await Promise.all(ids.map((id) => untilStatus(id, 'completed')));
  expect(await sandbox.control.lists()).toMatchObject([{ id: 5, contacts: 70_000 }]);
  const { contact, history } = await sandbox.control.contact('person-6-9999@example.com');
  expect(contact?.attributes).toEqual({ FUNNEL_TYPE: 'language', SCORE: 9_999 });
  expect(history).toMatchObject([{ kind: 'created', by: `import ${ids.at(-1)}` }]);
  const [entry] = await sandbox.control.ledger({ email: 'person-6-9999@example.com' });
  expect(entry).toMatchObject({
    route: '/contacts/import',
    accepted: true,
    effect: 'queued',
    emailCount: 10_000,
  });
  expect((await sandbox.control.ledgerEntry(entry?.sequence ?? 0)).rows).toHaveLength(10_000);
});
