import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSandbox, type TestSandbox } from './support/sandbox-client.ts';

let sandbox: TestSandbox;
const SCRIPT = '<script>alert(1)</script>';
const MARKUP = `"'><img src=x onerror=alert(1)>${SCRIPT}`;

beforeAll(async () => {
  sandbox = await startTestSandbox();
  await sandbox.control.seed({
    lists: [{ id: 5, name: `List ${MARKUP}` }],
    attributes: [{ name: 'FUNNEL_TYPE', type: 'text' }],
    contacts: [{ email: 'ann@example.com', attributes: { FUNNEL_TYPE: MARKUP }, listIds: [5] }],
  });
  await sandbox.call('POST', '/smtp/email', {
    sender: { email: 'hello@example.com', name: SCRIPT },
    to: [{ email: 'ann@example.com' }],
    subject: MARKUP,
    htmlContent: `<p>Hello</p>${SCRIPT}`,
    tags: [SCRIPT],
  });
  await sandbox.call('GET', `/${encodeURIComponent(MARKUP)}`);
  await sandbox.control.addFault({ kind: 'status', status: 500, route: `/x${SCRIPT}`, message: SCRIPT });
});

afterAll(async () => {
  await sandbox.stop();
});

const page = async (query: string) => (await fetch(`${sandbox.url}/?${query}`)).text();

describe('the page', () => {
  it.each([
    'view=contacts',
    'view=contacts&email=ann%40example.com',
    'view=mails',
    'view=requests',
    'view=faults',
  ])('escapes whatever was sent: %s', async (query) => {
    const text = await page(query);
    expect(text).not.toContain('<script');
    expect(text).not.toContain('<img');
  });

  it('escapes what is searched for', async () => {
    const text = await page(`view=contacts&q=${encodeURIComponent(MARKUP)}`);
    expect(text).not.toContain('<img');
    expect(text).toContain('ann@example.com');
  });

  it('finds contacts by address, attribute and list, and shows their history', async () => {
    expect(await page('view=contacts&q=ANN')).toContain('ann@example.com');
    expect(await page('view=contacts&q=nobody')).toContain('No contacts.');
    expect(await page('view=contacts&list=6')).toContain('No contacts.');
    expect(await page('view=contacts&email=ann%40example.com')).toContain('seed');
  });

  it('shows mail in a frame that may do nothing, under a policy without scripts', async () => {
    const response = await fetch(`${sandbox.url}/?view=mails`);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('<iframe sandbox="" ');
  });
});

describe('the controls', () => {
  it.each(['/', '/__sandbox/state'])('answer nobody who came by another name: %s', async (path) => {
    const { port } = new URL(sandbox.url);
    const status = await new Promise((resolve, reject) => {
      request({ port, path, host: '127.0.0.1', headers: { host: `rebound.example:${port}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('name what is wrong in a call', async () => {
    const response = await fetch(`${sandbox.url}/__sandbox/settings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ importDelay: 5 }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('importDelay');
  });
});
