import { Client, Connection } from '@temporalio/client';
import { expect, inject, it, onTestFinished } from 'vitest';
import { branch, defineJourney, send, wait } from '../domain/journeys/build.ts';
import { eventSignal, stateQuery } from '../workflows/journey.ts';
import { until } from './support/installation.ts';
import { setJourneyStage } from './support/journeys/stage.ts';

const asking = defineJourney({
  id: 'continued',
  version: 1,
  reEntry: 'never',
  steps: [
    send('first'),
    branch({ field: 'score', op: 'gte', value: 50 }, { yes: [], no: [] }, { remember: 'fit' }),
    wait('24h'),
    send('second'),
  ],
  exitOn: ['lead.booked'],
});

/** More than the service wants in one history. */
const EVENTS = 5_000;
const AT_ONCE = 50;

it('goes on as a new run when its history is long, and forgets nothing', async () => {
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const stage = await setJourneyStage({ address, client, now: async () => Date.now() });
  onTestFinished(async () => {
    await stage.end();
    await connection.close();
  });
  await stage.startWorkers();
  const contactId = await stage.person({ fields: { score: 60 } });
  const { handle, workflowId } = await stage.enter(asking, contactId);
  await until(
    'it waits',
    async () => (await handle.query(stateQuery).catch(() => undefined))?.step === 'wait-24h',
  );
  const before = await handle.query(stateQuery);
  const { runId } = await handle.describe();
  const isContinued = async () => (await client.workflow.getHandle(workflowId).describe()).runId !== runId;
  const occurredAt = new Date().toISOString();
  for (let eventId = 10; eventId < EVENTS && !(await isContinued()); eventId += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        handle.signal(eventSignal, { eventId: 1e9 + eventId + index, type: 'lead.seen', occurredAt }),
      ),
    );
  }
  await until('it has been continued', isContinued);
  await until(
    'the new run waits',
    async () => (await handle.query(stateQuery).catch(() => undefined))?.waitingFor === 'a time',
  );
  expect(await handle.query(stateQuery)).toEqual(before);
  expect(before).toMatchObject({ sent: 1, remembered: { fit: 'yes' }, step: 'wait-24h' });
  await stage.event(contactId, 'lead.booked');
  expect(await handle.result()).toMatchObject({ state: 'exited', reason: 'lead.booked', sent: 1 });
});
