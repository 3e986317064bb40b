import { expect, it } from 'vitest';
import { type Installation, until } from './support/installation.ts';
import { expectEverybodyOnce, installed, NOW, takeTests } from './support/people.ts';
import { startOwnMysql } from './support/servers.ts';

const entries = async ({ sql }: Installation): Promise<number> => {
  const [row] = await sql<{ n: number }>('SELECT COUNT(*) AS n FROM funnel_entries');
  return row?.n ?? 0;
};

it('sends nobody twice when the worker is killed after Brevo accepted and before it was noted', async () => {
  const here = await installed();
  const emails = await takeTests(here, 25);
  await here.sandbox.control.addFault({
    kind: 'acceptThenHang',
    method: 'POST',
    route: '/contacts',
    first: 1,
  });
  const victim = await here.spawnWorker();
  const run = here.sync(NOW);
  await until('Brevo has accepted a call whose answer hangs', async () => {
    const hanging = await here.sandbox.control.ledger({ fault: 'acceptThenHang' });
    return hanging.length > 0;
  });
  victim.kill('SIGKILL');
  await here.startWorker();
  expect((await run).brevo.pending).toBe(0);
  await expectEverybodyOnce(here, emails);
});

it('loses nobody when the worker is killed between entry and Brevo', async () => {
  const here = await installed();
  const emails = await takeTests(here, 25);
  await here.sandbox.control.addFault({ kind: 'refuseThenHang', method: 'POST', route: '/contacts' });
  const victim = await here.spawnWorker();
  const run = here.sync(NOW);
  await until('the entries are written', async () => (await entries(here)) === emails.length);
  victim.kill('SIGKILL');
  await here.sandbox.control.clearFaults();
  await here.startWorker();
  expect((await run).entered.language).toBe(emails.length);
  await expectEverybodyOnce(here, emails);
});

it('counts and delivers a backlog of 10,000 exactly through a worker killed in the middle, again and again', async () => {
  const here = await installed();
  const emails = await takeTests(here, 10_000);
  const run = here.sync(NOW);
  // At different moments of the run: reading, writing, handing over.
  for (const killAfterMs of [150, 450, 900]) {
    const victim = await here.spawnWorker();
    await new Promise((resolve) => setTimeout(resolve, killAfterMs));
    victim.kill('SIGKILL');
  }
  await here.startWorker();
  const result = await run;
  expect(result.entered).toEqual({ language: emails.length, non_language: 0 });
  await expectEverybodyOnce(here, emails);
});

it('goes on where it was when MySQL is killed and comes back in the middle of a run', async () => {
  const mysql = await startOwnMysql();
  const here = await installed({ mysqlAdminUrl: mysql.adminUrl });
  const emails = await takeTests(here, 800);
  await here.sandbox.control.addFault({ kind: 'slow', delayMs: 20, method: 'POST', route: '/contacts' });
  await here.startWorker();
  const run = here.sync(NOW);
  await until('some contacts are delivered', async () => (await here.sandbox.control.state()).contacts > 50);
  await mysql.server.kill();
  await mysql.server.start();
  expect((await run).brevo).toMatchObject({ state: 'done', pending: 0 });
  await expectEverybodyOnce(here, emails);
});
