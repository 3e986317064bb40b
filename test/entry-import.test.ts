import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { expect, inject, it, onTestFinished } from 'vitest';
import { writeImport } from '../db/entry-import.ts';
import { mergeOldEntries, type OldEntry } from '../domain/entry-import.ts';
import { sluice } from './support/command.ts';
import type { Installation } from './support/installation.ts';
import { buys, installed, NOW, takesTest, takeTests } from './support/people.ts';
import { createDatabase } from './support/servers.ts';

const day = (date: string) => Date.parse(`${date}T00:00:00Z`);

let ids = 0;
function oldRow(row: Partial<OldEntry>): OldEntry {
  ids += 1;
  return {
    id: ids,
    rawEmail: 'ann@example.com',
    rawFunnel: 'language',
    userId: null,
    testId: null,
    enteredAt: day('2025-10-01'),
    purchased: false,
    purchasedAt: undefined,
    ...row,
  };
}
const importedAt = day('2026-03-10');
const merge = (...rows: readonly Partial<OldEntry>[]) => mergeOldEntries(rows.map(oldRow), { importedAt });
const purchaseOf = (row: Partial<OldEntry>) => merge(row).people[0]?.purchasedAt;
const entryOf = (...rows: readonly Partial<OldEntry>[]) => merge(...rows).people[0]?.enteredAt;

it('merges all spellings of a person: the earliest entry, the earliest purchase, the ids of the first row with any', () => {
  const { people, skipped } = merge(
    { id: 7, rawEmail: 'Ann@Example.com', enteredAt: day('2025-11-01'), userId: 42, testId: 101 },
    { id: 9, rawEmail: ' ann@example.com', purchased: true, purchasedAt: day('2025-11-26') },
    { id: 8, purchased: true, purchasedAt: day('2025-11-20'), enteredAt: day('2025-12-01'), userId: 43 },
    { id: 6, rawFunnel: 'non_language' },
  );
  expect(skipped).toEqual([]);
  expect(people).toContainEqual({
    email: 'ann@example.com',
    funnel: 'language',
    userId: 42,
    testId: 101,
    enteredAt: day('2025-10-01'),
    purchasedAt: day('2025-11-20'),
    rows: [7, 8, 9],
  });
  expect(people).toHaveLength(2);
});

it('dates a purchase without a date like the entry, and never a purchase that is not marked as one', () => {
  expect(purchaseOf({ purchased: true })).toBe(day('2025-10-01'));
  expect(purchaseOf({ purchased: false, purchasedAt: day('2025-11-01') })).toBeUndefined();
});

it('keeps people whose rows bear no date of entry, so that they are never taken in again', () => {
  expect(entryOf({ enteredAt: undefined })).toBe(importedAt);
  expect(entryOf({ enteredAt: undefined, purchased: true, purchasedAt: day('2025-11-01') })).toBe(
    day('2025-11-01'),
  );
  expect(entryOf({ enteredAt: undefined }, { enteredAt: day('2025-12-01') })).toBe(day('2025-12-01'));
});

it('leaves out rows of unknown funnels and without a usable address, each with its reason', () => {
  const { people, skipped } = merge(
    { rawFunnel: 'promo' },
    { rawEmail: '\t' },
    { rawEmail: 'two@at@example.com' },
    { rawEmail: 'иван@example.com' },
    { rawFunnel: 'Language ' },
  );
  expect(skipped.map(({ reason }) => reason)).toEqual([
    'unknown_funnel',
    'no_email',
    'invalid_email',
    'unsupported_email',
  ]);
  expect(people).toHaveLength(1);
});

interface OldTool {
  readonly url: string;
  add(...rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
}

/** The old tool's table, as its SQL file makes it. */
async function oldTool(): Promise<OldTool> {
  const database = await createDatabase('old');
  const connection = await createConnection({ uri: database.url });
  onTestFinished(async () => {
    await connection.end();
    await database.drop();
  });
  await connection.query("SET sql_mode = ''");
  await connection.query(`CREATE TABLE funnel_entries (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL, funnel_type VARCHAR(50) NOT NULL,
    user_id INT NULL, test_id INT NULL, entered_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    certificate_purchased TINYINT(1) NOT NULL DEFAULT 0, certificate_purchased_at DATETIME NULL,
    UNIQUE KEY uk_funnel_entry_email_type_test (email, funnel_type, test_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  return {
    url: database.url,
    async add(...rows) {
      for (const row of rows)
        await connection.query('INSERT INTO funnel_entries SET ?', [{ funnel_type: 'language', ...row }]);
    },
  };
}

const entries = (here: Installation) =>
  here.sql<Record<string, unknown>>(
    `SELECT email, funnel_type AS funnel, source, state, entered_at AS enteredAt, certificate_purchased AS bought,
       certificate_purchased_at AS boughtAt, purchase_payment_id AS payment FROM funnel_entries ORDER BY email, funnel_type`,
  );
const changes = (here: Installation) =>
  here.sql<Record<string, unknown>>(
    `SELECT c.email, c.kind, c.state, c.settled_at AS settledAt, c.purchased_on AS boughtOn, c.attempts
     FROM brevo_changes c WHERE c.change_key = CONCAT(c.kind, ':', c.entry_id) ORDER BY c.email, c.kind`,
  );
const calls = (here: Installation) => here.sandbox.control.ledger({ route: '/contacts' });

const OLD_ROWS = [
  { email: 'Anna@Example.com', entered_at: '2026-03-01 10:00:00' },
  { email: 'anna@example.com ', entered_at: '2026-02-20 10:00:00', user_id: 42, test_id: 101 },
  {
    email: 'paid@example.com',
    entered_at: '2026-02-01',
    certificate_purchased: 1,
    certificate_purchased_at: '2026-02-10 08:00:00',
  },
  { email: 'zero@example.com', entered_at: '0000-00-00 00:00:00' },
  { email: 'promo@example.com', funnel_type: 'promo', entered_at: '2026-02-01' },
  { email: 'not-an-email', entered_at: '2026-02-01' },
];

it('shows what it would import and writes nothing, then imports once, however often it is repeated', async () => {
  const here = await installed();
  const old = await oldTool();
  await old.add(...OLD_ROWS);
  const run = (...more: readonly string[]) =>
    sluice(here.env, 'entries', 'import', '--from', old.url, ...more);

  const preview = await run();
  expect(preview).toMatchObject({ code: 0, stderr: '' });
  expect(preview.stdout).toContain('6 rows are 3 people in funnels, 1 of them buyers');
  expect(preview.stdout).toContain('to import  3: 3 language, 0 non_language');
  expect(preview.stdout).toContain('anna@example.com, language: rows 1, 2');
  expect(preview.stdout).toContain('1 unknown_funnel');
  expect(preview.stdout).toContain('row 6: "not-an-email"');
  expect(await entries(here)).toEqual([]);

  const first = JSON.parse((await run('--yes', '--json')).stdout) as Record<string, unknown>;
  expect(first).toMatchObject({
    written: true,
    rows: 6,
    people: 3,
    undated: 1,
    imported: { language: 3, non_language: 0 },
    corrected: 0,
    unchanged: 0,
    merged: [{ email: 'anna@example.com', funnel: 'language', rows: [1, 2] }],
    skipped: [
      { id: 5, email: 'promo@example.com', funnel: 'promo', reason: 'unknown_funnel' },
      { id: 6, email: 'not-an-email', funnel: 'language', reason: 'invalid_email' },
    ],
  });
  const written = [await entries(here), await changes(here)];
  expect(written[0]).toMatchObject([
    {
      email: 'anna@example.com',
      source: 'import',
      state: 'in_brevo',
      enteredAt: '2026-02-20 10:00:00.000',
      bought: 0,
    },
    {
      email: 'paid@example.com',
      enteredAt: '2026-02-01 00:00:00.000',
      bought: 1,
      boughtAt: '2026-02-10 08:00:00.000',
    },
    { email: 'zero@example.com', bought: 0 },
  ]);
  expect(written[1]).toMatchObject([
    { email: 'anna@example.com', kind: 'entry', state: 'accepted', settledAt: '2026-02-20 10:00:00.000' },
    { email: 'paid@example.com', kind: 'entry', state: 'accepted' },
    { email: 'paid@example.com', kind: 'purchase', state: 'accepted', boughtOn: '2026-02-10' },
    { email: 'zero@example.com', kind: 'entry', state: 'accepted' },
  ]);

  const second = JSON.parse((await run('--yes', '--json')).stdout) as Record<string, unknown>;
  expect(second).toMatchObject({ imported: { language: 0, non_language: 0 }, corrected: 0, unchanged: 3 });
  expect([await entries(here), await changes(here)]).toEqual(written);
  expect(await calls(here)).toEqual([]);
});

it('takes nobody in again after the switch, and tells Brevo of later purchases alone', async () => {
  const here = await installed();
  const old = await oldTool();
  await old.add(...OLD_ROWS);
  expect((await sluice(here.env, 'entries', 'import', '--from', old.url, '--yes')).code).toBe(0);
  await takesTest(here, { email: 'ANNA@example.com', at: '2026-03-05 10:00:00' });
  await takesTest(here, { email: 'paid@example.com', at: '2026-03-05 10:00:00' });
  await buys(here, { id: 1, email: 'paid@example.com', at: '2026-03-06 10:00:00' });
  await here.startWorker();
  const quiet = await here.sync(NOW);
  expect([quiet.entered, quiet.converted]).toEqual([
    { language: 0, non_language: 0 },
    { language: 0, non_language: 0 },
  ]);
  expect(await here.sql('SELECT * FROM quarantine')).toEqual([]);
  expect(await calls(here)).toEqual([]);

  await buys(here, { id: 2, email: 'anna@example.com', at: '2026-03-10 12:05:00' });
  expect((await here.sync('2026-03-10T12:15:00Z')).converted.language).toBe(1);
  expect((await calls(here)).map(({ body }) => body)).toMatchObject([
    {
      email: 'anna@example.com',
      attributes: { CERTIFICATE_PURCHASED: true, CERTIFICATE_PURCHASED_AT: '2026-03-10' },
    },
  ]);
  expect((await calls(here))[0]?.body).not.toHaveProperty('listIds');
});

it('reads the old times in the zone it is told', async () => {
  const here = await installed({ env: { SITE_TIMEZONE: 'Europe/Berlin' } });
  const old = await oldTool();
  await old.add({ email: 'ann@example.com', entered_at: '2026-03-01 10:00:00' });
  const bySite = await sluice(here.env, 'entries', 'import', '--from', old.url, '--yes');
  expect(bySite.stdout).toContain('times in Europe/Berlin');
  expect(await entries(here)).toMatchObject([{ enteredAt: '2026-03-01 09:00:00.000' }]);
  await sluice(here.env, 'entries', 'import', '--from', old.url, '--timezone', 'Asia/Tokyo', '--yes');
  expect(await entries(here)).toMatchObject([{ enteredAt: '2026-03-01 01:00:00.000' }]);
});

it('corrects entries of ours only where the old tool knows better', async () => {
  const here = await installed();
  const old = await oldTool();
  await takesTest(here, { id: 5, email: 'early@example.com', at: '2026-03-05 10:00:00' });
  await takesTest(here, { email: 'buyer@example.com', at: '2026-03-05 10:00:00' });
  await takesTest(here, { email: 'ours@example.com', at: '2026-03-05 10:00:00' });
  await here.startWorker();
  await here.sync(NOW);
  await buys(here, { id: 8, email: 'ours@example.com', at: '2026-03-10 12:05:00' });
  await here.sync('2026-03-10T12:15:00Z');
  await old.add(
    { email: 'early@example.com', entered_at: '2026-02-01 00:00:00', user_id: 1 },
    {
      email: 'buyer@example.com',
      entered_at: '2026-03-11 00:00:00',
      certificate_purchased: 1,
      certificate_purchased_at: '2026-03-12 00:00:00',
    },
    {
      email: 'ours@example.com',
      entered_at: '2026-02-01 00:00:00',
      certificate_purchased: 1,
      certificate_purchased_at: '2026-02-02 00:00:00',
    },
  );
  const before = (await calls(here)).length;
  const report = await sluice(here.env, 'entries', 'import', '--from', old.url, '--yes', '--json');
  expect(JSON.parse(report.stdout)).toMatchObject({ imported: { language: 0 }, corrected: 3, unchanged: 0 });
  expect(await entries(here)).toMatchObject([
    {
      email: 'buyer@example.com',
      source: 'site',
      enteredAt: '2026-03-10 12:00:00.000',
      bought: 1,
      boughtAt: '2026-03-12 00:00:00.000',
    },
    { email: 'early@example.com', source: 'site', enteredAt: '2026-02-01 00:00:00.000', bought: 0 },
    // A conversion of ours stays as it was recorded.
    {
      email: 'ours@example.com',
      enteredAt: '2026-02-01 00:00:00.000',
      boughtAt: '2026-03-10 12:05:00.000',
      payment: 8,
    },
  ]);
  expect(
    await here.sql("SELECT user_id AS userId FROM funnel_entries WHERE email = 'early@example.com'"),
  ).toEqual([{ userId: 5 }]);
  await here.sync('2026-03-13T12:00:00Z');
  expect(await calls(here)).toHaveLength(before);
});

it('imports beside runs that take in the same people: one entry each, none lost', async () => {
  const here = await installed();
  const emails = await takeTests(here, 3_000);
  const { people } = mergeOldEntries(
    emails.map((rawEmail, n) => oldRow({ id: n + 1, rawEmail, purchased: n % 2 === 0 })).toReversed(),
    { importedAt },
  );
  await here.startWorker();
  const imports = () => writeImport(here.ours, { people, runId: randomUUID() });
  const outcomes = await Promise.all([here.sync(NOW), imports(), imports()]);
  const counts = await here.sql(
    `SELECT COUNT(*) AS entries, COUNT(DISTINCT email) AS people, SUM(certificate_purchased) AS buyers,
       SUM(entered_at = '2025-10-01') AS dated FROM funnel_entries`,
  );
  expect(counts).toMatchObject([{ entries: 3_000, people: 3_000, buyers: '1500', dated: '3000' }]);
  const entered = outcomes[0].entered.language;
  expect(entered + outcomes[1].imported.language + outcomes[2].imported.language).toBe(3_000);
  const told = await here.sql(
    `SELECT COUNT(*) AS changes FROM funnel_entries e JOIN brevo_changes c ON c.change_key = CONCAT('entry:', e.id)
     WHERE (e.source = 'import') = (c.attempts = 0) AND c.state = 'accepted'`,
  );
  expect(told).toEqual([{ changes: 3_000 }]);
});

const from = (url: string, ...more: readonly string[]) => ['import', '--from', url, ...more];

it('refuses what cannot be the old table, and to write in a dry run, without repeating a password', async () => {
  const here = await installed();
  const old = await oldTool();
  const admin = inject('mysqlAdminUrl');
  const wrong = old.url.replace(/:[^:@]+@/, ':sesame@');
  const ours = here.env.DATABASE_URL ?? '';
  const elsewhere = { ...here.env, DATABASE_URL: `${admin}elsewhere` };
  const refusals = [
    [2, "Sluice's own database", here.env, from(ours)],
    [1, "Sluice's own, not the old tool's", elsewhere, from(ours)],
    [2, 'not a usable URL', here.env, from('sesame')],
    [2, 'names no database', here.env, from(admin)],
    [1, 'no table funnel_entries', here.env, ['import']],
    [1, 'ER_ACCESS_DENIED_ERROR', here.env, from(wrong)],
    [2, '"Mars/Base" is not an IANA time zone', here.env, from(old.url, '--timezone', 'Mars/Base')],
    [
      1,
      'nothing is written while APP_DRY_RUN is true',
      { ...here.env, APP_DRY_RUN: 'true' },
      from(old.url, '--yes'),
    ],
  ] as const;
  const results = await Promise.all(refusals.map(([, , env, args]) => sluice(env, 'entries', ...args)));
  for (const [place, [code, message]] of refusals.entries()) {
    expect(results[place]).toMatchObject({ code, stdout: '' });
    expect(results[place]?.stderr).toContain(message);
    expect(results[place]?.stderr).not.toContain('sesame');
  }
});
