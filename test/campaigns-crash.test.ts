import { expect, it, onTestFinished } from 'vitest';
import { news, openStage, times } from './support/campaigns/stage.ts';
import { until } from './support/installation.ts';
import { startOwnTemporal } from './support/own-temporal.ts';

it('mails everybody exactly once when its worker is killed (-9) in the middle of pages, again and again', async () => {
  const stage = await openStage([news({ rate: { most: 200, per: 'second' } })]);
  await stage.people(times(1_500, (index) => ({ consent: index % 10 === 0 ? 'unknown' : 'opted_in' })));
  const handle = await stage.start();
  for (const atLeast of [50, 400, 800]) {
    const worker = await stage.spawnWorker();
    await stage.untilTaken(atLeast);
    worker.kill('SIGKILL');
    await until('it has died', () => Promise.resolve(worker.signalCode === 'SIGKILL'));
  }
  await stage.startWorker();
  expect(await handle.result()).toMatchObject({
    state: 'completed',
    people: 1_500,
    accepted: 1_350,
    withheld: 150,
  });
  const taken = await stage.taken();
  expect(taken).toHaveLength(1_350);
  expect(new Set(taken).size).toBe(1_350);
  expect(await stage.ledger()).toEqual({ accepted: 1_350, 'withheld no_consent': 150 });
}, 180_000);

it('goes on where it was when Temporal is killed in the middle of it', async () => {
  const temporal = await startOwnTemporal();
  onTestFinished(() => temporal.end());
  const stage = await openStage([news({ rate: { most: 40, per: 'second' } })], {
    temporalAddress: temporal.address,
  });
  await stage.people(times(200, () => ({})));
  await stage.startWorker();
  const handle = await stage.start();
  await stage.untilTaken(20);
  await temporal.server.kill();
  await temporal.server.start();
  expect(await handle.result()).toMatchObject({ state: 'completed', accepted: 200 });
  expect(new Set(await stage.taken()).size).toBe(200);
  expect(await stage.taken()).toHaveLength(200);
}, 120_000);
