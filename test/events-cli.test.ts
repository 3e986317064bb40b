import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sluice } from './support/command.ts';
import { gatewayHome } from './support/gateway.ts';
import { until } from './support/installation.ts';
import { scratchFolder } from './support/scratch.ts';

it('sends an event as a website does, lists it, shows what it started, and replays it without a second start', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const events = (...args: readonly string[]) => sluice(home.env, 'events', ...args);
  const file = join(scratchFolder(), 'data.json');
  writeFileSync(file, '{"email":"sarah@example.com","first_name":"Sarah"}');
  const send = ['send', '--type', 'lead.opted_in', '--resource', 'lead.42', '--url', url, '--id', 'msg_cli'];

  const at = new Date().toISOString();
  const sent = await events(...send, '--timestamp', at, '--data', `@${file}`);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  expect(sent.stdout).toMatch(
    /^accepted msg_cli\n {2}new-lead-handler: journey\/new-lead-handler\/\d+\/\d+\n {2}lead-any: journey\/lead-stage\/\d+\/\d+\n$/,
  );
  const again = await events(...send, '--timestamp', at, '--data', `@${file}`);
  expect(again.stdout).toContain('known already msg_cli');

  const state = async () => {
    const { stdout } = await events('show', 'msg_cli', '--json');
    return JSON.parse(stdout) as {
      state: string;
      attempts: number;
      data: unknown;
      runs: { outcome: string }[];
    };
  };
  const shown = await until('it is dispatched', async () => {
    const event = await state();
    return event.state === 'dispatched' ? event : undefined;
  });
  expect(shown).toMatchObject({
    data: { email: 'sarah@example.com', first_name: 'Sarah' },
    runs: [{ outcome: 'started' }, { outcome: 'started' }],
  });
  const listed = await events('list', '--type', 'lead.opted_in', '--since', '1h', '--state', 'dispatched');
  expect(listed.stdout).toContain('msg_cli');
  expect(listed.stdout).not.toContain('sarah');

  const replayed = await events('replay', 'msg_cli');
  expect(replayed).toMatchObject({ code: 0, stdout: '1 events will be dispatched again\n' });
  const after = await until('it is dispatched again', async () => {
    const event = await state();
    return event.attempts === 2 && event.state === 'dispatched' ? event : undefined;
  });
  expect(after.runs).toHaveLength(2);
});

it('says what the gateway refuses, field by field, and what it cannot reach', async () => {
  const home = await gatewayHome();
  const { url } = await home.open();
  const send = (...more: readonly string[]) =>
    sluice(home.env, 'events', 'send', '--type', 'lead.opted_in', '--resource', 'lead.42', ...more);
  const refused = await send('--url', url, '--data', '{"email":"none"}');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('422');
  expect(refused.stderr).toContain('data.email is not a valid e-mail address');
  expect(await send('--url', url, '--data', 'email')).toMatchObject({ code: 2 });
  const away = await send('--url', 'http://127.0.0.1:1');
  expect(away).toMatchObject({ code: 1 });
  expect(away.stderr).toContain('no gateway answers');
  expect(await sluice(home.env, 'events', 'replay')).toMatchObject({ code: 2 });
  expect(await sluice(home.env, 'events', 'replay', 'msg_nobody')).toMatchObject({ code: 2 });
  expect(await sluice(home.env, 'events', 'list', '--since', 'yesterday')).toMatchObject({ code: 2 });
});
