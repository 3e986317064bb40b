import { setTimeout as pause } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { addressHash } from '../mail/keys.ts';
import {
  type Answer,
  type GatewayHome,
  gatewayHome,
  get,
  INSTALLATION_SECRET,
  optIn,
  post,
} from './support/gateway.ts';
import { until } from './support/installation.ts';
import { startOwnMysql } from './support/servers.ts';

const count = async ({ sql }: GatewayHome, table: string): Promise<number> => {
  const [row] = await sql<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
  return row?.n ?? 0;
};

it('takes the same event once when it comes twenty times at the same moment, at two gateways', async () => {
  const home = await gatewayHome();
  const gateways = [await home.open(), await home.open()];
  const event = optIn();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => post(gateways[index % 2]?.url ?? '', event, { id: 'msg_same' })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
  const first = answers.filter(({ body }) => body.accepted?.[0]?.duplicate === false);
  expect(first).toHaveLength(1);
  expect([await count(home, 'events'), await count(home, 'contacts')]).toEqual([1, 1]);
});

it('lets exactly one of two different events with the same id in', async () => {
  const home = await gatewayHome();
  const gateways = [await home.open(), await home.open()];
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      post(gateways[index % 2]?.url ?? '', optIn({ resource: `lead.${index}` }), { id: 'msg_fought' }),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    202,
    ...Array.from({ length: 9 }, () => 409),
  ]);
});

it('takes 499 of an array of 500 with one bad', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const events = Array.from({ length: 500 }, (_, index) => ({
    ...optIn({ id: `bulk_${index}`, type: index === 250 ? 'no type' : 'lead.opted_in' }),
  }));
  const answer = await post(url, events);
  expect(answer.status).toBe(207);
  expect(answer.body.accepted).toHaveLength(499);
  expect(answer.body.rejected?.map(({ index, id }) => [index, id])).toEqual([[250, 'bulk_250']]);
  expect([await count(home, 'events'), await count(home, 'contacts')]).toEqual([499, 499]);
  const again = await post(url, events);
  expect(again.body.accepted?.every(({ duplicate }) => duplicate)).toBe(true);
  expect(await count(home, 'events')).toBe(499);
});

it('makes one contact of many simultaneous events of one person, in the order in which they were accepted', async () => {
  const home = await gatewayHome();
  const gateways = [await home.open(), await home.open()];
  const email = 'sarah@example.com';
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      post(
        gateways[index % 2]?.url ?? '',
        optIn({ resource: 'lead.1', data: { email, name: `Sarah ${index}` } }),
      ),
    ),
  );
  expect(await count(home, 'contacts')).toBe(1);
  const [last] = await home.sql<{ data: string }>('SELECT data FROM events ORDER BY id DESC LIMIT 1');
  const [contact] = await home.sql<{ name: string }>('SELECT name FROM contacts');
  expect(contact?.name).toBe((JSON.parse(last?.data ?? '') as { name: string }).name);
});

it('keeps what is known of a person when a later event does not say it, and takes what it says', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const say = (data: object) =>
    post(url, optIn({ resource: 'lead.5', data: { email: 'sarah@example.com', ...data } }));
  await say({ first_name: 'Sarah', name: 'Sarah Ng', business_name: 'Salon', timezone: 'America/Toronto' });
  await say({});
  await say({ name: 'Sarah Smith' });
  const [contact] = await home.sql('SELECT first_name, name, timezone, fields FROM contacts');
  expect({ ...contact, fields: JSON.parse(String(contact?.fields)) as unknown }).toEqual({
    first_name: 'Sarah',
    name: 'Sarah Smith',
    timezone: 'America/Toronto',
    fields: { business_name: 'Salon' },
  });
});

it('says 503 while the database is away, and takes the same event when it is back', async () => {
  const mysql = await startOwnMysql();
  const connection = await createConnection({ uri: mysql.adminUrl });
  await connection.query('CREATE DATABASE ours CHARACTER SET utf8mb4');
  await connection.end();
  const home = await gatewayHome({ databaseUrl: `${mysql.adminUrl}ours` });
  const { url } = await home.open();
  const event = optIn();
  expect((await post(url, optIn())).status).toBe(202);

  await mysql.server.kill();
  const away = await post(url, event, { id: 'msg_away' });
  expect(away.status).toBe(503);
  expect(away.body.code).toBe('not_durable');
  expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await get(url, '/readyz')).status).toBe(503);

  await mysql.server.start();
  const back = await until('the event is taken', async (): Promise<Answer | undefined> => {
    const answer = await post(url, event, { id: 'msg_away' });
    return answer.status === 202 ? answer : undefined;
  });
  expect(back.body.accepted?.[0]?.duplicate).toBe(false);
  expect(await count(home, 'events')).toBe(2);
});

it('says 429 to what comes while the database is too slow, and loses nothing of what it took', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  await home.sql('SELECT 1');
  const locker = await createConnection({ uri: home.env.DATABASE_URL ?? '' });
  await locker.query('LOCK TABLES events WRITE, contacts WRITE, contact_resources WRITE');
  const held = [post(url, optIn(), { id: 'slow_1' }), post(url, optIn(), { id: 'slow_2' })];
  const refused = await until('the gateway asks to come back', async () => {
    const answer = await Promise.race([post(url, optIn()), pause(400, undefined)]);
    return answer?.status === 429 ? answer : undefined;
  });
  expect(refused.body.code).toBe('database_slow');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await locker.end();
  for (const answer of await Promise.all(held)) expect(answer.status).toBe(202);
  expect(await home.sql("SELECT id FROM events WHERE event_id LIKE 'slow%'")).toHaveLength(2);
});

it('keeps nothing of somebody who has been erased, but that an event came', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const hash = addressHash(INSTALLATION_SECRET, 'gone@example.com');
  await home.sql(
    `INSERT INTO suppressions (address_hash, scope, reason, source, since) VALUES ('${hash}', 'all', 'erased', 'erasure', NOW(3))`,
  );
  const event = optIn({ resource: 'lead.77', data: { email: 'gone@example.com', first_name: 'Greta' } });
  const other = optIn({ resource: 'lead.78', data: { email: 'here@example.com' } });
  expect((await post(url, event, { id: 'msg_gone' })).body.accepted).toEqual([
    { id: 'msg_gone', duplicate: false, runs: [] },
  ]);
  await post(url, other, { id: 'msg_here' });
  expect((await post(url, event, { id: 'msg_gone' })).body.accepted?.[0]?.duplicate).toBe(true);
  expect(await home.sql('SELECT email FROM contacts')).toEqual([{ email: 'here@example.com' }]);
  expect(await home.sql('SELECT resource FROM contact_resources')).toEqual([{ resource: 'lead.78' }]);
  const [kept] = await home.sql("SELECT * FROM events WHERE event_id = 'msg_gone'");
  expect(kept).toMatchObject({ resource: 'erased', contact_id: null, data: '{}', state: 'dispatched' });
});
