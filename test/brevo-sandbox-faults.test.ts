import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultInput } from '../local/brevo-sandbox/control.ts';
import { startTestSandbox, type TestSandbox } from './support/sandbox-client.ts';

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await startTestSandbox();
});

afterAll(async () => {
  await sandbox.stop();
});

beforeEach(async () => {
  await sandbox.control.setLimits('off');
  await sandbox.control.reset();
});

const create = (email: string) => sandbox.call('POST', '/contacts', { email, updateEnabled: true });
const exists = async (email: string) => (await sandbox.control.contact(email)).contact !== null;

describe('limits', () => {
  it('refuses the call over the bound with 429, says when to come back, and lets it in then', async () => {
    await sandbox.control.setLimits('general', { contacts: { perHour: 3 } });
    const first = await create('a@example.com');
    expect(first.status).toBe(201);
    expect(first.headers.get('x-sib-ratelimit-limit')).toBe('3');
    expect(first.headers.get('x-sib-ratelimit-remaining')).toBe('2');
    await create('b@example.com');
    await create('c@example.com');
    const refused = await create('d@example.com');
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(refused.headers.get('x-sib-ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('retry-after')).toBeNull();
    const resetSeconds = Number(refused.headers.get('x-sib-ratelimit-reset'));
    expect(resetSeconds).toBeGreaterThan(3_500);
    expect(resetSeconds).toBeLessThanOrEqual(3_600);
    expect(await exists('d@example.com')).toBe(false);
    await sandbox.control.advanceClock(resetSeconds * 1_000);
    expect((await create('d@example.com')).status).toBe(201);
  });

  it('holds both the second and the hour, and counts imports, lists and attributes as contacts', async () => {
    await sandbox.control.setLimits('general', { contacts: { perSecond: 1_000, perHour: 3 } });
    await sandbox.call('GET', '/contacts/lists');
    await sandbox.call('GET', '/contacts/attributes');
    await sandbox.call('POST', '/contacts/import', {});
    const overTheHour = await create('a@example.com');
    expect(overTheHour.status).toBe(429);
    expect(overTheHour.headers.get('x-sib-ratelimit-limit')).toBe('3');

    await sandbox.control.setLimits('general', { contacts: { perSecond: 1, perHour: 1_000 } });
    const burst = await Promise.all(Array.from({ length: 20 }, () => create('a@example.com')));
    const overTheSecond = burst.find(({ status }) => status === 429);
    expect(overTheSecond?.headers.get('x-sib-ratelimit-limit')).toBe('1');
    expect(overTheSecond?.headers.get('x-sib-ratelimit-reset')).toBe('1');
  });

  it('gives processes and the account 100 calls an hour, apart from contacts', async () => {
    await sandbox.control.setLimits('general');
    const calls = await Promise.all(Array.from({ length: 101 }, () => sandbox.call('GET', '/account')));
    expect(calls.filter(({ status }) => status === 429)).toHaveLength(1);
    expect((await create('a@example.com')).status).toBe(201);
  });
});

describe('faults that refuse', () => {
  const refusals: readonly (readonly [FaultInput, number, string])[] = [
    [{ kind: 'status', status: 400 }, 400, 'invalid_parameter'],
    [{ kind: 'status', status: 401 }, 401, 'unauthorized'],
    [{ kind: 'status', status: 402 }, 402, 'not_enough_credits'],
    [{ kind: 'status', status: 403, code: 'permission_denied', message: 'no' }, 403, 'permission_denied'],
    [{ kind: 'status', status: 425 }, 425, 'too_early'],
    [{ kind: 'status', status: 503 }, 503, 'internal_error'],
    [{ kind: 'rateLimit', resetSeconds: 2 }, 429, 'too_many_requests'],
  ];
  it.each(refusals)('answers %o and changes nothing', async (fault, status, code) => {
    await sandbox.control.addFault(fault);
    expect(await create('a@example.com')).toMatchObject({ status, body: { code } });
    expect(await exists('a@example.com')).toBe(false);
    expect(await sandbox.control.ledger({ fault: fault.kind })).toMatchObject([
      { accepted: false, status, code },
    ]);
  });

  it('sends the reset that was chosen with a 429, and none when none was', async () => {
    await sandbox.control.addFault({ kind: 'rateLimit', resetSeconds: 7, nth: 1 });
    await sandbox.control.addFault({ kind: 'rateLimit', nth: 2 });
    expect((await create('a@example.com')).headers.get('x-sib-ratelimit-reset')).toBe('7');
    expect((await create('a@example.com')).headers.get('x-sib-ratelimit-reset')).toBeNull();
  });

  it('sends a page of HTML with any status, also 200, and a redirect', async () => {
    await sandbox.control.addFault({ kind: 'html', status: 524, nth: 1 });
    await sandbox.control.addFault({ kind: 'html', status: 200, nth: 2 });
    await sandbox.control.addFault({ kind: 'redirect', location: '/elsewhere', nth: 3 });
    for (const status of [524, 200]) {
      const page = await create('a@example.com');
      expect(page.status).toBe(status);
      expect(page.text).toContain('<html>');
    }
    const redirect = await create('a@example.com');
    expect(redirect.status).toBe(301);
    expect(redirect.headers.get('location')).toBe('/elsewhere');
    expect(await exists('a@example.com')).toBe(false);
  });

  it('closes the socket without doing anything', async () => {
    await sandbox.control.addFault({ kind: 'refuseThenReset', first: 1 });
    await expect(create('a@example.com')).rejects.toThrow('fetch failed');
    expect(await exists('a@example.com')).toBe(false);
    expect((await create('a@example.com')).status).toBe(201);
  });
});

describe('faults that accept and lose the answer', () => {
  it('applies, enters in the ledger, then closes the socket', async () => {
    await sandbox.control.addFault({ kind: 'acceptThenReset', route: '/contacts', first: 1 });
    await expect(create('a@example.com')).rejects.toThrow('fetch failed');
    expect(await exists('a@example.com')).toBe(true);
    expect(await sandbox.control.ledger({ email: 'a@example.com' })).toMatchObject([
      { accepted: true, status: 201, effect: 'created', fault: 'acceptThenReset', answered: false },
    ]);
    expect((await create('a@example.com')).status).toBe(204);
  });

  it.each(['acceptThenHang', 'acceptThenStall'] as const)('applies, then goes silent: %s', async (kind) => {
    await sandbox.control.addFault({ kind, email: 'a@example.com' });
    const stop = new AbortController();
    const call = fetch(`${sandbox.url}/v3/contacts`, {
      method: 'POST',
      signal: stop.signal,
      headers: { 'api-key': 'key-of-the-tests', 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'a@example.com' }),
    }).then((response) => response.text());
    const outcome = call.then(
      () => 'answered',
      () => 'lost',
    );
    await expect.poll(() => exists('a@example.com')).toBe(true);
    stop.abort();
    expect(await outcome).toBe('lost');
    expect((await create('b@example.com')).status).toBe(201);
  });

  it('applies, then answers with an error of any kind', async () => {
    await sandbox.control.addFault({ kind: 'acceptThenStatus', status: 500, nth: 1 });
    await sandbox.control.addFault({ kind: 'acceptThenHtml', status: 502, nth: 2 });
    expect((await create('a@example.com')).status).toBe(500);
    expect((await create('b@example.com')).text).toContain('<html>');
    expect((await sandbox.control.state()).contacts).toBe(2);
    expect(await sandbox.control.ledger({ accepted: true })).toHaveLength(2);
  });

  it('is slow and then answers', async () => {
    await sandbox.control.addFault({ kind: 'slow', delayMs: 20 });
    expect((await create('a@example.com')).status).toBe(201);
  });
});

describe('which calls a rule is for', () => {
  it('goes by method, route, path and address, also of a mail and inside an import', async () => {
    await sandbox.control.seed({ lists: [{ id: 5, name: 'L' }], contacts: [{ email: 'ann@example.com' }] });
    const refuse = { kind: 'status', status: 503 } as const;
    await sandbox.control.addFault({ ...refuse, method: 'GET', route: '/contacts/{identifier}' });
    await sandbox.control.addFault({ ...refuse, email: 'Bo@Example.com' });
    await sandbox.control.addFault({ ...refuse, route: '/contacts/lists*' });
    const statusOf = async (method: string, path: string, body?: unknown) =>
      (await sandbox.call(method, path, body)).status;
    expect(await statusOf('GET', '/contacts/ann%40example.com')).toBe(503);
    expect(await statusOf('PUT', '/contacts/ann%40example.com', {})).toBe(204);
    expect(await statusOf('POST', '/contacts', { email: 'bo@example.com' })).toBe(503);
    expect(await statusOf('DELETE', '/contacts/bo%40example.com')).toBe(503);
    const jsonBody = [{ email: 'ann@example.com' }, { email: 'BO@example.com' }];
    expect(await statusOf('POST', '/contacts/import', { jsonBody, listIds: [5] })).toBe(503);
    const fileBody = 'EMAIL\nbo@example.com\n';
    expect(await statusOf('POST', '/contacts/import', { fileBody, listIds: [5] })).toBe(503);
    expect(await statusOf('POST', '/smtp/email', { to: [{ email: 'bo@example.com' }] })).toBe(503);
    expect(await statusOf('GET', '/contacts/lists/5/contacts')).toBe(503);
    expect(await statusOf('GET', '/contacts')).toBe(200);
  });

  it('goes by count: the nth call, or the first n', async () => {
    await sandbox.control.addFault({ kind: 'status', status: 500, first: 2 });
    await sandbox.control.addFault({ kind: 'status', status: 503, nth: 4 });
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      statuses.push((await create('a@example.com')).status);
    }
    expect(statuses).toEqual([500, 500, 201, 503, 204]);
    expect(await sandbox.control.faults()).toMatchObject([
      { matched: 5, played: 2 },
      { matched: 5, played: 1 },
    ]);
  });

  it('goes by time: 401 for some hours, then right again', async () => {
    await sandbox.control.addFault({ kind: 'status', status: 401, forMs: 3 * 3_600_000 });
    expect((await create('a@example.com')).status).toBe(401);
    await sandbox.control.advanceClock(2 * 3_600_000);
    expect((await create('a@example.com')).status).toBe(401);
    await sandbox.control.advanceClock(3_600_000);
    expect((await create('a@example.com')).status).toBe(201);
  });

  it('ends when it is removed', async () => {
    const { id } = await sandbox.control.addFault({ kind: 'status', status: 500 });
    await sandbox.control.removeFault(id);
    expect((await create('a@example.com')).status).toBe(201);
    await expect(sandbox.control.addFault({ kind: 'status', status: 9 })).rejects.toThrow('status');
  });
});

describe('the ledger', () => {
  it('keeps every request in order, with its body, and counts by route and status', async () => {
    await create('a@example.com');
    await create('a@example.com');
    await sandbox.call('POST', '/contacts', { email: 'nobody' });
    await sandbox.call('GET', '/nowhere');
    expect(await sandbox.control.ledger()).toMatchObject([
      { sequence: 1, method: 'POST', route: '/contacts', emails: ['a@example.com'], effect: 'created' },
      { sequence: 2, effect: 'updated', body: { email: 'a@example.com', updateEnabled: true } },
      { sequence: 3, accepted: false, status: 400, code: 'invalid_parameter' },
      { sequence: 4, accepted: false, status: 404, route: null, path: '/nowhere' },
    ]);
    expect(await sandbox.control.ledger({ accepted: true, route: '/contacts', limit: 1 })).toMatchObject([
      { sequence: 2 },
    ]);
    expect((await sandbox.control.state()).calls['POST /contacts']).toEqual({ 201: 1, 204: 1, 400: 1 });
  });
});
