import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { pino } from 'pino';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { createRelay } from '../events/gateway.ts';
import { allOf, journey, trigger, workflow } from '../events/triggers.ts';
import { eventSignal } from '../workflows/journey/messages.ts';
import { type GatewayHome, gatewayHome, get, optIn, post } from './support/gateway.ts';
import { until } from './support/installation.ts';
import { startOwnTemporal } from './support/own-temporal.ts';

interface Row {
  readonly id: number;
  readonly event_id: string;
  readonly contact_id: number;
  readonly state: string;
}

async function temporal(address = inject('temporalAddress')): Promise<Client> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

async function allDispatched({ sql }: GatewayHome, events: number): Promise<void> {
  await until(`${events} events to be dispatched`, async () => {
    const [row] = await sql<{ n: number }>("SELECT COUNT(*) AS n FROM events WHERE state = 'dispatched'");
    return row?.n === events;
  });
}

const rows = ({ sql }: GatewayHome) =>
  sql<Row>('SELECT id, event_id, contact_id, state FROM events ORDER BY id');

/** Row numbers of the events that a run was told of, in the order in which it was told. */
async function toldTo(client: Client, workflowId: string): Promise<readonly number[]> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  return (history.events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data;
    if (signal?.signalName !== eventSignal.name || data === undefined || data === null) return [];
    return [(JSON.parse(Buffer.from(data).toString()) as { eventId: number }).eventId];
  });
}

/** Every event has started its journey, once. Beside it each starts `lead-any`, whose run is soon over. */
async function expectEachStarted(home: GatewayHome, client: Client): Promise<void> {
  const events = await rows(home);
  const runs = await home.sql<{ event_id: number; workflow_id: string; outcome: string }>(
    "SELECT * FROM event_runs WHERE trigger_id = 'new-lead-handler'",
  );
  expect(runs.map((run) => run.event_id).toSorted((a, b) => a - b)).toEqual(events.map(({ id }) => id));
  for (const { id, contact_id: contact } of events) {
    const workflowId = `journey/new-lead-handler/${contact}/${id}`;
    expect(runs.find((run) => run.event_id === id)).toMatchObject({ workflow_id: workflowId });
    const { status, historyLength } = await client.workflow.getHandle(workflowId).describe();
    expect({ status: status.name, historyLength }).toEqual({ status: 'RUNNING', historyLength: 2 });
  }
}

it('starts what an event starts, once, also when it is replayed', async () => {
  const home = await gatewayHome();
  const client = await temporal();
  const { url } = await home.open();
  const answer = await post(url, optIn(), { id: 'msg_1' });
  await allDispatched(home, 1);
  await expectEachStarted(home, client);
  const [run] = answer.body.accepted?.[0]?.runs ?? [];
  const first = await client.workflow.getHandle(run?.workflowId ?? '').describe();

  await home.sql("UPDATE events SET state = 'accepted', retry_at = NULL, dispatched_at = NULL");
  await allDispatched(home, 1);
  await expectEachStarted(home, client);
  expect((await client.workflow.getHandle(run?.workflowId ?? '').describe()).runId).toBe(first.runId);
});

it('starts a run anew that Temporal has lost, when its event is replayed, and none that is over', async () => {
  const home = await gatewayHome();
  const gateway = await home.open();
  const lost = await post(gateway.url, optIn({ resource: 'lead.1', data: { email: 'lost@example.com' } }));
  const over = await post(gateway.url, optIn({ resource: 'lead.2', data: { email: 'over@example.com' } }));
  await allDispatched(home, 2);
  await gateway.stop();
  const idOf = (answer: typeof lost) =>
    answer.body.accepted?.[0]?.runs.find((run) => run.trigger === 'new-lead-handler')?.workflowId ?? '';
  await home.sql(`UPDATE journey_runs SET state = 'completed' WHERE workflow_id = '${idOf(over)}'`);
  await home.sql("UPDATE events SET state = 'accepted', retry_at = NULL, dispatched_at = NULL");

  const empty = await startOwnTemporal();
  onTestFinished(() => empty.end());
  const client = await temporal(empty.address);
  const { signal } = new AbortController();
  expect(await relayOf(home, client).drain({ acceptedBeforeMs: 0, signal })).toMatchObject({ dispatched: 2 });
  expect((await client.workflow.getHandle(idOf(lost)).describe()).status.name).toBe('RUNNING');
  await expect(client.workflow.getHandle(idOf(over)).describe()).rejects.toThrow(WorkflowNotFoundError);
});

function relayOf({ database, settings }: GatewayHome, client: Client): ReturnType<typeof createRelay> {
  const { taskQueue: flows } = settings.temporal;
  const queues = { flows, mail: `${flows}-mail`, brevo: `${flows}-brevo` };
  return createRelay({ database, client, log: pino({ level: 'silent' }), queues });
}

it('starts nothing for types that nobody listens to, and says so in the answer', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const answer = await post(url, optIn({ type: 'quiz.started' }));
  expect(answer.body.accepted?.[0]?.runs).toEqual([]);
  await allDispatched(home, 1);
  expect(await home.sql('SELECT id FROM event_runs')).toEqual([]);
});

it("tells a person's running journeys what happens to them, in the order of acceptance, by two gateways", async () => {
  const home = await gatewayHome();
  const client = await temporal();
  const gateways = [await home.open(), await home.open()];
  const person = { resource: 'lead.77', data: { email: 'sarah@example.com', red: 2, orange: 0 } };
  const begin = await post(gateways[0]?.url ?? '', optIn({ ...person, type: 'lead.assessment_complete' }));
  const runId = begin.body.accepted?.[0]?.runs[0]?.workflowId ?? '';
  // At once after it, so some are accepted before the run is there.
  await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      post(
        gateways[index % 2]?.url ?? '',
        optIn({ ...person, type: index % 3 === 0 ? 'lead.booked' : 'quiz.started' }),
      ),
    ),
  );
  await allDispatched(home, 25);
  const booked = await home.sql<Row>("SELECT id FROM events WHERE type = 'lead.booked' ORDER BY id");
  expect(booked).toHaveLength(8);
  expect(await toldTo(client, runId)).toEqual(booked.map(({ id }) => id));
});

describe('while Temporal is down', () => {
  it('accepts events under load, is degraded, and starts every run once when it is back', async () => {
    const own = await startOwnTemporal();
    onTestFinished(() => own.end());
    const home = await gatewayHome({ env: { TEMPORAL_ADDRESS: own.address } });
    const gateways = [await home.open(), await home.open()];
    const send = async (count: number) => {
      const answers = await Promise.all(
        Array.from({ length: count }, (_, index) => post(gateways[index % 2]?.url ?? '', optIn())),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 202));
    };
    await send(20);
    const killing = own.server.kill();
    await send(60);
    await killing;
    await send(60);
    await until('the gateway says that it is degraded', async () => {
      const { status, body } = await get(gateways[0]?.url ?? '', '/readyz');
      return status === 200 && String(body.status) === 'degraded';
    });
    const open = await home.sql<Row>("SELECT id FROM events WHERE state = 'accepted'");
    expect(open.length).toBeGreaterThanOrEqual(60);
    await own.server.start();
    await allDispatched(home, 140);
    await expectEachStarted(home, own.client);
    const { body } = await get(gateways[0]?.url ?? '', '/readyz');
    expect(body.status).toBe('ready');
  });
});

it("loses nobody's event and starts nothing twice when gateways are killed at any moment", async () => {
  const home = await gatewayHome();
  const client = await temporal();
  let sent = 0;
  // The killing moment is another one each time: taking, starting, noting.
  for (const events of [1, 15, 40]) {
    const victim = await home.spawn();
    const answered = Array.from({ length: events }, () =>
      post(victim.url, optIn()).then(({ status }) => status),
    );
    await Promise.race(answered);
    victim.child.kill('SIGKILL');
    await victim.ended;
    const settled = await Promise.allSettled(answered);
    sent += settled.filter((one) => one.status === 'fulfilled' && one.value === 202).length;
  }
  const kept = await rows(home);
  expect(kept.length).toBeGreaterThanOrEqual(sent);
  expect(sent).toBeGreaterThan(2);
  await home.open();
  await allDispatched(home, kept.length);
  await expectEachStarted(home, client);
});

it('lets a relay dispatch what no gateway does, and leaves alone what has only just come', async () => {
  const home = await gatewayHome();
  const client = await temporal();
  const gateway = await home.open({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  await Promise.all(Array.from({ length: 30 }, () => post(gateway.url, optIn())));
  await gateway.stop();
  const relay = relayOf(home, client);
  const { signal } = new AbortController();
  expect(await relay.drain({ acceptedBeforeMs: 600_000, signal })).toEqual({
    dispatched: 0,
    trouble: undefined,
  });
  await home.sql('UPDATE events SET received_at = received_at - INTERVAL 1 HOUR, retry_at = NULL');
  expect(await relay.drain({ acceptedBeforeMs: 600_000, signal })).toEqual({
    dispatched: 30,
    trouble: undefined,
  });
  await expectEachStarted(home, client);
});

it('starts one run of a set of events in any order, and another only for another set', async () => {
  const home = await gatewayHome({
    triggers: [
      trigger({
        id: 'both',
        on: allOf(['lead.opted_in', 'lead.booked'], { within: '1h' }),
        start: workflow('probe'),
        map: ({ id }) => ({ event: id }),
      }),
    ],
  });
  const { url } = await home.open();
  const client = await temporal();
  const say = async (type: string, person: number) => {
    const { status } = await post(
      url,
      optIn({ type, resource: `lead.p${person}`, data: { email: `p${person}@example.com` } }),
    );
    expect(status).toBe(202);
  };
  await say('lead.opted_in', 1);
  await say('lead.booked', 2);
  await say('lead.booked', 1);
  await say('lead.opted_in', 2);
  await say('lead.opted_in', 1);
  await allDispatched(home, 5);
  const runs = await home.sql<{ event_id: number; outcome: string; workflow_id: string }>(
    'SELECT event_id, outcome, workflow_id FROM event_runs ORDER BY event_id',
  );
  const [one, two, three, four, five] = runs;
  expect(runs.map(({ outcome }) => outcome)).toEqual(['started', 'started', 'started', 'started', 'waiting']);
  expect(one?.workflow_id).toBe(three?.workflow_id);
  expect(two?.workflow_id).toBe(four?.workflow_id);
  expect(one?.workflow_id).not.toBe(two?.workflow_id);
  expect(five?.workflow_id).toBe('');
  const started = await client.workflow.getHandle(three?.workflow_id ?? '').describe();
  expect(started.type).toBe('probe');
});

it('notes a trigger that cannot work, and starts the others all the same', async () => {
  const home = await gatewayHome({
    triggers: [
      trigger({
        id: 'breaks-by-where',
        on: ['lead.opted_in'],
        where: () => {
          throw new TypeError('of the operator');
        },
        start: workflow('probe'),
        map: () => ({}),
      }),
      trigger({
        id: 'breaks-by-map',
        on: ['lead.opted_in'],
        start: workflow('probe'),
        map: ({ data }) => ({ length: (data.name as string).length }),
      }),
      trigger({ id: 'works', on: ['lead.opted_in'], start: journey('new-lead-handler') }),
      trigger({
        id: 'not-this-one',
        on: ['lead.opted_in'],
        where: () => false,
        start: journey('new-lead-handler'),
      }),
    ],
  });
  const { url } = await home.open();
  await post(url, optIn());
  await allDispatched(home, 1);
  const runs = await home.sql<{ trigger_id: string; outcome: string }>(
    'SELECT trigger_id, outcome FROM event_runs ORDER BY trigger_id',
  );
  expect(runs).toEqual([
    { trigger_id: 'breaks-by-map', outcome: 'failed:exception' },
    { trigger_id: 'breaks-by-where', outcome: 'failed:exception' },
    { trigger_id: 'works', outcome: 'started' },
  ]);
});
