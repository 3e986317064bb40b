import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messageOf } from '../domain/errors.ts';
import { createSandboxControl } from '../local/brevo-sandbox/control.ts';
import { callSandbox, SANDBOX_KEY, startTestSandbox } from './support/sandbox-client.ts';

let directory: string;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'brevo-sandbox-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
  }
  await rm(directory, { recursive: true, force: true });
});

async function startProcess(...more: readonly string[]) {
  const child = spawn(
    process.execPath,
    [
      'local/brevo-sandbox/main.ts',
      '--directory',
      directory,
      '--key',
      SANDBOX_KEY,
      '--limits',
      'off',
      ...more,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, baseUrl } = JSON.parse(line) as { url: string; baseUrl: string };
  return { child, url, baseUrl, control: createSandboxControl(url) };
}

describe('as a process', () => {
  it('prints its address on one line, refuses what it does not understand, and closes on SIGTERM', async () => {
    const { child, url, baseUrl } = await startProcess();
    expect(baseUrl).toBe(`${url}/v3`);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const wrong = spawn(process.execPath, [
      'local/brevo-sandbox/main.ts',
      '--directory',
      directory,
      '--limits',
      'many',
    ]);
    children.push(wrong);
    expect((await once(wrong, 'exit'))[0]).toBe(2);
  });

  it('has everything again that was answered before kill -9, and goes on with its imports', async () => {
    const { child, url, control } = await startProcess('--import-delay', '3600000');
    await control.seed({ lists: [{ id: 5, name: 'Language tests' }] });
    const jsonBody = Array.from({ length: 2_000 }, (_, index) => ({ email: `import-${index}@example.com` }));
    const body = { jsonBody, listIds: [5] };
    await callSandbox({ url, method: 'POST', path: '/contacts/import', body });
    const answered: string[] = [];
    const sender = (async () => {
      for (let index = 0; ; index += 1) {
        const email = `person-${index}@example.com`;
        const answer = await callSandbox({
          url,
          method: 'POST',
          path: '/contacts',
          body: { email, listIds: [5] },
        });
        if (answer.status === 201) {
          answered.push(email);
        }
      }
    })();
    const ended = sender.catch((error: unknown) => messageOf(error));
    await expect.poll(() => answered.length).toBeGreaterThan(50);
    child.kill('SIGKILL');
    expect(await ended).toBe('fetch failed');

    const again = await startProcess('--import-delay', '0');
    const emails = new Set((await again.control.contacts()).map(({ email }) => email));
    expect(answered.filter((email) => !emails.has(email))).toEqual([]);
    const entries = await again.control.ledger({ accepted: true, route: '/contacts', limit: 100_000 });
    expect(entries.length).toBe(emails.size);
    await again.control.advanceClock(3_600_000);
    await vi.waitFor(async () => {
      expect(await again.control.processes()).toMatchObject([{ status: 'completed', created: 2_000 }]);
    });
    expect(await again.control.lists()).toMatchObject([{ contacts: emails.size + 2_000 }]);
  });
});

describe('its directory', () => {
  it('loses nothing over a restart: contacts, mail, keys of mail, faults, settings, limits, clock', async () => {
    const before = await startTestSandbox({ directory });
    await before.control.seed({
      lists: [{ id: 5, name: 'L' }],
      attributes: [{ name: 'FUNNEL_TYPE' }],
      contacts: [{ email: 'ann@example.com', attributes: { FUNNEL_TYPE: 'x' }, listIds: [5] }],
    });
    const mail = {
      sender: { email: 'hello@example.com' },
      to: [{ email: 'ann@example.com' }],
      subject: 'Hi',
      htmlContent: '<p>Hi</p>',
      headers: { idempotencyKey: 'k' },
    };
    await before.call('POST', '/smtp/email', mail);
    await before.control.addFault({ kind: 'status', status: 500, route: '/senders' });
    await before.control.setSettings({ importDelayMs: 77 });
    await before.control.setLimits('advanced');
    await before.control.advanceClock(1_000_000);
    const stateBefore = await before.control.state();

    const after = await before.restart();
    const stateAfter = await after.control.state();
    expect({ ...stateAfter, now: '' }).toEqual({ ...stateBefore, now: '' });
    expect(stateAfter.now >= stateBefore.now).toBe(true);
    expect(await after.control.contact('ann@example.com')).toMatchObject({
      contact: { attributes: { FUNNEL_TYPE: 'x' }, listIds: [5] },
      history: [{ by: 'seed' }],
    });
    expect((await after.call('POST', '/smtp/email', mail)).body).toMatchObject({
      code: 'duplicate_parameter',
    });
    expect((await after.call('GET', '/senders')).status).toBe(500);
    expect((await after.call('GET', '/account')).headers.get('x-sib-ratelimit-limit')).toBe('200');
    expect((await after.control.settings()).importDelayMs).toBe(77);
    await after.stop();
  });

  it('drops a line that was torn by a crash and goes on', async () => {
    const before = await startTestSandbox({ directory });
    await before.call('POST', '/contacts', { email: 'ann@example.com' });
    await appendFile(join(directory, 'journal.jsonl'), '[{"put":"contacts","key":2,"val');
    const after = await before.restart();
    expect((await after.call('POST', '/contacts', { email: 'bo@example.com' })).body).toEqual({ id: 2 });
    const last = await after.restart();
    expect((await last.control.contacts()).map(({ email }) => email)).toEqual([
      'ann@example.com',
      'bo@example.com',
    ]);
    await last.stop();
  });

  it('says so when its journal is not one', async () => {
    await appendFile(join(directory, 'journal.jsonl'), 'something else\n');
    await expect(startTestSandbox({ directory })).rejects.toThrow('not JSON');
  });

  it('is written anew when it has grown, with everything in it', async () => {
    const before = await startTestSandbox({ directory });
    await before.call('POST', '/contacts', { email: 'ann@example.com' });
    await before.call('POST', '/contacts', { email: 'bo@example.com' });
    await before.call('DELETE', '/contacts/bo%40example.com');
    await appendFile(join(directory, 'journal.jsonl'), '[]\n'.repeat(21_000));
    const after = await before.restart();
    const lines = (await readFile(join(directory, 'journal.jsonl'), 'utf8')).split('\n').length;
    expect(lines).toBeLessThan(10);
    expect(await after.control.ledger()).toHaveLength(3);
    expect((await after.call('POST', '/contacts', { email: 'bo@example.com' })).body).toEqual({ id: 3 });
    await after.stop();
  });

  it('is as fresh after a reset, also after a restart', async () => {
    const before = await startTestSandbox({ directory });
    await before.call('POST', '/contacts', { email: 'ann@example.com' });
    await before.control.reset();
    const after = await before.restart();
    expect(await after.control.state()).toMatchObject({ contacts: 0, requests: 0 });
    expect((await after.call('POST', '/contacts', { email: 'ann@example.com' })).body).toEqual({ id: 1 });
    await after.stop();
  });
});
