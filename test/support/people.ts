import { expect } from 'vitest';
import { type Installation, install, LANGUAGE_LIST } from './installation.ts';

export const NOW = '2026-03-10T12:00:00Z';
export const LANGUAGE_TEST = 101;
export const OTHER_TEST = 201;

/** An installation whose site has one language test, one other test and certificates for both. */
export async function installed(options: Parameters<typeof install>[0] = {}): Promise<Installation> {
  const installation = await install(options);
  await installation.site.insertLanguages([{ Id: 1 }]);
  await installation.site.insertTests([
    { newid: 1, Id: LANGUAGE_TEST, LangId: 1 },
    { newid: 2, Id: OTHER_TEST, LangId: 0 },
  ]);
  await installation.site.insertCertificateTests([
    { id: 1, type: 1 },
    { id: 2, type: 2 },
  ]);
  return installation;
}

interface Taken {
  readonly email: string | null;
  /** Naive, as the site writes it. */
  readonly at: string;
  readonly testId?: number | null;
  readonly id?: number;
  readonly status?: number | null;
}

/** A sitting of the language test, unless told otherwise. */
export async function takesTest(
  { site }: Installation,
  { email, at, testId = LANGUAGE_TEST, id, status }: Taken,
): Promise<void> {
  await site.insertSittings([
    {
      Email: email,
      TestId: testId,
      Datep: at,
      ...(id === undefined ? {} : { Id: id }),
      ...(status === undefined ? {} : { Status: status }),
    },
  ]);
}

/** `count` people, person1@… to personN@…, a second apart. */
export async function takeTests({ site }: Installation, count: number): Promise<readonly string[]> {
  const emails = Array.from({ length: count }, (_, n) => `person${n + 1}@example.com`);
  const start = Date.parse('2026-03-01T00:00:00Z');
  await site.insertSittings(
    emails.map((Email, n) => ({ Email, TestId: LANGUAGE_TEST, Datep: new Date(start + n * 1000) })),
  );
  return emails;
}

interface Bought {
  readonly id: number;
  readonly email: string;
  readonly at: string;
  /** 1 = language, 2 = other. */
  readonly type?: number;
}

/** A paid certificate with a chain of its own. */
export async function buys({ site }: Installation, { id, email, at, type = 1 }: Bought): Promise<void> {
  await site.insertCertificateUsers([{ id, email }]);
  await site.insertCertificateResults([{ id, id_user: id, id_test: type }]);
  await site.insertPayments([{ id, id_result: id, id_status: 2, datetime_payment: at }]);
}

/** Everybody is in the list, every change is settled, and Brevo accepted one change for each, imports counted by contact. */
export async function expectEverybodyOnce(
  { sandbox, sql }: Installation,
  emails: readonly string[],
): Promise<void> {
  const contacts = await sandbox.control.contacts({ list: LANGUAGE_LIST, limit: 100_000 });
  expect(contacts.length).toBe(emails.length);
  expect(new Set(contacts.map(({ email }) => email))).toEqual(new Set(emails));
  expect(await sql("SELECT id FROM brevo_changes WHERE state <> 'accepted'")).toEqual([]);
  const posts = await sandbox.control.ledger({ method: 'POST', accepted: true, limit: 100_000 });
  expect(posts.reduce((sum, { emailCount }) => sum + emailCount, 0)).toBe(emails.length);
}
