import { expect, it } from 'vitest';
import { visibleText } from '../cli/visible-text.ts';
import { sluice } from './support/command.ts';
import type { Installation } from './support/installation.ts';
import { buys, installed, takesTest } from './support/people.ts';

const DAY_MS = 86_400_000;
const naive = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
const yesterday = naive(Date.now() - DAY_MS);

const held = (here: Installation) =>
  here.sql<{ sitting: number; reason: string; fingerprint: string }>(
    'SELECT sitting_id AS sitting, reason, fingerprint FROM quarantine WHERE resolved_at IS NULL ORDER BY sitting_id',
  );

/** A sitting of a test that does not exist (1), one without an address (2), and one long ago (3). */
async function withHeldSittings(options: Parameters<typeof installed>[0] = {}): Promise<Installation> {
  const here = await installed(options);
  await takesTest(here, { id: 1, email: 'ann@example.com', at: yesterday, testId: 900 });
  await takesTest(here, { id: 2, email: '\u001b[31m\u202e  ', at: yesterday });
  await takesTest(here, { id: 3, email: null, at: '2026-03-05 10:00:00' });
  await here.startWorker();
  await here.sync('2026-03-10T12:00:00Z');
  await here.sync();
  return here;
}

it('lists what is held: reasons in words, texts that cannot steer the terminal, what is too old', async () => {
  const here = await withHeldSittings();
  const list = await sluice(here.env, 'quarantine', 'list');
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toContain('"ann@example.com"');
  expect(list.stdout).toContain('the test does not exist in the table of tests');
  expect(list.stdout).toContain('"\\u{1b}[31m\\u{202e}  "');
  for (const unseen of ['\u001b', '\u202e']) expect(list.stdout).not.toContain(unseen);
  expect(list.stdout).toMatch(/2026-03-05 10:00:00Z \*/);
  expect(list.stdout).toContain('more than 30 days ago');
  expect(list.stdout).toMatch(/1 {2}no_email: /);

  const one = await sluice(here.env, 'quarantine', 'list', '--reason', 'no_email', '--limit', '5', '--json');
  expect(JSON.parse(one.stdout)).toMatchObject({
    counts: { no_email: 1, invalid_email: 1, unknown_test: 1 },
    sittings: [{ sittingId: 3, email: null, inLookback: false, testedAt: '2026-03-05T10:00:00.000Z' }],
  });
});

it('replays by reason: a customer whose payment was withdrawn is looked at again and enters', async () => {
  const here = await installed();
  await takesTest(here, { id: 1, email: 'ann@example.com', at: yesterday });
  await buys(here, { id: 1, email: 'ann@example.com', at: yesterday });
  await here.startWorker();
  await here.sync();
  await here.siteSql('UPDATE modx_cert_payment SET id_status = 3');
  // Her sitting is as it was, so no run looks at it by itself.
  expect((await here.sync()).entered.language).toBe(0);
  expect(await held(here)).toMatchObject([{ sitting: 1, reason: 'already_customer' }]);

  const replay = await sluice(
    here.env,
    'quarantine',
    'replay',
    '--reason',
    'already_customer',
    '--run',
    '--json',
  );
  expect(replay).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(replay.stdout)).toMatchObject({
    dryRun: false,
    sittings: 1,
    outsideLookback: 0,
    run: { entered: { language: 1 } },
  });
  expect(await held(here)).toEqual([]);
});

it('forgets the verdict and the hour of each sitting, so that a run reads it again', async () => {
  const here = await withHeldSittings({ env: { SITE_TIMEZONE: 'Europe/Berlin' } });
  const hours = () => here.sql<{ hour: string }>('SELECT hour FROM judged_hours');
  const hour = yesterday.slice(0, 13);
  expect(await hours()).toContainEqual({ hour });
  const replay = await sluice(here.env, 'quarantine', 'replay', '--sitting', '1', '3', '77');
  expect(replay.code).toBe(0);
  expect(replay.stdout).toContain('the next run looks at 1 sittings again');
  expect(replay.stdout).toContain('1 lie outside SITE_LOOKBACK_DAYS');
  expect(replay.stdout).toContain('not held: 77');
  expect(replay.stdout).toContain('sluice run funnel-sync');
  expect(await hours()).not.toContainEqual({ hour });
  expect(await held(here)).toMatchObject([
    { sitting: 1, fingerprint: '' },
    { sitting: 2, fingerprint: expect.stringMatching(/.+/) as string },
    { sitting: 3, fingerprint: '' },
  ]);
  expect((await here.sync()).quarantined).toEqual({ unknown_test: 1 });
});

it('writes nothing in a dry run and says what it would do', async () => {
  const here = await withHeldSittings();
  const before = [await held(here), await here.sql('SELECT * FROM judged_hours')];
  const replay = await sluice(
    { ...here.env, APP_DRY_RUN: 'true' },
    'quarantine',
    'replay',
    '--all',
    '--run',
    '--json',
  );
  expect(replay.code).toBe(0);
  expect(JSON.parse(replay.stdout)).toEqual({ dryRun: true, sittings: 3, outsideLookback: 1, notHeld: [] });
  expect([await held(here), await here.sql('SELECT * FROM judged_hours')]).toEqual(before);
});

it('wants to be told what to replay, with names that exist', async () => {
  const here = await installed();
  const refusals = [
    [2, 'name what to replay', ['replay']],
    [2, '--reason "nope" is not known', ['replay', '--reason', 'nope']],
    [2, '--sitting "x1" is not a whole number', ['replay', '--sitting', 'x1']],
    [2, '--all stands alone', ['replay', '--all', '--reason', 'no_email']],
    [2, '--limit "0" is not a whole number', ['list', '--limit', '0']],
    [1, 'no sitting of these is held: 5', ['replay', '--sitting', '5']],
  ] as const;
  const results = await Promise.all(refusals.map(([, , args]) => sluice(here.env, 'quarantine', ...args)));
  for (const [place, [code, message]] of refusals.entries()) {
    expect(results[place]).toMatchObject({ code, stdout: '' });
    expect(results[place]?.stderr).toContain(message);
  }
});

it('shows characters that cannot be seen as their code points and cuts long texts', () => {
  expect(visibleText('a\tb\u00a0c\u200bd\u{e0041}é☃')).toBe('a\\u{9}b\\u{a0}c\\u{200b}d\\u{e0041}é☃');
  expect(visibleText('x'.repeat(61))).toBe(`${'x'.repeat(59)}…`);
});
