import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDoctor } from '../cli/doctor.ts';
import { pruneArtefacts, writeArtefact } from '../db/artefacts.ts';
import { findReport } from '../db/report-definitions.ts';
import { deliveriesOfRun } from '../db/report-deliveries.ts';
import { listRuns, runOf } from '../db/report-runs.ts';
import { pruneReportRuns } from '../db/report-upkeep.ts';
import { sluice } from './support/command.ts';
import { until } from './support/installation.ts';
import { openReportRuns, openShop, type ReportRuns, type Shop } from './support/report-runs.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
}, 120_000);
afterAll(() => shop.end());

const READERS = Array.from({ length: 8 }, (_, number) => `reader${number}@example.com`);
const DAY_MS = 86_400_000;

/** A query that does not end by itself in any time of interest. */
function endless(word: string): string {
  return `SELECT COUNT(*) /* ${word} */ FROM seq_1_to_1000000 a, seq_1_to_1000000 b`;
}

async function expectEachOnce({ sandbox }: ReportRuns, readers: readonly string[] = READERS): Promise<void> {
  const mails = await sandbox.control.mails();
  expect(mails.map(({ to }) => to[0]?.email ?? '').toSorted()).toEqual([...readers].toSorted());
}

async function die(worker: Awaited<ReturnType<ReportRuns['spawnWorker']>>): Promise<void> {
  worker.kill('SIGKILL');
  await until('it has died', () => Promise.resolve(worker.signalCode === 'SIGKILL'));
}

describe('a report whose query fails', () => {
  it('tells its owner once, pauses after so many failures and says why, and goes on when it is enabled', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const wrong = await stage.define({ query: 'SELECT ordres FROM orders', pauseAfterFailures: 3 });
    const { id } = wrong;
    const slots = [1, 2, 3, 4, 5, 6].map((day) => `2026-10-0${day}T07:00:00Z`);
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = slots;
    await stage.backfill(wrong, first, second);
    const [run] = await stage.ended(wrong, 2);
    expect(run).toMatchObject({ state: 'failed', errorCode: 'query_failed', bytes: null });
    expect(run?.error).toContain('ordres');
    expect(await stage.taken()).toEqual(['owner@example.com Failed: Sales']);

    await stage.backfill(wrong, third);
    await stage.ended(wrong, 3);
    await until('the owner is told', async () => (await stage.taken()).length === 2);
    expect(await stage.taken()).toEqual([
      'owner@example.com Failed: Sales',
      'owner@example.com Paused: Sales',
    ]);
    const listed = async () => {
      const { stdout } = await stage.report('list', '--json');
      const { reports } = JSON.parse(stdout) as { readonly reports: readonly Record<string, unknown>[] };
      return reports.find((report) => report.id === id);
    };
    await until('it is paused', async () => (await listed())?.state === 'paused');
    expect(await listed()).toMatchObject({ reason: 'paused after 3 failed runs in a row: query_failed' });

    // The trouble goes on after it was enabled: that is a streak of its own for the schedule, and no news for the owner.
    expect((await stage.report('enable', id)).code).toBe(0);
    expect(await listed()).toMatchObject({ state: 'active' });
    await stage.backfill(wrong, fourth);
    await stage.ended(wrong, 4);
    expect(await listed()).toMatchObject({ state: 'active' });
    expect(await stage.taken()).toHaveLength(2);

    const mended = await stage.redefine(wrong, { query: 'SELECT id FROM orders' });
    await stage.backfill(mended, fifth);
    // A slot that failed is done when it is asked for again.
    await stage.backfill(mended, first);
    const runs = await stage.ended(mended, 6);
    expect(runs.slice(4).map(({ state, asOf }) => `${state} ${asOf.toISOString()}`)).toEqual([
      `delivered ${fifth.replace('Z', '.000Z')}`,
      `delivered ${first.replace('Z', '.000Z')}`,
    ]);
    expect(await findReport(stage.ours.orm, id)).toMatchObject({
      runCount: 6,
      errorCount: 4,
      lastError: null,
      failureStreak: 0,
    });

    // Anew after one that succeeded; of a run that somebody tries, nobody is told.
    const broken = await stage.redefine(mended, { query: 'SELECT 1 FROM nowhere' });
    await stage.runNow(broken, { request: { recipients: ['me@example.com'] } });
    await stage.runNow(broken);
    await until('the owner is told', async () => (await stage.taken()).length === 2 + 4 + 1);
    expect((await stage.taken()).filter((line) => line.startsWith('owner'))).toHaveLength(3);
  }, 120_000);

  it('is refused a write, a missing column of its condition, an unknown connection', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const codes = await Promise.all(
      [
        { query: 'DELETE FROM orders' },
        {
          condition: {
            test: { kind: 'value', column: 'pieces', rows: 'any', is: '<', to: 5 } as const,
            alert: 'once' as const,
            recovered: false,
          },
        },
        { connection: 'elsewhere' },
        { query: endless('late'), timeoutSeconds: 1 },
      ].map(async (changes) => (await stage.runNow(await stage.define(changes))).errorCode),
    );
    expect(codes).toEqual([
      'query_not_read_only',
      'condition_column_missing',
      'connection_unknown',
      'source_timeout',
    ]);
    expect(await stage.sql('SELECT id FROM artefacts')).toEqual([]);
    await until('nothing runs in the shop', async () => (await shop.running('SELECT')) === 0);
  });
});

describe('a source that is away', () => {
  it('delays a report and loses nothing', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define();
    await shop.server.kill();
    const { run, end } = await stage.start(report);
    await until('it waits', async () => (await runOf(stage.ours.orm, run.id)).state === 'querying');
    await shop.server.start();
    expect(await end()).toMatchObject({ state: 'delivered', error: null });
    expect(await findReport(stage.ours.orm, report.id)).toMatchObject({ errorCount: 0 });
    expect(await stage.taken()).toHaveLength(2);
  });
});

describe('a run that is cancelled', () => {
  it('ends its query in the database and mails nobody', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({ query: endless('called_off') });
    const { handle, end } = await stage.start(report);
    await until('the query runs', async () => (await shop.running('called_off')) === 1);
    await handle.cancel();
    expect(await end()).toMatchObject({ state: 'cancelled', errorCode: null });
    await until('the query is gone', async () => (await shop.running('called_off')) === 0);
    expect(await stage.taken()).toEqual([]);
    expect(await findReport(stage.ours.orm, report.id)).toMatchObject({ runCount: 1, errorCount: 0 });
    await until(
      'no part of a file stays',
      async () => (await stage.sql('SELECT id FROM artefacts')).length === 0,
    );
  });

  it('sends no more mails, and says whom it did not reach', async () => {
    const stage = await openReportRuns(shop);
    await stage.sandbox.control.addFault({ kind: 'rateLimit', route: '/smtp/email', resetSeconds: 1 });
    await stage.startWorker();
    const report = await stage.define({ recipients: READERS });
    const { run, handle, end } = await stage.start(report);
    await until(
      'mails are written down',
      async () => (await deliveriesOfRun(stage.ours.orm, run.id)).length > 0,
    );
    await handle.cancel();
    expect(await end()).toMatchObject({ state: 'cancelled' });
    await stage.sandbox.control.clearFaults();
    const deliveries = await deliveriesOfRun(stage.ours.orm, run.id);
    expect(new Set(deliveries.map(({ state, reason }) => `${state} ${reason}`))).toContain(
      'withheld cancelled',
    );
  });
});

describe('a worker that is killed (-9)', () => {
  it('in the query: another one runs it again, everybody gets one mail', async () => {
    const stage = await openReportRuns(shop);
    const victim = await stage.spawnWorker();
    const report = await stage.define({
      query: 'SELECT id /* killed_in_query */ FROM orders',
      recipients: READERS,
      formats: ['csv', 'xlsx'],
    });
    let started: Awaited<ReturnType<typeof stage.start>> | undefined;
    await shop.locked('orders', async () => {
      started = await stage.start(report);
      await until('the query runs', async () => (await shop.running('killed_in_query')) > 0);
      await die(victim);
    });
    await stage.startWorker();
    expect(await started?.end()).toMatchObject({ state: 'delivered', rowsWritten: 3 });
    await expectEachOnce(stage);
    // What the dead one had begun is nobody's, and goes with the next pruning but one.
    await pruneArtefacts(stage.ours.orm, { now: new Date(Date.now() + 2 * DAY_MS) });
    expect(await stage.sql('SELECT state FROM artefacts')).toEqual([{ state: 'ready' }, { state: 'ready' }]);
  }, 120_000);

  it('between files and mails: the files are sent, the query does not run again', async () => {
    const stage = await openReportRuns(shop);
    await stage.sandbox.control.addFault({ kind: 'rateLimit', route: '/smtp/email', resetSeconds: 1 });
    const victim = await stage.spawnWorker();
    const report = await stage.define({
      query: 'SELECT id /* killed_before_mails */ FROM orders',
      recipients: READERS,
      formats: ['csv'],
    });
    const { run, end } = await stage.start(report);
    await until('files are made', async () => (await runOf(stage.ours.orm, run.id)).state === 'delivering');
    await die(victim);
    await stage.sandbox.control.clearFaults();
    await stage.startWorker();
    expect(await end()).toMatchObject({ state: 'delivered' });
    await expectEachOnce(stage);
    expect(await shop.ran('killed_before_mails')).toBe(1);
  }, 120_000);

  it('in the middle of mails, twice: everybody gets one, the query does not run again', async () => {
    const stage = await openReportRuns(shop);
    await stage.sandbox.control.addFault({ kind: 'slow', delayMs: 200, route: '/smtp/email' });
    const report = await stage.define({
      query: 'SELECT id /* killed_in_mails */ FROM orders',
      recipients: Array.from({ length: 80 }, (_, number) => `reader${number}@example.com`),
      formats: ['html'],
    });
    const { end } = await stage.start(report);
    for (const atLeast of [1, 30]) {
      const victim = await stage.spawnWorker({ MAIL_PER_SECOND: '20' });
      await until('mails are out', async () => (await stage.sandbox.control.mails()).length >= atLeast);
      await die(victim);
    }
    await stage.startWorker();
    expect(await end()).toMatchObject({ state: 'delivered' });
    await expectEachOnce(stage, report.recipients);
    expect(await shop.ran('killed_in_mails')).toBe(1);
  }, 180_000);
});

describe('what is over', () => {
  it('is pruned: runs, files, and rows in the ledger of mails; what conditions compare with stays', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({
      formats: ['csv', 'html'],
      keepDays: 30,
      recipients: ['ann@example.com'],
    });
    const watched = await stage.define({
      formats: ['html'],
      keepDays: 30,
      recipients: ['ann@example.com'],
      condition: { test: { kind: 'rowCount', is: '>', to: 0 }, alert: 'once', recovered: true },
    });
    await stage.runNow(report);
    await stage.runNow(watched, { asOf: new Date('2026-11-01T00:00:00Z') });
    const last = await stage.runNow(watched, { asOf: new Date('2026-11-02T00:00:00Z') });
    expect(last.alertState).toBe('holding');
    await stage.runNow(watched, { request: { recipients: ['me@example.com'] } });
    const { orm } = stage.ours;
    const soon = { now: new Date(Date.now() + 29 * DAY_MS) };
    expect([await pruneReportRuns(orm, soon), (await pruneArtefacts(orm, soon)).files]).toEqual([0, 0]);
    await writeArtefact(stage.ours, {
      name: 'of-a-dead-worker.csv',
      mediaType: 'text/csv',
      expiresAt: new Date(Date.now() + DAY_MS),
      content: [Buffer.from('a')],
    });
    const late = { now: new Date(Date.now() + 31 * DAY_MS) };
    expect([await pruneReportRuns(orm, late), (await pruneArtefacts(orm, late)).files]).toEqual([2, 2]);
    const kept = await listRuns(orm, { reportId: undefined, limit: 10 });
    expect(kept.map(({ reportId, alertState }) => [reportId, alertState])).toEqual([
      [watched.id, 'holding'],
      [watched.id, 'alerted'],
    ]);
    const ledger = await stage.sql<{ batch: string; params: string }>('SELECT batch, params FROM messages');
    expect(ledger.filter(({ params }) => params.includes('Germany'))).toHaveLength(1);
  });
});

it('an erased person is gone from what runs keep: results, requests, mails', async () => {
  const stage = await openReportRuns(shop);
  await stage.startWorker();
  const email = 'somebody.with.a.long.name@customers.example.com';
  const report = await stage.define({ query: `SELECT '${email}' AS customer`, formats: ['html'] });
  await stage.runNow(report, { request: { recipients: [email, 'ann@example.com'] } });
  await stage.redefine(report, { query: 'SELECT 1 AS one' });
  const traces = async () => {
    const rows = await stage.sql(
      'SELECT request, body FROM report_runs UNION ALL SELECT email, params FROM messages',
    );
    return JSON.stringify(rows).replaceAll('<wbr>', '').split(email).length - 1;
  };
  expect(await traces()).toBeGreaterThan(3);
  const { code, stderr } = await sluice(stage.env, 'contacts', 'erase', email, '--yes');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await traces()).toBe(0);
  expect(await stage.sql('SELECT state FROM report_runs')).toEqual([{ state: 'delivered' }]);
});

it('the doctor says which databases of reports answer, and whose role could write', async () => {
  const admin = shop.url.replace('reader', 'admin');
  const stage = await openReportRuns(shop, {
    env: { REPORT_CONNECTIONS: `shop=${shop.url} boss=${admin} gone=mysql://reader:test@127.0.0.1:1/shop` },
  });
  const checks = await runDoctor({ env: stage.env, directory: '/nowhere' });
  const of = (name: string) => checks.find((one) => one.name === `report connection ${name}`);
  expect(of('shop')).toMatchObject({ state: 'ok' });
  expect(of('shop')?.found).toContain('as reader');
  expect(of('boss')).toMatchObject({ state: 'warning' });
  expect(of('boss')?.found).toContain('can write');
  expect(of('gone')).toMatchObject({ state: 'failed', found: expect.stringContaining('ECONNREFUSED') });
});
