import { expect, it } from 'vitest';
import { type Installation, LANGUAGE_LIST } from './support/installation.ts';
import { buys, expectEverybodyOnce, installed, NOW, takesTest, takeTests } from './support/people.ts';

const changesOf = (here: Installation, email: string) =>
  here.sql<{ kind: string; state: string; code: string | null }>(
    `SELECT kind, state, code FROM brevo_changes WHERE email = '${email}' ORDER BY id`,
  );

it('marks one contact that Brevo refuses for ever, with the code, and brings in all the others', async () => {
  const here = await installed();
  const emails = await takeTests(here, 40);
  await here.sandbox.control.refuseEmails(['person7@example.com']);
  await here.startWorker();
  const result = await here.sync(NOW);
  expect(result.brevo).toMatchObject({ state: 'done', accepted: 39, rejected: 1, pending: 0 });
  expect(await here.sql("SELECT email, rejected_code FROM funnel_entries WHERE state = 'rejected'")).toEqual([
    { email: 'person7@example.com', rejected_code: 'invalid_parameter' },
  ]);
  expect((await here.sandbox.control.contacts({ limit: 1000 })).length).toBe(emails.length - 1);
});

it('stops loudly at a wrong key, keeps all work, goes on taking people in, and delivers once the key is right', async () => {
  const here = await installed();
  await takeTests(here, 30);
  await here.sandbox.control.setKeys(['another-key']);
  const wrong = await here.startWorker();
  const { failure, result } = await here.run(NOW);
  expect(failure?.code).toBe('brevo_key_refused');
  expect(result).toMatchObject({
    entered: { language: 30 },
    brevo: { state: 'stopped', accepted: 0, pending: 30 },
  });
  await takesTest(here, { email: 'later@example.com', at: '2026-03-10 12:10:00' });
  expect((await here.run('2026-03-10T12:15:00Z')).result).toMatchObject({
    entered: { language: 1 },
    brevo: { pending: 31 },
  });
  await wrong.stop();
  await here.startWorker({ BREVO_API_KEY: 'another-key' });
  expect((await here.sync('2026-03-10T12:30:00Z')).brevo).toMatchObject({
    state: 'done',
    accepted: 31,
    pending: 0,
  });
  expect((await here.sandbox.control.contacts({ list: LANGUAGE_LIST })).length).toBe(31);
});

it.each([
  { trouble: '429', fault: { kind: 'rateLimit', resetSeconds: 1, first: 3 } },
  { trouble: 'a 500', fault: { kind: 'status', status: 500, first: 3 } },
  { trouble: 'a page of HTML instead of an answer', fault: { kind: 'html', status: 200, first: 2 } },
  { trouble: 'a 502 page', fault: { kind: 'html', status: 502, first: 2 } },
  { trouble: 'a line cut before anything was done', fault: { kind: 'refuseThenReset', first: 2 } },
  { trouble: 'a line cut after the contact was taken', fault: { kind: 'acceptThenReset', first: 2 } },
  { trouble: 'a 500 after the contact was taken', fault: { kind: 'acceptThenHtml', status: 500, first: 2 } },
] as const)('gets over $trouble: everybody is in, nobody twice', async ({ fault }) => {
  const here = await installed();
  const emails = await takeTests(here, 12);
  await here.sandbox.control.addFault({ ...fault, method: 'POST', route: '/contacts' });
  await here.startWorker();
  expect((await here.sync(NOW)).brevo).toMatchObject({ state: 'done', pending: 0 });
  await expectEverybodyOnce(here, emails);
});

it('rejects nobody when the list is what Brevo does not know, and delivers to the right one', async () => {
  const here = await installed();
  const emails = await takeTests(here, 15);
  const wrong = await here.startWorker({ BREVO_LANGUAGE_LIST_ID: '77' });
  const { failure } = await here.run(NOW);
  expect(failure?.code).toBe('brevo_list_missing');
  expect(await here.sql("SELECT id FROM brevo_changes WHERE state = 'rejected'")).toEqual([]);
  await wrong.stop();
  await here.startWorker();
  await here.sync('2026-03-10T12:15:00Z');
  await expectEverybodyOnce(here, emails);
});

it('sends what is still pending to the list that is set when it goes out', async () => {
  const here = await installed();
  const emails = await takeTests(here, 10);
  await here.sandbox.control.addFault({ kind: 'status', status: 401, method: 'POST', route: '/contacts' });
  const before = await here.startWorker({ BREVO_LANGUAGE_LIST_ID: '2' });
  await here.run(NOW);
  await before.stop();
  await here.sandbox.control.clearFaults();
  await here.startWorker();
  await here.sync('2026-03-10T12:15:00Z');
  expect(await here.sandbox.control.contacts({ list: 2 })).toEqual([]);
  await expectEverybodyOnce(here, emails);
});

it('holds what belongs to a funnel that was switched off meanwhile, and nothing else of that person', async () => {
  const here = await installed();
  await takesTest(here, { email: 'both@example.com', at: '2026-03-01 10:00:00', testId: 201 });
  await takesTest(here, { email: 'both@example.com', at: '2026-03-02 10:00:00' });
  await here.sandbox.control.setKeys(['another-key']);
  const wrong = await here.startWorker();
  await here.run(NOW);
  await wrong.stop();
  const off = await here.startWorker({ BREVO_API_KEY: 'another-key', BREVO_NON_LANGUAGE_LIST_ID: '0' });
  expect((await here.sync('2026-03-10T12:15:00Z')).brevo).toMatchObject({ accepted: 1, pending: 1 });
  expect((await here.sandbox.control.contact('both@example.com')).contact?.listIds).toEqual([LANGUAGE_LIST]);
  await off.stop();
  await here.startWorker({ BREVO_API_KEY: 'another-key' });
  expect((await here.sync('2026-03-10T12:30:00Z')).brevo).toMatchObject({ accepted: 1, pending: 0 });
  expect((await here.sandbox.control.contact('both@example.com')).contact?.listIds.toSorted()).toEqual([
    1, 2,
  ]);
});

it('tells Brevo of a purchase after the entry, also when the entry was held up', async () => {
  const here = await installed();
  await takesTest(here, { email: 'anna@example.com', at: '2026-03-01 10:00:00' });
  await here.sandbox.control.addFault({ kind: 'status', status: 401, method: 'POST', route: '/contacts' });
  await here.startWorker();
  await here.run(NOW);
  await buys(here, { id: 1, email: 'anna@example.com', at: '2026-03-10 12:05:00' });
  await here.run('2026-03-10T12:15:00Z');
  await here.sandbox.control.clearFaults();
  await here.sync('2026-03-10T12:30:00Z');
  const calls = await here.sandbox.control.ledger({
    email: 'anna@example.com',
    accepted: true,
    method: 'POST',
  });
  expect(calls.map(({ body }) => body)).toMatchObject([
    { listIds: [LANGUAGE_LIST] },
    { attributes: { CERTIFICATE_PURCHASED: true, CERTIFICATE_PURCHASED_AT: '2026-03-10' } },
  ]);
  expect(await changesOf(here, 'anna@example.com')).toMatchObject([
    { kind: 'entry', state: 'accepted' },
    { kind: 'purchase', state: 'accepted' },
  ]);
});

/** Few calls a second make an import the cheaper way for a crowd. */
const SLOW = { BREVO_CONTACTS_PER_SECOND: '20' };
const CROWD = 300;

it('takes a crowd in by import, and asks Brevo singly about those whom the import left out', async () => {
  const here = await installed({ env: SLOW });
  const emails = await takeTests(here, CROWD);
  await here.sandbox.control.addFault({
    kind: 'importInvalid',
    emails: ['person5@example.com', 'person6@example.com'],
  });
  await here.sandbox.control.refuseEmails(['person6@example.com']);
  await here.startWorker();
  const result = await here.sync(NOW);
  expect(result.brevo).toMatchObject({ state: 'done', accepted: CROWD - 1, rejected: 1, pending: 0 });
  expect((await here.sandbox.control.contacts({ list: LANGUAGE_LIST, limit: 1000 })).length).toBe(
    emails.length - 1,
  );
  const imports = await here.sandbox.control.ledger({ route: '/contacts/import', method: 'POST' });
  expect(imports.length).toBe(1);
  expect(await changesOf(here, 'person6@example.com')).toMatchObject([
    { state: 'rejected', code: 'invalid_parameter' },
  ]);
});

it('does not repeat an import whose answer was lost: it looks into the list', async () => {
  const here = await installed({ env: SLOW });
  const emails = await takeTests(here, CROWD);
  await here.sandbox.control.addFault({
    kind: 'acceptThenReset',
    method: 'POST',
    route: '/contacts/import',
    first: 1,
  });
  await here.startWorker();
  expect((await here.sync(NOW)).brevo).toMatchObject({ state: 'done', pending: 0 });
  await expectEverybodyOnce(here, emails);
});

it('brings everybody in when an import fails at Brevo', async () => {
  const here = await installed({ env: { BREVO_CONTACTS_PER_SECOND: '29' } });
  const emails = await takeTests(here, CROWD);
  await here.sandbox.control.addFault({ kind: 'importFails', first: 1 });
  await here.startWorker();
  expect((await here.sync(NOW)).brevo).toMatchObject({ state: 'done', accepted: CROWD, pending: 0 });
  const inList = await here.sandbox.control.contacts({ list: LANGUAGE_LIST, limit: 1000 });
  expect(inList.length).toBe(emails.length);
});
