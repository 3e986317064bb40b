import { execFile } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { gatewayHome, SECRET } from './support/gateway.ts';
import { scratchFolder } from './support/scratch.ts';

const page = readFileSync(new URL('../docs/events.md', import.meta.url), 'utf8');

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(page)?.[1] ?? '';
}

it('the clients of the page send an event as they stand there', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const env = { PATH: process.env.PATH, EVENTS_URL: url, EVENTS_SECRET: SECRET };
  const run = promisify(execFile);
  const module = join(scratchFolder(), 'client.mjs');
  writeFileSync(module, block('js'));
  const byNode = await run(process.execPath, [module], { env });
  const byCurl = await run('sh', ['-euc', block('sh')], { env });
  expect(byNode.stdout).toMatch(/^202 \{"accepted":\[\{"id":"msg_/);
  expect(byCurl.stdout).toMatch(/^\{"accepted":\[\{"id":"msg_/);
  expect(await home.sql('SELECT email FROM contacts')).toEqual([{ email: 'sarah@example.com' }]);
  expect(await home.sql("SELECT id FROM events WHERE type = 'lead.opted_in'")).toHaveLength(2);
});

it('the page names tests that exist', () => {
  const tests = globSync('*.test.ts', { cwd: fileURLToPath(new URL('.', import.meta.url)) })
    .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
    .join('\n');
  const named = [...page.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !tests.includes(name))).toEqual([]);
});
