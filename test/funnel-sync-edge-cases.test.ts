import { expect, it } from 'vitest';
import { edgeCaseSite } from '../local/demo-site/edge-cases.ts';
import { install, LANGUAGE_LIST, OTHER_LIST } from './support/installation.ts';

const T0 = '2025-12-01T12:00:00Z';

function row(email: string, funnel: string, enteredAt: string): string {
  return `('${email}', '${funnel}', '${enteredAt}', 'in_brevo', 'import')`;
}

/** People whom an earlier tool, or an earlier run, took in; by the same rules. */
async function withEarlierEntries(installation: Awaited<ReturnType<typeof install>>): Promise<void> {
  const stale = Array.from({ length: 150 }, (_, n) =>
    row(`stale${n + 1}@example.com`, 'language', '2024-03-01 00:00:00'),
  );
  await installation.sql(
    `INSERT INTO funnel_entries (email, funnel_type, entered_at, state, source) VALUES ${[
      row('existing@example.com', 'language', '2025-10-01 00:00:00'),
      row('existing2@example.com', 'language', '2025-10-01 00:00:00'),
      row('zero@example.com', 'language', '2025-11-20 00:00:00'),
      row('late-buyer@example.com', 'language', '2025-11-30 00:00:00'),
      row('olddup@example.com', 'language', '2025-11-01 00:00:00'),
      ...stale,
    ].join(', ')}`,
  );
}

it.each([
  { site: 'a utf8mb3 site', schema: { charset: 'utf8mb3', collation: 'utf8mb3_general_ci' } },
  {
    site: 'a utf8mb4 site without indexes',
    schema: { charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci', indexes: 'none' },
  },
] as const)('takes the edge cases of $site as the rules say', async ({ schema }) => {
  const installation = await install({ schema });
  const { site, sandbox, sql } = installation;
  await site.insert(edgeCaseSite(new Date(T0)));
  await withEarlierEntries(installation);
  await sandbox.control.seed({ contacts: [{ email: 'unsub@example.com', emailBlacklisted: true }] });
  await installation.startWorker();

  const result = await installation.sync(T0);

  const entries = await sql<{ email: string; funnel_type: string; user_id: number; test_id: number }>(
    "SELECT email, funnel_type, user_id, test_id FROM funnel_entries WHERE source = 'site' ORDER BY tested_at, user_id",
  );
  const people = entries.map(({ email, funnel_type }) => `${email} ${funnel_type}`);
  expect(people).toEqual(
    expect.arrayContaining([
      'boris@example.com language',
      'edge-in@example.com language',
      'iq@example.com non_language',
      'both@example.com language',
      'unfinished@example.com language',
      "o'hara+tag@example.com language",
      'unsub@example.com language',
      'tie-a@example.com language',
      'tie-b@example.com language',
      'tie-c@example.com language',
      'bulk01@example.com language',
      'bulk30@example.com language',
    ]),
  );
  expect(new Set(people).size).toBe(people.length);
  for (const absent of [
    'edge-out',
    'future',
    'nodate',
    'zerodate',
    'dangling',
    'ghost',
    'nulltest',
    'early-buyer',
    'existing',
  ]) {
    expect(people.filter((one) => one.startsWith(absent))).toEqual([]);
  }
  // Bought non-language before entering that funnel, and language not at all.
  expect(people).not.toContain('both@example.com non_language');
  // Anna bought language at 11:00, before this run could take her in.
  expect(people).not.toContain('anna@example.com language');
  // Both texts that differ from each other by an umlaut only: one cannot go to Brevo, the other has bought.
  expect(people.filter((one) => one.includes('ller@example.de'))).toEqual([]);

  const held = await sql<{ sitting_id: number; reason: string }>(
    'SELECT sitting_id, reason FROM quarantine ORDER BY sitting_id',
  );
  const reasonOf = new Map(held.map((row) => [row.sitting_id, row.reason]));
  for (const id of [6, 7, 8, 9]) expect(reasonOf.get(id)).toBe('no_email');
  for (const id of [10, 11, 29, 30]) expect(reasonOf.get(id)).toBe('invalid_email');
  for (const id of [25, 27]) expect(reasonOf.get(id)).toBe('unsupported_email');
  expect(reasonOf.get(18)).toBe('unclassified_test');
  for (const id of [19, 20]) expect(reasonOf.get(id)).toBe('unknown_test');
  for (const id of [1, 2, 3, 22, 24, 26]) expect(reasonOf.get(id)).toBe('already_customer');
  for (const id of [13, 14, 15, 16]) expect(reasonOf.has(id)).toBe(false);

  // Purchases since entering, found behind 150 older entries; each converted once.
  const converted = await sql<{ email: string; payment: number; at: string }>(
    'SELECT email, purchase_payment_id AS payment, certificate_purchased_at AS at FROM funnel_entries WHERE certificate_purchased = 1 ORDER BY email',
  );
  expect(converted).toEqual([
    { email: 'late-buyer@example.com', payment: 1014, at: '2025-12-01 11:45:00.000' },
    { email: 'olddup@example.com', payment: 1015, at: '2025-11-26 00:00:00.000' },
    { email: 'zero@example.com', payment: 1008, at: '2025-11-25 00:00:00.000' },
  ]);
  expect(result.converted).toEqual({ language: 3, non_language: 0 });

  // Brevo holds what the rules say.
  const boris = await sandbox.control.contact('boris@example.com');
  expect(boris.contact?.listIds).toEqual([LANGUAGE_LIST]);
  expect(boris.contact?.attributes).toMatchObject({ FUNNEL_TYPE: 'language' });
  const iq = await sandbox.control.contact('iq@example.com');
  expect(iq.contact?.listIds).toEqual([OTHER_LIST]);
  const buyer = await sandbox.control.contact('late-buyer@example.com');
  expect(buyer.contact?.listIds).toEqual([]);
  expect(buyer.contact?.attributes).toMatchObject({
    FUNNEL_TYPE: 'language',
    CERTIFICATE_PURCHASED: true,
    CERTIFICATE_PURCHASED_AT: '2025-12-01',
  });
  const unsub = await sandbox.control.contact('unsub@example.com');
  expect(unsub.contact).toMatchObject({ emailBlacklisted: true, listIds: [LANGUAGE_LIST] });
  expect(result.brevo).toMatchObject({ state: 'done', rejected: 0, pending: 0, accepted: people.length + 3 });

  // Once more: nothing new, nothing twice.
  const again = await installation.sync('2025-12-01T12:15:00Z');
  expect(again.entered).toEqual({ language: 0, non_language: 0 });
  expect(again.quarantined).toEqual({});
  expect(again.brevo.accepted).toBe(0);

  // A payment that turns paid is found by the run after; Boris entered at T0 and bought at 12:30.
  await installation.siteSql(
    "UPDATE modx_cert_payment SET id_status = 2, datetime_payment = '2025-12-01 12:30:00' WHERE id = 1002",
  );
  const later = await installation.sync('2025-12-01T12:45:00Z');
  expect(later.converted).toEqual({ language: 1, non_language: 0 });
  expect((await sandbox.control.contact('boris@example.com')).contact?.attributes).toMatchObject({
    CERTIFICATE_PURCHASED: true,
  });
});
