import { expect, it } from 'vitest';
import { news, openStage, times } from './support/campaigns/stage.ts';
import { gatewayHome, post } from './support/gateway.ts';
import { until } from './support/installation.ts';

it('starts once for the same event, however often and wherever it is posted', async () => {
  const stage = await openStage([news({ isManual: true })]);
  await stage.people(times(3, () => ({})));
  await stage.startWorker();
  const gateways = await gatewayHome({
    databaseUrl: stage.settings.databaseUrl ?? '',
    env: { TEMPORAL_TASK_QUEUE: stage.settings.temporal.taskQueue },
  });
  const doors = await Promise.all([gateways.open(), gateways.open()]);
  const timestamp = new Date().toISOString();
  const published = {
    type: 'campaign.published',
    timestamp,
    resource: 'campaign.news',
    data: { campaign_id: 'news' },
  };
  const answers = await Promise.all(
    times(20, (index) => post(doors[index % 2]?.url ?? '', published, { id: 'published-1' })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const isOver = (runs: number) => async () =>
    (await stage.sql("SELECT id FROM campaign_runs WHERE state = 'completed'")).length === runs;
  await until('the campaign is over', isOver(1));
  expect(await stage.taken()).toHaveLength(3);

  // By hand, without a name: the campaign that is meant for it.
  const now = { type: 'trigger.now', timestamp, resource: 'campaign.manual', data: {} };
  await Promise.all(times(5, () => post(doors[0]?.url ?? '', now, { id: 'now-1' })));
  await until('the second run is over', isOver(2));
  expect(await stage.taken()).toHaveLength(6);
  const other = { ...now, resource: 'campaign.manual.not' };
  expect((await post(doors[0]?.url ?? '', other)).status).toBe(202);
  expect(await stage.sql('SELECT started_by FROM campaign_runs')).toEqual([
    { started_by: 'event' },
    { started_by: 'event' },
  ]);
});

it('joins the run that is under way when a campaign is published a second time', async () => {
  const stage = await openStage([news({ rate: { most: 20, per: 'second' } })]);
  await stage.people(times(40, () => ({})));
  await stage.startWorker();
  const first = await stage.start({ campaign: 'news', name: 'event-1', eventId: 1 });
  await stage.untilTaken(1);
  const second = await stage.send({ campaign: 'news', name: 'event-2', eventId: 2 });
  expect(second).toMatchObject({ skipped: 'already_started', by: first.workflowId });
  await first.result();
  expect(await stage.taken()).toHaveLength(40);
  expect(await stage.send({ campaign: 'news', name: 'event-3', eventId: 3 })).toMatchObject({ accepted: 40 });
});

it('starts once for each name, whoever asks', async () => {
  const stage = await openStage([news()]);
  await stage.people(times(3, () => ({})));
  await stage.startWorker();
  const results = await Promise.all(times(5, () => stage.send({ campaign: 'news', name: 'spring' })));
  expect(results.filter((one) => 'state' in one)).toHaveLength(1);
  expect(results.filter((one) => 'skipped' in one)).toHaveLength(4);
  expect(await stage.taken()).toHaveLength(3);
});

it('does not let people who wait for their cap hold up the others, and mails them when they may', async () => {
  const stage = await openStage([news({ cap: { most: 1, inHours: 1 } })]);
  const ids = await stage.people(times(520, () => ({})));
  // The first one had a mail an hour ago, but for some seconds.
  await stage.mailedBefore(ids[0] ?? 0, { secondsAgo: 3_575 });
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(519);
  expect(await stage.ledger()).toEqual({ accepted: 519, 'prepared frequency_cap': 1 });
  expect(await handle.result()).toMatchObject({ accepted: 520 });
}, 120_000);

it('counts only, and writes nothing, where the worker runs dry', async () => {
  const stage = await openStage([news()], { env: { APP_DRY_RUN: 'true' } });
  await stage.people([{}, {}, { consent: 'unknown' }]);
  await stage.startWorker();
  expect(await stage.send()).toMatchObject({
    dryRun: true,
    survey: { people: 3, mails: 2, leftOut: { no_consent: 1 } },
  });
  expect(await stage.sql('SELECT id FROM campaign_runs')).toEqual([]);
  expect(await stage.ledger()).toEqual({});
});

it('goes on as a new run when its history is long, and forgets nothing', async () => {
  const stage = await openStage([news({ rate: { most: 5, per: 'second' }, cap: { most: 1, inHours: 1 } })]);
  const ids = await stage.people(times(60, () => ({})));
  // One waits, so that the run is not over when its first pages are.
  await stage.mailedBefore(ids[0] ?? 0, { secondsAgo: 3_570 });
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(1);
  const { runId } = await handle.describe();
  const latest = stage.client.workflow.getHandle(handle.workflowId);
  for (let sent = 0; sent < 4_400; sent += 100) await Promise.all(times(100, () => stage.resume(latest)));
  expect(await handle.result()).toMatchObject({ state: 'completed', people: 60, accepted: 60 });
  expect((await latest.describe()).runId).not.toBe(runId);
  expect(await stage.taken()).toHaveLength(60);
}, 120_000);
