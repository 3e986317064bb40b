import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Installation, LANGUAGE_LIST, OTHER_LIST } from './support/installation.ts';
import { buys, installed, LANGUAGE_TEST, NOW, OTHER_TEST, takesTest } from './support/people.ts';

const entriesOf = (installation: Installation) =>
  installation.sql<{ email: string; funnel: string; userId: number; testedAt: string; enteredAt: string }>(
    'SELECT email, funnel_type AS funnel, user_id AS userId, tested_at AS testedAt, entered_at AS enteredAt FROM funnel_entries ORDER BY email, funnel_type',
  );

it('takes both ends of the window, to the second, and leaves what lies outside without a trace', async () => {
  const here = await installed();
  await takesTest(here, { email: 'first@example.com', at: '2026-02-08 12:00:00' });
  await takesTest(here, { email: 'too-old@example.com', at: '2026-02-08 11:59:59' });
  await takesTest(here, { email: 'last@example.com', at: '2026-03-10 12:00:00' });
  await takesTest(here, { email: 'tomorrow@example.com', at: '2026-03-10 12:00:01' });
  await takesTest(here, { email: 'bad', at: '2026-02-08 11:59:59' });
  await here.startWorker();
  await here.sync(NOW);
  expect((await entriesOf(here)).map(({ email }) => email)).toEqual([
    'first@example.com',
    'last@example.com',
  ]);
  expect(await here.sql('SELECT * FROM quarantine')).toEqual([]);
  await here.sync('2026-03-10T12:00:01Z');
  expect((await entriesOf(here)).map(({ email }) => email)).toContain('tomorrow@example.com');
});

it("reads the site's clock in its zone: a repeated hour once, at its first pass, a skipped time moved on", async () => {
  const here = await installed({ env: { SITE_TIMEZONE: 'Europe/Berlin', SITE_LOOKBACK_DAYS: '400' } });
  await takesTest(here, { email: 'skipped@example.com', at: '2026-03-29 02:30:00' });
  await takesTest(here, { email: 'repeated@example.com', at: '2026-10-25 02:30:00' });
  await here.startWorker();
  await here.sync('2026-10-25T00:29:59Z');
  expect((await entriesOf(here)).map(({ email }) => email)).toEqual(['skipped@example.com']);
  await here.sync('2026-10-25T00:30:00Z');
  expect(await entriesOf(here)).toMatchObject([
    { email: 'repeated@example.com', testedAt: '2026-10-25 00:30:00.000' },
    { email: 'skipped@example.com', testedAt: '2026-03-29 01:30:00.000' },
  ]);
});

it('records the earliest sitting of a person and funnel, then the lowest id', async () => {
  const here = await installed();
  await takesTest(here, { id: 30, email: 'eva@example.com', at: '2026-03-05 10:00:00' });
  await takesTest(here, { id: 20, email: ' EVA@Example.com', at: '2026-03-01 10:00:00' });
  await takesTest(here, { id: 10, email: 'eva@example.com\t', at: '2026-03-01 10:00:00' });
  await takesTest(here, { id: 5, email: 'eva@example.com', at: '2026-03-02 10:00:00', testId: OTHER_TEST });
  await here.startWorker();
  await here.sync(NOW);
  expect(await entriesOf(here)).toMatchObject([
    { email: 'eva@example.com', funnel: 'language', userId: 10, enteredAt: '2026-03-10 12:00:00.000' },
    { email: 'eva@example.com', funnel: 'non_language', userId: 5 },
  ]);
});

it('keeps both funnels of one person: both lists, the funnel entered last, purchases after entries', async () => {
  const here = await installed();
  await takesTest(here, { email: 'both@example.com', at: '2026-03-05 10:00:00', testId: OTHER_TEST });
  await takesTest(here, { email: 'both@example.com', at: '2026-03-06 10:00:00' });
  await here.startWorker();
  await here.sync(NOW);
  const { contact } = await here.sandbox.control.contact('both@example.com');
  expect(contact?.listIds.toSorted()).toEqual([LANGUAGE_LIST, OTHER_LIST]);
  expect(contact?.attributes).toMatchObject({ FUNNEL_TYPE: 'language' });
  const calls = await here.sandbox.control.ledger({
    route: '/contacts',
    email: 'both@example.com',
    accepted: true,
  });
  expect(calls.map(({ body }) => body)).toMatchObject([
    { listIds: [OTHER_LIST], attributes: { FUNNEL_TYPE: 'non_language' } },
    { listIds: [LANGUAGE_LIST], attributes: { FUNNEL_TYPE: 'language' } },
  ]);

  await buys(here, { id: 1, email: 'Both@example.com', at: '2026-03-10 12:05:00', type: 2 });
  await here.sync('2026-03-10T12:15:00Z');
  const buyer = await here.sandbox.control.contact('both@example.com');
  expect(buyer.contact?.attributes).toMatchObject({
    FUNNEL_TYPE: 'non_language',
    CERTIFICATE_PURCHASED: true,
    CERTIFICATE_PURCHASED_AT: '2026-03-10',
  });
  expect(buyer.contact?.listIds.toSorted()).toEqual([LANGUAGE_LIST, OTHER_LIST]);
});

it('converts by the earliest payment since entering, keeps it, and takes no customer in', async () => {
  const here = await installed();
  await takesTest(here, { email: 'carl@example.com', at: '2026-03-09 10:00:00' });
  await takesTest(here, { email: 'customer@example.com', at: '2026-03-09 10:00:00' });
  await takesTest(here, { email: 'same-second@example.com', at: '2026-03-09 10:00:00' });
  await buys(here, { id: 1, email: 'customer@example.com', at: '2026-01-01 00:00:00' });
  await buys(here, { id: 2, email: 'same-second@example.com', at: '2026-03-10 12:00:00' });
  await here.startWorker();
  const first = await here.sync(NOW);
  expect((await entriesOf(here)).map(({ email }) => email)).toEqual(['carl@example.com']);
  expect(first.quarantined).toEqual({ already_customer: 2 });

  await buys(here, { id: 5, email: 'carl@example.com', at: '2026-03-10 12:00:00' });
  await buys(here, { id: 4, email: 'CARL@example.com', at: '2026-03-10 12:00:00' });
  await buys(here, { id: 3, email: 'carl@example.com', at: '2026-03-10 12:10:00' });
  // Dated in the future of this run: not yet.
  await buys(here, { id: 6, email: 'carl@example.com', at: '2026-03-10 13:00:00' });
  await here.sync('2026-03-10T12:15:00Z');
  const conversion = () =>
    here.sql(
      'SELECT purchase_payment_id AS payment, certificate_purchased_at AS at FROM funnel_entries WHERE certificate_purchased = 1',
    );
  const expected = [{ payment: 4, at: '2026-03-10 12:00:00.000' }];
  expect(await conversion()).toEqual(expected);

  await here.siteSql('UPDATE modx_cert_payment SET id_status = 3 WHERE id = 4');
  const withdrawn = await here.sync('2026-03-10T12:30:00Z');
  expect(withdrawn.payments).toEqual({ mirrored: 0, withdrawn: 1 });
  expect(await conversion()).toEqual(expected);
});

it('looks at a rejected sitting again when its row changes, and only then', async () => {
  const here = await installed();
  await takesTest(here, { id: 1, email: 'typo@@example.com', at: '2026-03-01 10:00:00' });
  await takesTest(here, { id: 2, email: 'ghost@example.com', at: '2026-03-01 10:00:00', testId: 999 });
  await here.startWorker();
  expect((await here.sync(NOW)).quarantined).toEqual({ invalid_email: 1, unknown_test: 1 });
  expect((await here.sync('2026-03-10T12:15:00Z')).quarantined).toEqual({});
  await here.siteSql("UPDATE simpletest_users SET Email = 'typo@example.com' WHERE Id = 1");
  await here.site.insertTests([{ newid: 9, Id: 999, LangId: 1 }]);
  const mended = await here.sync('2026-03-10T12:30:00Z');
  expect(mended.entered).toEqual({ language: 2, non_language: 0 });
  expect(await here.sql('SELECT sitting_id FROM quarantine WHERE resolved_at IS NULL')).toEqual([]);
  expect(await here.sql('SELECT sitting_id FROM quarantine ORDER BY sitting_id')).toEqual([
    { sitting_id: 1 },
    { sitting_id: 2 },
  ]);
});

it('counts a sitting that appears late but inside the window', async () => {
  const here = await installed();
  await takesTest(here, { email: 'early@example.com', at: '2026-03-01 10:00:00' });
  await here.startWorker();
  await here.sync(NOW);
  await takesTest(here, { email: 'late@example.com', at: '2026-03-01 10:00:00' });
  expect((await here.sync('2026-03-10T12:15:00Z')).entered).toEqual({ language: 1, non_language: 0 });
});

it('classes a test by the row with the smallest newid', async () => {
  const here = await installed();
  await here.site.insertTests([
    { newid: 50, Id: 300, LangId: 99 },
    { newid: 40, Id: 300, LangId: null },
  ]);
  await takesTest(here, { email: 'iq@example.com', at: '2026-03-01 10:00:00', testId: 300 });
  await here.startWorker();
  expect((await here.sync(NOW)).entered).toEqual({ language: 0, non_language: 1 });
});

it('leaves good sittings of a funnel that is off without a trace, syncs its purchases, and takes them when it is on', async () => {
  const here = await installed();
  await takesTest(here, { email: 'iq@example.com', at: '2026-03-01 10:00:00', testId: OTHER_TEST });
  await here.sql(
    "INSERT INTO funnel_entries (email, funnel_type, entered_at, state, source) VALUES ('old@example.com', 'non_language', '2026-01-01', 'in_brevo', 'import')",
  );
  await buys(here, { id: 1, email: 'old@example.com', at: '2026-03-01 00:00:00', type: 2 });
  const off = await here.startWorker({ BREVO_NON_LANGUAGE_LIST_ID: '' });
  const result = await here.sync(NOW);
  expect(result).toMatchObject({
    entered: { non_language: 0 },
    converted: { non_language: 1 },
    quarantined: {},
  });
  await off.stop();
  await here.startWorker();
  expect((await here.sync('2026-03-10T12:15:00Z')).entered).toEqual({ language: 0, non_language: 1 });
});

it('counts only the statuses that the settings name', async () => {
  const here = await installed({ env: { SITE_COMPLETED_STATUSES: '1, 3' } });
  await takesTest(here, { email: 'done@example.com', at: '2026-03-01 10:00:00', status: 1 });
  await takesTest(here, { email: 'passed@example.com', at: '2026-03-01 10:00:00', status: 3 });
  await takesTest(here, { email: 'open@example.com', at: '2026-03-01 10:00:00', status: 0 });
  await takesTest(here, { email: null, at: '2026-03-01 10:00:00', status: null });
  await here.startWorker();
  const result = await here.sync(NOW);
  expect(result.entered.language).toBe(2);
  expect(result.quarantined).toEqual({});
});

it('plans a dry run with the exact requests that the live run then makes, and writes nothing', async () => {
  const here = await installed();
  await takesTest(here, { id: 1, email: 'anna@example.com', at: '2026-03-01 10:00:00' });
  await takesTest(here, { id: 2, email: 'anna@example.com', at: '2026-03-02 10:00:00', testId: OTHER_TEST });
  await takesTest(here, { id: 3, email: 'nobody', at: '2026-03-01 10:00:00' });
  await here.sql(
    "INSERT INTO funnel_entries (email, funnel_type, entered_at, state, source) VALUES ('old@example.com', 'language', '2026-01-01', 'in_brevo', 'import')",
  );
  await buys(here, { id: 1, email: 'old@example.com', at: '2026-03-01 08:00:00' });
  const tables = [
    'funnel_entries',
    'certificate_purchases',
    'quarantine',
    'brevo_changes',
    'judged_hours',
    'brevo_imports',
  ];
  const contents = () => Promise.all(tables.map((table) => here.sql(`SELECT * FROM ${table}`)));
  const before = await contents();

  const { plan, result } = await here.plan(NOW);

  expect(await contents()).toEqual(before);
  expect(await here.sandbox.control.ledger()).toEqual([]);
  expect(result).toMatchObject({
    dryRun: true,
    plan: {
      enter: { language: 1, non_language: 1 },
      markBuyer: { language: 1, non_language: 0 },
      quarantine: { invalid_email: 1 },
      requests: 3,
    },
  });
  expect(JSON.stringify(result)).not.toContain('@');
  expect(plan?.steps).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        action: 'enter',
        email: 'anna@example.com',
        funnel: 'language',
        listId: LANGUAGE_LIST,
        sittingId: 1,
      }),
      expect.objectContaining({ action: 'mark_buyer', email: 'old@example.com', paymentId: 1 }),
      { action: 'quarantine', sittingId: 3, email: 'nobody', reason: 'invalid_email' },
    ]),
  );

  await here.startWorker();
  await here.sync(NOW);
  const made = await here.sandbox.control.ledger({ route: '/contacts', method: 'POST' });
  expect(texts(made.map(({ body }) => body))).toEqual(texts((plan?.requests ?? []).map(({ body }) => body)));
});

it('runs dry whatever is asked while APP_DRY_RUN is true', async () => {
  const here = await installed();
  await takesTest(here, { email: 'anna@example.com', at: '2026-03-01 10:00:00' });
  await here.startWorker({ APP_DRY_RUN: 'true' });
  const { result } = await here.run(NOW);
  expect(result).toMatchObject({ dryRun: true, plan: { enter: { language: 1 } } });
  expect(await entriesOf(here)).toEqual([]);
  expect(await here.sandbox.control.ledger()).toEqual([]);
});

it('takes everybody in once when several runs go at the same time, backfills among them', async () => {
  const here = await installed();
  await here.site.insertSittings(
    Array.from({ length: 600 }, (_, n) => ({
      Email: `person${n % 400}@example.com`,
      TestId: n % 3 === 0 ? OTHER_TEST : LANGUAGE_TEST,
      Datep: new Date(Date.parse('2026-03-01T00:00:00Z') + n * 60_000),
    })),
  );
  await here.startWorker();
  await Promise.all([
    here.sync(NOW),
    here.sync(NOW),
    here.sync('2026-03-09T12:00:00Z'),
    here.sync('2026-03-10T12:15:00Z'),
  ]);
  const expected = new Set(
    Array.from(
      { length: 600 },
      (_, n) => `person${n % 400}@example.com ${n % 3 === 0 ? 'non_language' : 'language'}`,
    ),
  );
  const entries = await entriesOf(here);
  expect(new Set(entries.map(({ email, funnel }) => `${email} ${funnel}`))).toEqual(expected);
  expect(entries.length).toBe(expected.size);
  const accepted = await here.sandbox.control.ledger({
    route: '/contacts',
    method: 'POST',
    accepted: true,
    limit: 10_000,
  });
  expect(accepted.length).toBe(expected.size);
});

it('reads other table prefixes and column names by the mapping file', async () => {
  const here = await installed({
    env: { SITE_MAPPING: fileURLToPath(new URL('./fixtures/site-mapping.json', import.meta.url)) },
  });
  await here.siteSql(
    'RENAME TABLE simpletest_users TO st_results, modx_cert_payment TO shop_cert_payment, modx_cert_result TO shop_cert_result, modx_cert_users TO shop_cert_users, modx_cert_test TO shop_cert_test',
  );
  await here.siteSql(
    'ALTER TABLE st_results CHANGE Email mail VARCHAR(320) NULL, CHANGE Datep finished_at DATETIME NULL',
  );
  await here.siteSql(
    "INSERT INTO st_results (mail, TestId, finished_at) VALUES ('mapped@example.com', 101, '2026-03-01 10:00:00')",
  );
  await here.startWorker();
  expect((await here.sync(NOW)).entered.language).toBe(1);
});

it('keeps addresses out of everything that Temporal stores', async () => {
  const here = await installed();
  await takesTest(here, { email: 'secret-person@example.com', at: '2026-03-01 10:00:00' });
  await takesTest(here, { email: 'secret-nonsense', at: '2026-03-01 10:00:00' });
  await here.startWorker();
  const { workflowId } = await here.run(NOW);
  const delivery = `${here.settings.temporal.taskQueue}-brevo-delivery`;
  for (const id of [workflowId, delivery]) {
    const { events } = await here.client.workflow.getHandle(id).fetchHistory();
    const text = JSON.stringify(events, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(text).not.toContain('secret');
  }
});

function texts(bodies: readonly unknown[]): readonly string[] {
  return bodies.map((body) => JSON.stringify(body)).toSorted();
}
