import { randomInt } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { expect, it, onTestFinished } from 'vitest';
import { runLeadScoring } from '../cli/leads/run-lead-scoring.ts';
import { contactData } from '../db/contact-data.ts';
import { blankPerson } from '../db/erasure.ts';
import { journey, trigger } from '../events/triggers.ts';
import { sluice } from './support/command.ts';
import { gatewayHome, post } from './support/gateway.ts';
import { type Installation, install, until } from './support/installation.ts';
import { addLeads, enthusiasm, hour, leadDatabase, scoreUpTo, written } from './support/leads.ts';

const APART = 20_001;

const score = ({ client, settings }: Installation, at: Date) =>
  runLeadScoring(client, { settings, asOf: at.toISOString() });

/** The same people with the same past, scored without any trouble. */
async function untroubled(leads: Parameters<typeof addLeads>[1], hours: readonly number[]) {
  const database = await leadDatabase();
  await addLeads(database, leads);
  for (const at of hours) await scoreUpTo(database, hour(at));
  return written(database);
}

const crowd = (size: number, apart = 1) =>
  Array.from({ length: size }, (_, index) => ({
    id: 1 + index * apart,
    did: index % 3 === 0 ? enthusiasm(hour(0.5)) : [{ what: 'opened' as const, at: hour(1) }],
  }));

it('scores an hour through Temporal, and says when it is done already', async () => {
  const here = await install();
  await addLeads(here.ours, crowd(6));
  await here.startWorker();
  await score(here, hour(1));
  await score(here, hour(2));
  expect(await score(here, new Date(hour(3).getTime() + 59 * 60_000))).toMatchObject({
    status: 'scored',
    mode: 'normal',
    hour: hour(3).toISOString(),
    lastHour: hour(2).toISOString(),
    hours: 1,
    scored: 6,
    becameHot: 2,
    becameCold: 0,
  });
  const before = await written(here.ours);
  expect(await score(here, hour(3))).toMatchObject({
    status: 'already_scored',
    lastHour: hour(3).toISOString(),
  });
  expect(await score(here, hour(1))).toMatchObject({ status: 'already_scored' });
  expect(await written(here.ours)).toEqual(before);
});

it('works a backlog of three hours before its own, and none after 1 h 59', async () => {
  const here = await install();
  await addLeads(here.ours, crowd(4));
  await here.startWorker();
  await score(here, hour(1));
  const late = new Date(hour(1).getTime() + 119 * 60_000);
  expect(await score(here, late)).toMatchObject({ mode: 'normal', hours: 1, fadeHours: 0 });
  expect(await score(here, hour(5))).toMatchObject({ mode: 'backlog', hours: 3, fadeHours: 0 });
  expect(await written(here.ours)).toEqual(await untroubled(crowd(4), [1, 2, 3, 4, 5]));
});

it('refuses to score the future, which would leave the hours before it out', async () => {
  const here = await install();
  await here.startWorker();
  const tomorrow = new Date(Date.now() + 86_400_000);
  await expect(score(here, tomorrow)).rejects.toMatchObject({ code: 'lead_scoring_in_future' });
});

it('two runs of one hour at once tell of each crossing once', async () => {
  const here = await install();
  const leads = crowd(40, APART);
  await addLeads(here.ours, leads);
  await here.startWorker();
  await score(here, hour(1));
  await Promise.all([score(here, hour(4)), score(here, hour(4)), score(here, hour(3))]);
  expect(await written(here.ours)).toEqual(await untroubled(leads, [1, 2, 3, 4]));
});

it('does no page twice and none by half when the worker is killed (-9) in the middle of one', async () => {
  const here = await install();
  const leads = crowd(12, APART);
  await addLeads(here.ours, leads);
  for (const at of [1, 2]) await scoreUpTo(here.ours, hour(at));
  // The page of the seventh has written scores and history when it waits for the person's row to note the crossing.
  const connection = await createConnection({ uri: here.settings.databaseUrl ?? '' });
  onTestFinished(() => connection.end());
  await connection.query('START TRANSACTION');
  await connection.query(`SELECT id FROM contacts WHERE id = ${1 + 6 * APART} FOR UPDATE`);
  const victim = await here.spawnWorker();
  const run = score(here, hour(3));
  await until('the page waits', async () => {
    const [row] = await here.sql<{ n: number }>(
      "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE '%FOR UPDATE%' AND info LIKE '%contacts%' AND time_ms > 300",
    );
    return (row?.n ?? 0) > 0;
  });
  victim.kill('SIGKILL');
  await connection.query('COMMIT');
  await here.startWorker();
  expect(await run).toMatchObject({ status: 'scored', scored: 12, becameHot: 4 });
  expect(await written(here.ours)).toEqual(await untroubled(leads, [1, 2, 3]));
}, 120_000);

it('loses and doubles nothing when workers are killed (-9) again and again', async () => {
  const here = await install();
  const leads = crowd(30, APART);
  await addLeads(here.ours, leads);
  await scoreUpTo(here.ours, hour(1));
  const run = score(here, hour(12));
  for (let kills = 0; kills < 2; kills += 1) {
    const victim = await here.spawnWorker();
    const [before] = await here.sql<{ hour: string }>('SELECT hour FROM lead_scoring');
    await until('it has scored some', async () => {
      const [now] = await here.sql<{ hour: string; after_contact: number }>('SELECT * FROM lead_scoring');
      return now?.hour !== before?.hour || (now?.after_contact ?? 0) > randomInt(30 * APART);
    });
    victim.kill('SIGKILL');
  }
  await here.startWorker();
  expect(await run).toMatchObject({ status: 'scored', mode: 'backlog', hours: 11 });
  expect(await written(here.ours)).toEqual(
    await untroubled(
      leads,
      Array.from({ length: 12 }, (_, index) => index + 1),
    ),
  );
}, 120_000);

it('a worker that runs dry plans and writes nothing', async () => {
  const here = await install({ env: { APP_DRY_RUN: 'true' } });
  await addLeads(here.ours, crowd(3));
  await here.startWorker();
  expect(await score(here, hour(1))).toMatchObject({ status: 'dry_run', scored: 1, changed: 1 });
  expect((await written(here.ours)).scores).toEqual([]);
});

it('lead.became_hot starts what triggers name', async () => {
  const home = await gatewayHome({
    triggers: [
      trigger({
        id: 'hot',
        on: ['lead.became_hot'],
        resource: 'lead.*',
        start: journey('lead-stage'),
      }),
    ],
  });
  await addLeads(home.database, [
    { id: 1, did: enthusiasm(hour(0.5)) },
    { id: 2, did: [{ what: 'opened', at: hour(0.5) }] },
  ]);
  for (const at of [1, 2, 3, 4]) await scoreUpTo(home.database, hour(at));
  await home.open();
  const runs = () =>
    home.sql<{ journey: string; contact_id: number }>('SELECT journey, contact_id FROM journey_runs');
  await until('the journey is entered', async () => (await runs()).length > 0);
  expect(await runs()).toEqual([{ journey: 'lead-stage', contact_id: 1 }]);
  expect(await home.sql('SELECT trigger_id, outcome FROM event_runs')).toEqual([
    { trigger_id: 'hot', outcome: 'started' },
  ]);
});

it('nobody but Sluice says that a lead became hot', async () => {
  const home = await gatewayHome({ triggers: [] });
  const { url } = await home.open();
  const event = {
    type: 'lead.became_hot',
    timestamp: new Date().toISOString(),
    resource: 'lead.1',
    data: {},
  };
  expect(await post(url, event)).toMatchObject({ status: 422 });
  const visit = {
    type: 'visitor.page_viewed',
    timestamp: new Date().toISOString(),
    resource: 'visitor.7',
    data: { email: 'sarah@example.com', page_url: 'https://example.com/pricing', duration: 65 },
  };
  expect(await post(url, visit)).toMatchObject({ status: 202 });
  expect(await post(url, { ...visit, id: 'lead-score:1:1' }, { id: 'lead-score:1:1' })).toMatchObject({
    status: 422,
  });
});

it('sluice leads shows who is hot and what it is made of, and export and erasure take all of it along', async () => {
  const here = await install({ env: { SLUICE_SECRET: 'the-secret-of-this-test-installation' } });
  await addLeads(here.ours, crowd(4));
  for (const at of [1, 2, 3]) await scoreUpTo(here.ours, hour(at));
  const list = await sluice(here.env, 'leads', 'list', '--hot', '--json');
  expect(JSON.parse(list.stdout)).toMatchObject({
    scoredAt: hour(3).toISOString(),
    counts: { hot: 2, warm: 0, cold: 2 },
    leads: [
      { email: 'lead1@example.com', score: 81, band: 'hot', points: 125 },
      { email: 'lead4@example.com', score: 81 },
    ],
  });
  const shown = await sluice(here.env, 'leads', 'show', 'Lead1@Example.com', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    score: 81,
    activity: { opens: 4, clicks: 3, replies: 2, pageViews: 5, secondsOnSite: 600, salesPageVisits: 1 },
    history: [{ score: 37 }, { score: 63 }, { score: 81 }],
    crossings: [{ direction: 'hot', number: 1, channelState: 'open' }],
  });
  const text = await sluice(here.env, 'leads', 'show', 'lead1@example.com');
  expect(text.stdout).toMatch(/81, hot[\s\S]*replies +2 +\+30 of 30[\s\S]*became hot \(63 to 81\)/);
  expect((await sluice(here.env, 'leads', 'show', 'nobody@example.com')).code).toBe(1);
  const dry = await sluice(here.env, 'run', 'lead-scoring', '--dry-run', '--as-of', hour(4).toISOString());
  expect(dry.stdout).toMatch(/4 leads, .* Nothing was written/);

  const keys = { email: 'lead1@example.com', addressHash: 'x' };
  const data = await contactData(here.ours.orm, keys);
  expect([data.leadScores, data.leadScoreHistory, data.leadCrossings].map(({ length }) => length)).toEqual([
    1, 3, 1,
  ]);
  await blankPerson(here.ours, { ...keys, now: new Date() });
  await scoreUpTo(here.ours, hour(4));
  const { scores, history, events, crossings } = await written(here.ours);
  expect([...scores, ...history].filter(({ contact_id }) => contact_id === 1)).toEqual([]);
  expect(crossings.filter(({ contact_id }) => contact_id === 1)).toHaveLength(1);
  expect(events.find(({ contact_id }) => contact_id === 1)).toMatchObject({ resource: 'erased', data: '{}' });
});
