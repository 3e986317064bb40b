import { expect, it } from 'vitest';
import { anyAnswer, createBrevoClient } from '../brevo/client.ts';
import { pauseOf } from '../brevo/limits.ts';
import { SANDBOX_KEY, startTestSandbox } from './support/sandbox-client.ts';

const REAL = 'https://api.brevo.com/v3';
const post = { method: 'POST', path: '/contacts', body: { email: 'anna@example.com' } } as const;
const noLimits = { takeTurn: () => Promise.resolve(0), block: () => Promise.resolve() };

it('never calls the real Brevo while the run is dry, to read neither', async () => {
  const client = createBrevoClient({
    baseUrl: REAL,
    apiKey: 'key',
    isReal: true,
    mode: 'dry',
    limits: noLimits,
    gapMs: 0,
  });
  await expect(client.call({ method: 'GET', path: '/account' }, anyAnswer)).rejects.toMatchObject({
    code: 'brevo_dry_run',
  });
  await expect(client.call(post, anyAnswer)).rejects.toMatchObject({ code: 'brevo_dry_run' });
});

it('writes to no Brevo while the run is dry, and calls none without a key', async () => {
  const sandbox = await startTestSandbox();
  try {
    const options = { baseUrl: `${sandbox.url}/v3`, isReal: false, limits: noLimits, gapMs: 0 } as const;
    const dry = createBrevoClient({ ...options, apiKey: SANDBOX_KEY, mode: 'dry' });
    await expect(dry.call(post, anyAnswer)).rejects.toMatchObject({ code: 'brevo_dry_run' });
    await expect(dry.call({ method: 'GET', path: '/account' }, anyAnswer)).resolves.toBeDefined();
    const keyless = createBrevoClient({ ...options, apiKey: undefined, mode: 'live' });
    await expect(keyless.call(post, anyAnswer)).rejects.toMatchObject({
      code: 'brevo_key_missing',
      sort: 'stop',
    });
  } finally {
    await sandbox.stop();
  }
});

it.each([
  [{ kind: 'status', status: 400, code: 'invalid_parameter' }, 'item', 'invalid_parameter'],
  [{ kind: 'status', status: 401 }, 'stop', 'brevo_key_refused'],
  [{ kind: 'status', status: 403 }, 'stop', 'brevo_key_refused'],
  [{ kind: 'status', status: 402 }, 'retry', 'not_enough_credits'],
  [{ kind: 'status', status: 400, code: 'not_enough_credits' }, 'retry', 'not_enough_credits'],
  [{ kind: 'html', status: 404 }, 'stop', 'brevo_address'],
  [{ kind: 'status', status: 404, code: 'document_not_found' }, 'item', 'document_not_found'],
  [{ kind: 'status', status: 425 }, 'retry', 'brevo_limit'],
  [{ kind: 'rateLimit', resetSeconds: 7 }, 'retry', 'brevo_limit'],
  [{ kind: 'status', status: 500 }, 'unknown', 'brevo_down'],
  [{ kind: 'html', status: 524 }, 'unknown', 'brevo_down'],
  [{ kind: 'html', status: 200 }, 'unknown', 'brevo_unreadable'],
  [{ kind: 'redirect' }, 'stop', 'brevo_address'],
  [{ kind: 'acceptThenReset' }, 'unknown', 'brevo_unreachable'],
] as const)('sorts %j as %s (%s)', async (fault, sort, code) => {
  const sandbox = await startTestSandbox();
  try {
    await sandbox.control.addFault(fault);
    const client = createBrevoClient({
      baseUrl: `${sandbox.url}/v3`,
      apiKey: SANDBOX_KEY,
      isReal: false,
      mode: 'live',
      limits: noLimits,
      gapMs: 0,
    });
    const failure = await client.call(post, anyAnswer).catch((error: unknown) => error);
    expect(failure).toMatchObject({ sort, code });
    expect((failure as Error).message).not.toContain('anna');
  } finally {
    await sandbox.stop();
  }
});

it('stays away as long as the headers ask, between a second and an hour', () => {
  expect(pause(429, { 'x-sib-ratelimit-reset': '30' })).toBe(30_000);
  expect(pause(429, {})).toBe(1_000);
  expect(pause(429, { 'x-sib-ratelimit-reset': '99999' })).toBe(3_600_000);
  expect(pause(201, { 'x-sib-ratelimit-remaining': '0', 'x-sib-ratelimit-reset': '1800' })).toBe(1_800_000);
  expect(pause(201, { 'x-sib-ratelimit-remaining': '5', 'x-sib-ratelimit-reset': '1800' })).toBeUndefined();
});

function pause(status: number, headers: Record<string, string>): number | undefined {
  return pauseOf({ status, headers: new Headers(headers) });
}
