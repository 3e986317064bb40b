import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { loadSettings } from '../config.ts';
import { messageOf } from '../domain/errors.ts';
import { loadCampaigns } from '../workers/campaign-catalogue.ts';
import { news, openStage, times, writeCampaigns } from './support/campaigns/stage.ts';
import { sluice } from './support/command.ts';
import { until } from './support/installation.ts';
import { writeCatalogue } from './support/own-temporal.ts';
import { scratchFolder } from './support/scratch.ts';

it('shows whom a campaign would reach, when, and who is left out why, and writes nothing', async () => {
  const stage = await openStage([news({ send: { at: '2027-01-04T09:00', zone: 'recipient' } })]);
  const ids = await stage.people([
    ...times(4, () => ({ timezone: 'Europe/Berlin' })),
    { timezone: 'America/New_York' },
    { consent: 'unknown' },
    { erased: true },
    {},
  ]);
  await stage.suppress(`person${ids.at(-1)}@example.com`, 'hard_bounce');
  const shown = await sluice(stage.env, 'campaigns', 'start', 'news', '--dry-run', '--json', '--limit', '8');
  expect(shown.stderr).toBe('');
  const found = JSON.parse(shown.stdout) as Record<string, unknown> & { recipients: unknown[] };
  expect(found).toMatchObject({
    campaign: 'news',
    people: 7,
    mails: 5,
    leftOut: { no_consent: 1, suppressed_hard_bounce: 1 },
    due: [
      { at: '2027-01-04T08:00:00.000Z', mails: 4 },
      { at: '2027-01-04T14:00:00.000Z', mails: 1 },
    ],
  });
  expect(found.recipients).toHaveLength(7);
  expect(shown.stdout).not.toContain('person1@');
  const text = await sluice(stage.env, 'campaigns', 'start', 'news', '--dry-run');
  expect(text.stdout).toContain('news: 5 of 7 people would get a mail');
  expect(text.stdout).toContain('1  suppressed_hard_bounce');
  expect(await stage.sql('SELECT id FROM campaign_runs')).toEqual([]);
  expect(await stage.sql('SELECT id FROM messages')).toEqual([]);
});

it('starts, shows, pauses, resumes and cancels a run; the same name is one run', async () => {
  const stage = await openStage([news({ send: { at: '2099-01-01T09:00', zone: 'recipient' } })]);
  await stage.people([...times(9, () => ({})), { consent: 'withdrawn' }]);
  await stage.startWorker();
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await sluice(stage.env, 'campaigns', ...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  };
  const unasked = await sluice(stage.env, 'campaigns', 'start', 'news', '--name', 'one');
  expect(unasked).toMatchObject({ code: 2, stdout: '' });
  const started = JSON.parse(await run('start', 'news', '--name', 'one', '--yes', '--json')) as {
    run: number;
  };
  expect(started).toMatchObject({ isNew: true, workflowId: 'campaign/news/one' });
  expect(JSON.parse(await run('start', 'news', '--name', 'one', '--yes', '--json'))).toMatchObject({
    isNew: false,
    run: started.run,
  });
  const number = String(started.run);
  const stateIs = (state: string) =>
    until(`it is ${state}`, async () => {
      const [row] = await stage.sql<{ state: string }>('SELECT state FROM campaign_runs');
      return row?.state === state;
    });
  await until('all is written down', async () => (await stage.ledger()).prepared === 9);
  expect(await run('show', number)).toContain('prepared           9');
  await run('pause', number);
  await stateIs('paused');
  await run('resume', number);
  await stateIs('running');
  const recipients = JSON.parse(await run('recipients', number, '--state', 'withheld', '--json')) as {
    recipients: readonly { reason: string }[];
  };
  expect(recipients.recipients).toMatchObject([{ reason: 'consent_withdrawn', email: 'p***@example.com' }]);

  // Its workflow is ended from outside: the run is still there, and goes on.
  await stage.client.workflow.getHandle('campaign/news/one').terminate();
  const gone = await sluice(stage.env, 'campaigns', 'pause', number);
  expect(gone.stderr).toContain(`sluice campaigns resume ${number}`);
  await run('resume', number);
  await run('cancel', number, '--yes');
  await stateIs('cancelled');
  expect(await stage.ledger()).toEqual({ 'withheld cancelled': 9, 'withheld consent_withdrawn': 1 });
  expect(await sluice(stage.env, 'campaigns', 'resume', number)).toMatchObject({ code: 1 });
  expect(await run('list')).toContain('cancelled');
}, 180_000);

it('runs once for each slot of a schedule, as of it', async () => {
  const id = `news-${randomUUID()}`;
  const body = `export const it = defineSchedule({ id: '${id}', when: manual(), timezone: 'UTC', overlap: 'allowAll',
    catchUp: 'skip', note: 'News.', start: { workflow: 'campaign', args: [{ campaign: 'news' }] } });`;
  const stage = await openStage([news()], { env: { SCHEDULE_CATALOGUE: writeCatalogue(body) } });
  await stage.people(times(3, () => ({})));
  await stage.spawnWorker();
  const schedules = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await sluice(stage.env, 'schedules', ...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as { slot: string; result: unknown };
  };
  await schedules('apply', '--yes');
  const { slot, result } = await schedules('trigger', id, '--wait');
  expect(result).toMatchObject({ state: 'completed', accepted: 3 });
  const runs = await stage.sql<{ name: string }>('SELECT name, started_by FROM campaign_runs');
  expect(runs).toEqual([{ name: `${slot.slice(0, 19)}Z`, started_by: 'schedule' }]);
  // Whoever asks for the same slot by name finds that run.
  expect(await stage.send({ campaign: 'news', name: runs[0]?.name ?? '' })).toMatchObject({
    skipped: 'already_started',
  });
  expect(await stage.taken()).toHaveLength(3);
  await schedules('delete', id, '--yes');
}, 180_000);

it('finds out at load what would keep a campaign from being sent', async () => {
  const wrong = [
    news({ id: 'no-template', template: 'nowhere' }),
    news({ id: 'no-subject', params: { headline: 'News', body_text: 'There is news.' } }),
    news({ id: 'no-link', params: { ...news().params, link: 'here' } }),
    news({ id: 'service', template: 'sales-alert' }),
    news({ id: 'arm', arms: { a: { weight: 100, template: 'gone' } } }),
  ];
  const settings = loadSettings({
    env: { CAMPAIGN_CATALOGUE: writeCampaigns(wrong) },
    directory: scratchFolder(),
  });
  const problem = await loadCampaigns(settings).then(() => '', messageOf);
  for (const said of [
    'no-template: there is no template nowhere',
    'no-subject: template "campaign-plain" cannot be rendered: no value for subject_line',
    'no-link: template "campaign-plain" cannot be rendered: link must be',
    'service: template sales-alert has the scope service',
    'arm: there is no template gone',
  ])
    expect(problem).toContain(said);
  const shown = await sluice({ CAMPAIGN_CATALOGUE: writeCampaigns(wrong) }, 'campaigns', 'list');
  expect(shown).toMatchObject({ code: 1, stdout: '' });
});

it('comes with campaigns that can be sent', async () => {
  const campaigns = await loadCampaigns(loadSettings({ env: {}, directory: scratchFolder() }));
  expect(campaigns.map(({ id }) => id)).toEqual(['autumn-workshop']);
});
