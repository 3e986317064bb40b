import { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { installRuntime } from '../workers/runtime.ts';
import { until } from './support/installation.ts';
import { expectEverybodyOnce, installed, takeTests } from './support/people.ts';
import { timeSkippingServerPath } from './support/servers.ts';

it('delivers everything by itself after Brevo was down for six hours', async () => {
  installRuntime('error');
  const path = await timeSkippingServerPath();
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  try {
    const here = await installed({ temporalAddress: env.address });
    const emails = await takeTests(here, 20);
    const worker = await here.startWorker();
    await here.sandbox.control.addFault({ kind: 'status', status: 503, route: '*' });
    const start = await env.currentTimeMs();

    const run = here.run('2026-03-10T12:00:00Z');
    await until(
      'Brevo has been called in vain',
      async () => (await here.sandbox.control.ledger({ status: 503 })).length > 0,
    );
    await env.sleep('15 minutes');
    const { result } = await run;
    expect(result).toMatchObject({
      entered: { language: 20 },
      brevo: { state: 'under_way', accepted: 0, pending: 20 },
    });
    await env.sleep(start + 6 * 3_600_000 - (await env.currentTimeMs()));
    expect(await here.sandbox.control.contacts()).toEqual([]);
    await here.sandbox.control.clearFaults();
    await env.sleep('2 minutes');

    const delivery = here.client.workflow.getHandle(`${here.settings.temporal.taskQueue}-brevo-delivery`);
    expect(await delivery.result()).toEqual({ accepted: 20, rejected: 0 });
    await expectEverybodyOnce(here, emails);
    expect((await env.currentTimeMs()) - start).toBeGreaterThanOrEqual(6 * 3_600_000);
    await worker.stop();
  } finally {
    await env.teardown();
  }
});
