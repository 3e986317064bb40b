import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { addressHash } from '../mail/keys.ts';
import { unsubscribeUrl } from '../mail/unsubscribe.ts';
import {
  type Answer,
  BREVO_TOKEN,
  type EventBody,
  gatewayHome,
  get,
  INSTALLATION_SECRET,
  optIn,
  post,
} from './support/gateway.ts';

const UUID = '0f7b3c1e-5f0a-5c3e-9d2b-1a2b3c4d5e6f';

const assessment = (data: unknown, more: Partial<EventBody> = {}): EventBody => ({
  ...optIn(),
  type: 'lead.assessment_complete',
  data,
  ...more,
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const ahead = (minutes: number) =>
  optIn({ timestamp: new Date(Date.now() + minutes * 60_000).toISOString() });
const data = (more: object) => ({ ...optIn(), data: { email: 'sarah@example.com', ...more } });

function expectProblem({ status, headers, body }: Answer, expected: { status: number; code: string }): void {
  expect({ status, code: body.code }).toEqual(expected);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body.status).toBe(expected.status);
  expect(body.title).not.toBe('');
}

const fieldsOf = ({ body }: Answer) => body.errors?.map(({ field }) => field);

it('accepts an event once: the same again is a duplicate, the same id with another body a conflict', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const event = optIn({ resource: 'lead.42' });

  const first = await post(url, event, { id: 'msg_1' });
  expect(first.status).toBe(202);
  const [row] = await home.sql<{ id: number; contact_id: number }>('SELECT id, contact_id FROM events');
  const run = {
    trigger: 'new-lead-handler',
    workflowId: `journey/new-lead-handler/${row?.contact_id}/${row?.id}`,
  };
  const any = { trigger: 'lead-any', workflowId: `journey/lead-stage/${row?.contact_id}/${row?.id}` };
  expect(first.body).toEqual({ accepted: [{ id: 'msg_1', duplicate: false, runs: [run, any] }] });

  const again = await post(url, event, { id: 'msg_1' });
  expect(again.status).toBe(202);
  expect(again.body.accepted?.[0]).toMatchObject({ id: 'msg_1', duplicate: true, runs: [run, any] });
  // Other spelling, same event.
  const spelled = JSON.stringify(
    { data: event.data, resource: 'lead.42', timestamp: event.timestamp, type: event.type },
    null,
    2,
  );
  expect((await post(url, spelled, { id: 'msg_1' })).body.accepted?.[0]?.duplicate).toBe(true);

  const other = await post(url, { ...event, resource: 'lead.43' }, { id: 'msg_1' });
  expectProblem(other, { status: 409, code: 'event_conflict' });
  expect(await home.sql('SELECT id FROM events')).toHaveLength(1);
});

it('refuses what is not signed, wrongly signed, or signed too long ago', async () => {
  const { url } = await (await gatewayHome()).open();
  const event = optIn();
  expectProblem(await post(url, event, { headers: { 'webhook-signature': '' } }), {
    status: 401,
    code: 'headers_missing',
  });
  expectProblem(await post(url, event, { headers: { 'webhook-id': 'msg_other' } }), {
    status: 401,
    code: 'signature_wrong',
  });
  expectProblem(await post(url, event, { secret: `whsec_${Buffer.alloc(32).toString('base64')}` }), {
    status: 401,
    code: 'signature_wrong',
  });
  expectProblem(await post(url, event, { at: ago(301) }), { status: 401, code: 'timestamp_off' });
  expectProblem(await post(url, event, { at: ago(-305) }), { status: 401, code: 'timestamp_off' });
  expect((await post(url, event, { at: ago(290) })).status).toBe(202);
});

it('answers what is no JSON, too large, or of another content type with the status for it', async () => {
  const { url } = await (await gatewayHome()).open();
  expectProblem(await post(url, '{"type":'), { status: 400, code: 'not_json' });
  expectProblem(await post(url, Uint8Array.from([0x22, 0xff, 0x22])), { status: 400, code: 'not_json' });
  expectProblem(await post(url, ''), { status: 400, code: 'not_json' });
  expectProblem(await post(url, `"${'x'.repeat(256 * 1024)}"`), { status: 413, code: 'body_too_large' });
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    '',
  ])
    expectProblem(await post(url, optIn(), { headers: { 'content-type': type } }), {
      status: 415,
      code: 'content_type',
    });
  expectProblem(await post(url, optIn(), { headers: { 'content-encoding': 'gzip' } }), {
    status: 415,
    code: 'content_type',
  });
  expect(
    (await post(url, optIn(), { headers: { 'content-type': 'Application/JSON; charset=UTF-8' } })).status,
  ).toBe(202);
  expectProblem(await post(url, optIn(), { path: '/v1/event' }), { status: 404, code: 'not_found' });
});

it('names every bad field of an event', async () => {
  const { url } = await (await gatewayHome()).open();
  const answer = await post(url, {
    type: 'Lead',
    timestamp: '2026-11-21 09:00',
    resource: 'nobody',
    data: 'none',
    datum: {},
  });
  expectProblem(answer, { status: 422, code: 'event_invalid' });
  expect(fieldsOf(answer)?.toSorted()).toEqual(['body', 'data', 'resource', 'timestamp', 'type']);
  expect(fieldsOf(await post(url, [1]))).toEqual(['[0]']);
  expect(fieldsOf(await post(url, 7))).toEqual(['body']);
  expect(fieldsOf(await post(url, []))).toEqual(['body']);
  expect(
    fieldsOf(
      await post(
        url,
        Array.from({ length: 501 }, () => 1),
      ),
    ),
  ).toEqual(['body']);
});

it('keeps texts as they are meant and refuses what cannot be kept', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  expect(fieldsOf(await post(url, data({ note: 'a\0b' })))).toEqual(['data.note']);
  expect(fieldsOf(await post(url, JSON.stringify(data({ deep: ['?'] })).replace('?', '\\ud800')))).toEqual([
    'data.deep[0]',
  ]);
  expect(
    fieldsOf(
      await post(url, JSON.stringify(data({ big: 1 })).replace('"big":1', '"big":12345678901234567890')),
    ),
  ).toEqual(['data.big']);
  expect(fieldsOf(await post(url, data({ long: 'x'.repeat(65_536) })))).toEqual(['data']);
  const nested = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  expect((await post(url, JSON.stringify(data({ n: 0 })).replace('"n":0', `"n":${nested}`))).status).toBe(
    422,
  );
  expect(fieldsOf(await post(url, data({ timezone: 'Mars/Olympus' })))).toEqual(['data.timezone']);

  const spelled =
    '{"email":" SARAH@Example.com ","first_name":"Zoe\\u0308","__proto__":{"x":1},"emoji":"🎉"}';
  const body = JSON.stringify({ ...optIn(), data: 0 }).replace('"data":0', `"data":${spelled}`);
  expect((await post(url, body)).status).toBe(202);
  const [event] = await home.sql<{ data: string }>('SELECT data FROM events');
  expect(JSON.parse(event?.data ?? '')).toMatchObject({
    email: 'sarah@example.com',
    first_name: 'Zoë',
    emoji: '🎉',
  });
  expect(await home.sql('SELECT email, first_name FROM contacts')).toEqual([
    { email: 'sarah@example.com', first_name: 'Zoë' },
  ]);
});

it('refuses an event of the future as clock skew, and takes one of a minute ahead', async () => {
  const { url } = await (await gatewayHome()).open();
  const answer = await post(url, ahead(6));
  expect(fieldsOf(answer)).toEqual(['timestamp']);
  expect(answer.body.detail).toContain('clock skew');
  expect((await post(url, ahead(1))).status).toBe(202);
  expect((await post(url, optIn({ timestamp: '2026-11-21T09:00:00+02:00' }))).status).toBe(202);
  expect((await post(url, optIn({ timestamp: '2026-02-30T09:00:00Z' }))).status).toBe(422);
  expect((await post(url, optIn({ timestamp: '1970-01-01T00:00:00Z' }))).status).toBe(422);
});

it('believes nobody who says what only Sluice says', async () => {
  const { url } = await (await gatewayHome()).open();
  expect(fieldsOf(await post(url, optIn({ type: 'mail.unsubscribed' })))).toEqual(['type']);
  expect(fieldsOf(await post(url, optIn(), { id: 'engagement:abc' }))).toEqual(['id']);
});

it('finds the person of an event by its resource, and refuses a person of whom nobody knows', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const marks = { red: 3, orange: 2, yellow: 1, green: 0 };
  const unknown = await post(url, assessment(marks, { resource: 'lead.7' }));
  expect(fieldsOf(unknown)).toEqual(['data.email']);
  expect(unknown.body.detail).toContain('lead.7');

  expect((await post(url, optIn({ resource: 'lead.7' }))).status).toBe(202);
  const known = await post(url, assessment(marks, { resource: 'lead.7' }));
  expect(known.status).toBe(202);
  expect(known.body.accepted?.[0]?.runs.map(({ trigger }) => trigger)).toEqual([
    'nurture-on-assessment',
    'lead-any',
  ]);
  const [contact] = await home.sql<{ fields: string; consent: string; first_name: string }>(
    'SELECT * FROM contacts',
  );
  expect(contact).toMatchObject({ consent: 'opted_in', first_name: 'Lea' });
  expect(JSON.parse(contact?.fields ?? '')).toMatchObject({ red: 3, orange: 2, yellow: 1, green: 0 });
});

it('takes the good events of an array, names the bad ones, and knows conflicts within it', async () => {
  const { url } = await (await gatewayHome()).open();
  const same = optIn({ id: 'b_same' });
  const answer = await post(url, [
    optIn({ id: 'b_1' }),
    optIn({ id: 'b_2', type: 'Lead!' }),
    optIn(),
    same,
    same,
    { ...same, resource: 'lead.other' },
    assessment({ red: 1, orange: 0 }, { id: 'b_3', resource: 'lead.nobody' }),
  ]);
  expect(answer.status).toBe(207);
  expect(answer.body.accepted?.map(({ id, duplicate }) => [id, duplicate])).toEqual([
    ['b_1', false],
    ['b_same', false],
    ['b_same', true],
  ]);
  expect(answer.body.rejected?.map(({ index, id, status }) => [index, id, status])).toEqual([
    [1, 'b_2', 422],
    [2, undefined, 422],
    [5, 'b_same', 409],
    [6, 'b_3', 422],
  ]);
  expect(answer.body.rejected?.[0]?.errors?.[0]?.field).toBe('[1].type');
  expectProblem(await post(url, [optIn({ id: 'b_4', type: 'x' }), optIn()]), {
    status: 422,
    code: 'event_invalid',
  });
  expectProblem(await post(url, [{ ...same, resource: 'lead.third' }]), {
    status: 409,
    code: 'event_conflict',
  });
});

it("notes Brevo's webhooks, and never answers Brevo with 5xx", async () => {
  const home = await gatewayHome();
  const gateway = await home.open();
  await post(gateway.url, optIn({ data: { email: 'sarah@example.com' } }));
  const bounce = {
    event: 'hard_bounce',
    email: 'Sarah@example.com',
    'message-id': '<1@smtp-relay.mailin.fr>',
    ts_epoch: Date.now(),
  };
  const send = (body: unknown, token = BREVO_TOKEN, type = 'application/json') =>
    post(gateway.url, body, {
      path: '/v1/webhooks/brevo',
      headers: { authorization: token === '' ? '' : `Bearer ${token}`, 'content-type': type },
    });
  expectProblem(await send(bounce, ''), { status: 401, code: 'token_wrong' });
  expectProblem(await send(bounce, 'another-token'), { status: 401, code: 'token_wrong' });
  expectProblem(await send('{'), { status: 400, code: 'not_json' });
  expectProblem(await send(bounce, BREVO_TOKEN, 'text/plain'), { status: 415, code: 'content_type' });
  expect(await send([bounce, bounce, { event: 'never_heard_of' }])).toMatchObject({ status: 200 });
  expect((await send({ events: [bounce] })).body.recorded).toBe(0);
  const suppressed = {
    address_hash: addressHash(INSTALLATION_SECRET, 'sarah@example.com'),
    reason: 'hard_bounce',
  };
  expect(await home.sql('SELECT address_hash, reason FROM suppressions')).toEqual([suppressed]);
  const events = await home.sql<{ type: string }>('SELECT type FROM events ORDER BY id');
  expect(events.map(({ type }) => type)).toEqual(['lead.opted_in', 'mail.hard_bounced']);

  await home.sql('RENAME TABLE engagements TO engagements_away');
  const away = await send({ ...bounce, event: 'opened' });
  expectProblem(away, { status: 429, code: 'not_durable' });
  expect(away.headers.get('retry-after')).not.toBeNull();
});

it('unsubscribes with one click, and by looking at the page changes nothing', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  await post(url, optIn({ data: { email: 'sarah@example.com' } }));
  const [contact] = await home.sql<{ id: number }>('SELECT id FROM contacts');
  const link = unsubscribeUrl({
    publicUrl: url,
    secret: INSTALLATION_SECRET,
    messageUuid: UUID,
    contactId: contact?.id ?? 0,
    scope: 'marketing',
  });
  const state = async () => ({
    consent: (await home.sql<{ consent: string }>('SELECT consent FROM contacts'))[0]?.consent,
    suppressions: (await home.sql('SELECT id FROM suppressions WHERE ended_at IS NULL')).length,
    events: (await home.sql("SELECT id FROM events WHERE type = 'mail.unsubscribed'")).length,
  });
  const before = { consent: 'opted_in', suppressions: 0, events: 0 };
  const page = await fetch(link);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('<form method="post">');
  expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${link}x`)).status).toBe(404);
  expect(
    (
      await fetch(
        link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        { method: 'POST' },
      )
    ).status,
  ).toBe(404);
  expect(await state()).toEqual(before);

  const oneClick = () =>
    fetch(link, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    });
  expect((await oneClick()).status).toBe(200);
  expect((await oneClick()).status).toBe(200);
  const form = new FormData();
  form.set('List-Unsubscribe', 'One-Click');
  expect((await fetch(link, { method: 'POST', body: form })).status).toBe(200);
  expect(await state()).toEqual({ consent: 'withdrawn', suppressions: 1, events: 1 });

  // An old opt-in that comes late undoes nothing; a fresh one does.
  const old = optIn({ timestamp: '2026-01-01T00:00:00Z', data: { email: 'sarah@example.com' } });
  await post(url, old);
  expect(await state()).toEqual({ consent: 'withdrawn', suppressions: 1, events: 1 });
  const later = new Date(Date.now() + 60_000).toISOString();
  await post(url, optIn({ timestamp: later, data: { email: 'sarah@example.com' } }));
  expect(await state()).toEqual({ consent: 'opted_in', suppressions: 0, events: 1 });
});

it('is ready only with its secrets, a current schema and a database; without Temporal it is degraded', async () => {
  const home = await gatewayHome();
  const ready = await get((await home.open()).url, '/readyz');
  expect(ready).toMatchObject({ status: 200, body: { status: 'ready', reasons: [] } });

  const bare = await get(
    (await home.open({ EVENTS_SECRETS: '', BREVO_WEBHOOK_TOKEN: '', SLUICE_SECRET: '' })).url,
    '/readyz',
  );
  expect(bare.status).toBe(503);
  expect(bare.body.reasons?.map(({ code }) => code)).toEqual([
    'events_secrets_missing',
    'brevo_webhook_token_missing',
    'secret_missing',
  ]);
  const degraded = await get((await home.open({ TEMPORAL_ADDRESS: '127.0.0.1:1' })).url, '/readyz');
  expect(degraded).toMatchObject({ status: 200, body: { status: 'degraded' } });
  expect(degraded.body.reasons?.map(({ code }) => code)).toEqual(['temporal_unreachable']);

  const away = await home.open({ DATABASE_URL: 'mysql://nobody:nothing@127.0.0.1:1/none' });
  expect((await get(away.url, '/readyz')).body.reasons?.map(({ code }) => code)).toEqual([
    'database_unreachable',
  ]);
  expect((await get(away.url, '/healthz')).status).toBe(200);
  expectProblem(await post(away.url, optIn()), { status: 503, code: 'not_durable' });

  await home.sql('DELETE FROM __drizzle_migrations ORDER BY created_at DESC LIMIT 1');
  const behind = await get((await home.open()).url, '/readyz');
  expect(behind.body.reasons?.map(({ code }) => code)).toEqual(['schema_behind']);
});

it('counts what it does, without saying who', async () => {
  const { url } = await (await gatewayHome()).open();
  await post(url, optIn({ data: { email: 'sarah@example.com' } }), { id: 'msg_m' });
  await post(url, '{');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('sluice_events_total{outcome="accepted"} 1');
  expect(metrics).toMatch(/sluice_http_request_seconds_count\{route="\/v1\/events",status="400"\} 1/);
  expect(metrics).toMatch(/^sluice_events_open \d/m);
  expect(metrics).not.toMatch(/sarah|msg_m|lead\.\d/);
});

it('describes itself as OpenAPI 3.1: every reference leads somewhere, every answer is documented', async () => {
  const { url } = await (await gatewayHome()).open();
  const document = (await get(url, '/openapi.json')).body as unknown as {
    openapi: string;
    paths: Record<
      string,
      Record<string, { operationId: string; responses: Record<string, { description: string }> }>
    >;
    components: { schemas: Record<string, unknown> };
  };
  expect(document.openapi).toMatch(/^3\.1\./);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(10);
  for (const [, name = ''] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { responses } of operations)
    for (const { description } of Object.values(responses)) expect(description).not.toBe('');
  expect(Object.keys(document.paths['/v1/events']?.post?.responses ?? {})).toEqual([
    '202',
    '207',
    '400',
    '401',
    '409',
    '413',
    '415',
    '422',
    '429',
    '503',
  ]);
  expect(document.components.schemas).toHaveProperty(['data.lead.assessment_complete']);
});

it('answers what has begun when it is asked to stop, and nothing new after that', async () => {
  const home = await gatewayHome();
  const gateway = await home.spawn();
  const open = httpRequest(`${gateway.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-length': '2' },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    open.once('response', (response) => resolve(response.statusCode));
    open.once('error', reject);
  });
  await new Promise<void>((resolve) => open.write('{', () => resolve()));
  await get(gateway.url, '/healthz');
  gateway.child.kill('SIGTERM');
  open.end('}');
  expect(await answered).toBe(415);
  expect(await gateway.ended).toBe(0);
  await expect(get(gateway.url, '/healthz')).rejects.toThrow('fetch failed');
});

it('does not wait for connections on which nobody has said anything when it is asked to stop', async () => {
  const home = await gatewayHome();
  const gateway = await home.spawn();
  const { hostname, port } = new URL(gateway.url);
  const silent = connect(Number(port), hostname);
  await once(silent, 'connect');
  await get(gateway.url, '/healthz');
  const closed = once(silent, 'close');
  gateway.child.kill('SIGTERM');
  expect(await gateway.ended).toBe(0);
  await closed;
});

it('listens on loopback unless told otherwise', () => {
  const settings = readFileSync(new URL('../config.ts', import.meta.url), 'utf8');
  expect(settings).toMatch(/GATEWAY_HOST: setting\(text\.default\('127\.0\.0\.1'\)/);
});
