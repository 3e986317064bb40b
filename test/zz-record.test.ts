import { writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { it } from 'vitest';
import { until } from './support/installation.ts';
import { openReportRuns, openShop } from './support/report-runs.ts';

it('records', async () => {
  const shop = await openShop();
  const stage = await openReportRuns(shop);
  const live = await stage.startWorker();
  const save = async (name: string, workflowId: string) => {
    const history = await stage.client.workflow.getHandle(workflowId).fetchHistory();
    const scrubbed = JSON.parse(historyToJSON(history), (key, value: unknown) =>
      key === 'identity' ? 'worker' : key === 'stackTrace' ? '' : value,
    );
    writeFileSync(`test/histories/0.2.0/${name}.json`, `${JSON.stringify(scrubbed, null, 1)}\n`);
  };
  const good = await stage.define({ formats: ['csv'], id: 'sales' });
  await stage.backfill(good, '2026-10-01T07:00:00Z');
  const [delivered] = await stage.ended(good, 1);
  await until('closed', async () => (await stage.client.workflow.getHandle(delivered?.workflowId ?? '').describe()).status.name === 'COMPLETED');
  await save('query-report-scheduled', delivered?.workflowId ?? '');
  const bad = await stage.define({ query: 'SELECT ordres FROM orders', id: 'sales-broken' });
  await stage.backfill(bad, '2026-10-01T07:00:00Z');
  const [failed] = await stage.ended(bad, 1);
  await until('closed', async () => (await stage.client.workflow.getHandle(failed?.workflowId ?? '').describe()).status.name === 'FAILED');
  await save('query-report-failed', failed?.workflowId ?? '');
  const empty = await stage.define({ query: 'SELECT id FROM orders WHERE id > 99', onEmpty: 'skip', id: 'sales-empty' });
  const skipped = await stage.start(empty);
  await skipped.handle.result();
  await save('query-report-skipped', skipped.run.workflowId);
  const endless = await stage.define({ query: 'SELECT COUNT(*) /* forever */ FROM seq_1_to_1000000 a, seq_1_to_1000000 b', id: 'sales-cancelled' });
  const called = await stage.start(endless);
  await until('runs', async () => (await shop.running('forever')) > 0);
  await called.handle.cancel();
  await called.handle.result();
  await save('query-report-cancelled', called.run.workflowId);
  await stage.sandbox.control.addFault({ kind: 'rateLimit', route: '/smtp/email', resetSeconds: 1 });
  const slow = await stage.start(await stage.define({ id: 'sales-mails-cancelled' }));
  await until('mails', async () => (await stage.sql('SELECT id FROM messages WHERE state = "prepared"')).length > 0);
  await slow.handle.cancel();
  await slow.handle.result();
  await save('query-report-mails-cancelled', slow.run.workflowId);
  await stage.sandbox.control.clearFaults();
  await stage.sandbox.control.addFault({ kind: 'status', status: 400, code: 'invalid_parameter', message: 'no', route: '/smtp/email', email: 'bob@example.com' });
  const refused = await stage.runNow(await stage.define({ id: 'sales-refused' }));
  await stage.sandbox.control.clearFaults();
  await stage.report('resend', String(refused.id), '--failed');
  await save('report-resend', `${stage.settings.temporal.taskQueue}-report-resend/${refused.id}`);
  await live.stop();
  await stage.startWorker({ APP_DRY_RUN: 'true' });
  const dry = await stage.start(await stage.define({ id: 'sales-dry' }));
  await dry.handle.result();
  await save('query-report-dry-run', dry.run.workflowId);
  await stage.client.schedule.getHandle('report-sales').delete();
  await stage.client.schedule.getHandle('report-sales-broken').delete();
  await shop.end();
}, 200_000);
