import { expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { buys, installed, LANGUAGE_TEST, NOW, OTHER_TEST, takesTest } from './support/people.ts';

it('shows everything known of one person, in time order, whatever the spelling', async () => {
  const here = await installed();
  await takesTest(here, { id: 1, email: 'Eva@Bücher.example', at: '2026-03-01 10:00:00', testId: 900 });
  await takesTest(here, {
    id: 2,
    email: 'eva@bücher.example',
    at: '2026-03-02 10:00:00',
    testId: LANGUAGE_TEST,
  });
  await takesTest(here, {
    id: 3,
    email: 'not-eva@bücher.example',
    at: '2026-03-02 10:00:00',
    testId: OTHER_TEST,
  });
  await here.startWorker();
  await here.sync(NOW);
  await buys(here, { id: 8, email: ' eva@xn--bcher-kva.example', at: '2026-03-10 12:05:00' });
  await here.sync('2026-03-10T12:15:00Z');
  await here.siteSql('UPDATE modx_cert_payment SET id_status = 3');
  await here.sync('2026-03-10T12:30:00Z');

  const json = await sluice(here.env, 'entries', 'show', ' EVA@bücher.example', '--json');
  const shown = JSON.parse(json.stdout) as {
    readonly email: string;
    readonly known: boolean;
    readonly entries: readonly object[];
    readonly events: readonly { readonly at: string; readonly event: string }[];
  };
  expect(shown).toMatchObject({ email: 'eva@xn--bcher-kva.example', known: true });
  expect(shown.entries).toMatchObject([
    { funnel: 'language', source: 'site', sittingId: 2, brevo: 'in_brevo', purchased: true, paymentId: 8 },
  ]);
  expect(shown.events.filter(({ at }) => at < '2026-03-11').map(({ at, event }) => [at, event])).toEqual([
    ['2026-03-01T10:00:00.000Z', 'tested'],
    ['2026-03-02T10:00:00.000Z', 'tested'],
    ['2026-03-10T12:00:00.000Z', 'held'],
    ['2026-03-10T12:00:00.000Z', 'entered'],
    ['2026-03-10T12:05:00.000Z', 'bought'],
    ['2026-03-10T12:05:00.000Z', 'converted'],
    ['2026-03-10T12:30:00.000Z', 'withdrawn'],
  ]);
  // Calls to Brevo bear the time of the clock, not the run's.
  expect(shown.events.filter(({ at }) => at >= '2026-03-11').map(({ event }) => event)).toEqual([
    'change_noted',
    'change_sent',
    'change_accepted',
    'change_noted',
    'change_sent',
    'change_accepted',
  ]);
  const text = (await sluice(here.env, 'entries', 'show', 'eva@bücher.example')).stdout;
  expect(text).toContain('2026-03-10 12:00:00Z  sitting 1 put into quarantine: the test does not exist');
  expect(text).toContain('2026-03-10 12:05:00Z  converted language by payment 8');
});

it('says when nothing is known, and refuses what is no address', async () => {
  const here = await installed();
  const nobody = await sluice(here.env, 'entries', 'show', 'nobody@example.com');
  expect(nobody).toEqual({ code: 0, stdout: 'nobody@example.com: nothing known\n', stderr: '' });
  const bad = await sluice(here.env, 'entries', 'show', 'no\u001b[2Jbody');
  expect(bad).toMatchObject({ code: 2, stdout: '' });
  expect(bad.stderr).toContain('"no\\u{1b}[2Jbody" is not a valid e-mail address');
});
