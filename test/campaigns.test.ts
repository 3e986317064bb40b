import { expect, it } from 'vitest';
import type { CampaignOptions } from '../domain/campaigns/definition.ts';
import { news, openStage, times, writeCampaigns } from './support/campaigns/stage.ts';
import { sluice } from './support/command.ts';
import { until } from './support/installation.ts';
import { SANDBOX_KEY } from './support/sandbox-client.ts';

/** Slow enough to be interrupted. */
const SLOW: Partial<CampaignOptions> = { rate: { most: 20, per: 'second' } };

it('sends one mail to each who may get it, and writes down who may not, with the reason', async () => {
  const arms = {
    short: { weight: 50, params: { subject_line: 'Short' } },
    long: { weight: 40 },
    holdout: { weight: 10 },
  };
  const stage = await openStage([news({ arms })]);
  const ids = await stage.people([
    ...times(700, () => ({})),
    { consent: 'unknown' },
    { consent: 'withdrawn' },
    { erased: true },
    {},
  ]);
  await stage.suppress(`person${ids.at(-1)}@example.com`, 'unsubscribed');
  await stage.startWorker();
  const result = await stage.send();
  const ledger = await stage.ledger();
  const holdout = ledger['withheld holdout'] ?? 0;
  expect(holdout).toBeGreaterThan(30);
  expect(ledger).toEqual({
    accepted: 700 - holdout,
    'withheld holdout': holdout,
    'withheld no_consent': 1,
    'withheld consent_withdrawn': 1,
    'withheld suppressed_unsubscribed': 1,
  });
  expect(result).toMatchObject({
    state: 'completed',
    people: 703,
    accepted: 700 - holdout,
    withheld: holdout + 3,
  });
  const taken = await stage.taken();
  expect(taken).toHaveLength(700 - holdout);
  expect(new Set(taken).size).toBe(taken.length);
  // The arm that was drawn is the mail that went out.
  const subjects = (await stage.sandbox.control.mails()).map(({ subject }) => subject);
  const [drawn] = await stage.sql<{ n: number }>(
    "SELECT COUNT(*) AS n FROM exposures e JOIN messages m USING (contact_id) WHERE e.experiment = 'campaign/news' AND e.arm = 'short' AND m.state = 'accepted'",
  );
  expect(subjects.filter((subject) => subject === 'Short')).toHaveLength(drawn?.n ?? -1);
});

it('sends nothing while it is paused, and goes on where it was', async () => {
  const stage = await openStage([news(SLOW)]);
  await stage.people(times(60, () => ({})));
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(5);
  await stage.pause(handle);
  await until('it is paused', async () => (await stage.state(handle)) === 'paused');
  const before = await stage.taken();
  expect(before.length).toBeLessThan(60);
  expect(await stage.sql('SELECT state, reason FROM campaign_runs')).toEqual([
    { state: 'paused', reason: 'operator' },
  ]);
  expect((await stage.ledger()).sending).toBeUndefined();
  expect(await stage.taken()).toEqual(before);
  await stage.resume(handle);
  expect(await handle.result()).toMatchObject({ state: 'completed', accepted: 60 });
  expect(new Set(await stage.taken()).size).toBe(60);
  expect(await stage.taken()).toHaveLength(60);
});

it('withholds what was not sent when it is cancelled, and counts everybody', async () => {
  const stage = await openStage([news(SLOW)]);
  await stage.people(times(60, () => ({})));
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(5);
  await stage.cancel(handle);
  const result = await handle.result();
  const { length: sent } = await stage.taken();
  expect(result).toMatchObject({ state: 'cancelled', people: 60, accepted: sent, withheld: 60 - sent });
  expect(await stage.ledger()).toEqual({ accepted: sent, 'withheld cancelled': 60 - sent });
  expect(sent).toBeLessThan(60);
});

it('is cancelled by Temporal as it is by hand', async () => {
  const stage = await openStage([news({ send: { at: '2099-01-01T09:00', zone: 'recipient' } })]);
  await stage.people(times(10, () => ({})));
  await stage.startWorker();
  const handle = await stage.start();
  await until('all is written down', async () => (await stage.ledger()).prepared === 10);
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ state: 'cancelled', withheld: 10 });
  expect(await stage.taken()).toEqual([]);
});

it('keeps its rate over the whole campaign', async () => {
  const stage = await openStage([news({ rate: { most: 20, per: 'second' } })]);
  await stage.people(times(60, () => ({})));
  await stage.startWorker();
  expect(await stage.send()).toMatchObject({ accepted: 60 });
  const rows = await stage.sql<{ at: string }>(
    'SELECT UNIX_TIMESTAMP(first_tried_at) * 1000 AS at FROM messages ORDER BY first_tried_at',
  );
  const at = rows.map((row) => Number.parseFloat(row.at));
  // Any 21 mails take a second, but for how exactly a claim follows its turn.
  const spans = at.slice(20).map((time, index) => time - (at[index] ?? 0));
  expect(Math.min(...spans)).toBeGreaterThan(700);
});

it('asks again for consent when a mail goes out, and never mails who was erased meanwhile', async () => {
  const stage = await openStage([news({ rate: { most: 10, per: 'second' } })]);
  const ids = await stage.people(times(30, () => ({})));
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(1);
  const [withdrawn, erased] = [ids.at(-1) ?? 0, ids.at(-2) ?? 0];
  await stage.ours.pool.query("UPDATE contacts SET consent = 'withdrawn' WHERE id = ?", [withdrawn]);
  const { code, stderr } = await sluice(
    stage.env,
    'contacts',
    'erase',
    `person${erased}@example.com`,
    '--yes',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await handle.result()).toMatchObject({ accepted: 28, withheld: 2 });
  expect(await stage.ledger()).toEqual({
    accepted: 28,
    'withheld consent_withdrawn': 1,
    'withheld erased': 1,
  });
  const taken = await stage.taken();
  expect(taken).not.toContain(`person${withdrawn}@example.com`);
  expect(taken).not.toContain(`person${erased}@example.com`);
  const rows = await stage.sql<{ row: string }>(
    "SELECT CONCAT_WS(' ', email, params, message_key) AS `row` FROM messages",
  );
  expect(rows.filter(({ row }) => row.includes(`person${erased}@`))).toEqual([]);
});

it('pauses with the reason when Brevo refuses the key, loses nothing, and goes on when it is resumed', async () => {
  const stage = await openStage([news(SLOW)]);
  await stage.people(times(40, () => ({})));
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(3);
  await stage.sandbox.control.setKeys(['another']);
  await until('it is paused', async () => (await stage.state(handle)) === 'paused');
  const [run] = await stage.sql<{ state: string; reason: string }>('SELECT state, reason FROM campaign_runs');
  expect(run).toEqual({ state: 'paused', reason: 'brevo_key_refused' });
  await stage.sandbox.control.setKeys([SANDBOX_KEY]);
  await stage.resume(handle);
  expect(await handle.result()).toMatchObject({ state: 'completed', accepted: 40 });
  expect(new Set(await stage.taken()).size).toBe(40);
  expect(await stage.taken()).toHaveLength(40);
});

it('goes on with its own definition when the campaign is taken out of the catalogue', async () => {
  const stage = await openStage([news(SLOW)]);
  await stage.people(times(40, () => ({})));
  const worker = await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(3);
  await worker.stop();
  await stage.startWorker({ CAMPAIGN_CATALOGUE: writeCampaigns([news({ id: 'other' })]) });
  expect(await handle.result()).toMatchObject({ state: 'completed', accepted: 40 });
  expect(await stage.taken()).toHaveLength(40);
});
