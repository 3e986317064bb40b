import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openapi } from '../events/openapi.ts';
import { settleLostRuns, startAcceptedRuns } from '../events/report-runs.ts';
import { signWebhook } from '../events/standard-webhooks.ts';
import { post, SECRET } from './support/gateway.ts';
import { until } from './support/installation.ts';
import { startOwnTemporal } from './support/own-temporal.ts';
import {
  openGatewayOf,
  openReportRuns,
  openShop,
  type ReportRuns,
  type Shop,
} from './support/report-runs.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
}, 120_000);
afterAll(() => shop.end());

interface Told {
  readonly run: {
    readonly id: number;
    readonly state: string;
    readonly url: string;
    readonly as_of: string;
    readonly rows: number | null;
    readonly files: readonly { readonly name: string; readonly sha256: string }[];
  };
  readonly duplicate: boolean;
}

type Posted = Parameters<typeof post>[2];

async function ask(url: string, report: string, body: unknown = {}, more: Posted = {}) {
  const answer = await post(url, body, { path: `/v1/reports/${report}/runs`, ...more });
  return { ...answer, told: answer.body as unknown as Told };
}

async function look(url: string, path: string, secret = SECRET) {
  const headers = signWebhook({ id: `get_${randomUUID()}`, at: new Date(), body: '', secret });
  const answer = await fetch(`${url}${path}`, { headers: { ...headers } });
  return { status: answer.status, told: (await answer.json()) as Told };
}

const isDelivered = (url: string, path: string) =>
  until('the run is delivered', async () => {
    const { told } = await look(url, path);
    return told.run.state === 'delivered' ? told : undefined;
  });

const runsOf = ({ sql }: ReportRuns) => sql<{ state: string }>('SELECT * FROM report_runs ORDER BY id');

/** Numbers begin anew in each database, and workflow ids are for the whole Temporal. */
async function numbersOfItsOwn({ sql }: ReportRuns): Promise<void> {
  await sql(`ALTER TABLE report_runs AUTO_INCREMENT = ${1 + Math.floor(Math.random() * 2 ** 47)}`);
}

describe('a signed request', () => {
  it('starts a run with its parameters, as of its time, and says how far it is', async () => {
    const stage = await openReportRuns(shop);
    await numbersOfItsOwn(stage);
    await stage.startWorker();
    const url = await openGatewayOf(stage);
    const report = await stage.define({
      query: 'SELECT id FROM orders WHERE id IN (:ids) AND placed_on < :day',
      parameters: [
        { name: 'ids', type: 'integer', list: true },
        { name: 'day', type: 'date', value: { from: 'today' } },
      ],
      formats: ['csv'],
    });
    const body = { parameters: { ids: [1, 2, 3] }, as_of: '2026-11-04T09:00:00+01:00' };
    const { status, headers, told } = await ask(url, report.id, body);
    expect(status).toBe(202);
    expect(told).toMatchObject({ duplicate: false, run: { as_of: '2026-11-04T08:00:00.000Z' } });
    expect(headers.get('location')).toBe(told.run.url);
    const { run } = await isDelivered(url, told.run.url);
    expect(run).toMatchObject({ rows: 2, error: null });
    expect(run.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(run)).not.toContain('@');
    expect(await stage.taken()).toHaveLength(2);
  });

  it('needs no body', async () => {
    const stage = await openReportRuns(shop);
    await numbersOfItsOwn(stage);
    const url = await openGatewayOf(stage);
    const { id } = await stage.define();
    const path = `/v1/reports/${id}/runs`;
    const headers = signWebhook({ id: 'one', at: new Date(), body: '', secret: SECRET });
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { ...headers } });
    expect(answer.status).toBe(202);
  });

  it('with the same id is the same run, also at the same moment; with another body it is refused', async () => {
    const stage = await openReportRuns(shop);
    await numbersOfItsOwn(stage);
    await stage.startWorker();
    const url = await openGatewayOf(stage);
    const report = await stage.define({
      query: 'SELECT id FROM orders WHERE id >= :least',
      parameters: [{ name: 'least', type: 'integer', value: 1 }],
    });
    const send = (body: unknown) => ask(url, report.id, body, { id: 'request-7' });
    const all = await Promise.all(Array.from({ length: 6 }, () => send({ parameters: { least: 2 } })));
    expect(all.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
    expect(all.filter(({ told }) => !told.duplicate)).toHaveLength(1);
    expect(new Set(all.map(({ told }) => told.run.id)).size).toBe(1);
    await isDelivered(url, all[0]?.told.run.url ?? '');
    for (const other of [
      { parameters: { least: 3 } },
      {},
      { parameters: { least: 2 }, as_of: '2026-11-04T09:00:00Z' },
    ]) {
      expect(await send(other)).toMatchObject({ status: 409, body: { code: 'run_conflict' } });
    }
    expect(await runsOf(stage)).toHaveLength(1);
    expect(await stage.taken()).toHaveLength(2);
  });
});

it('refuses what is not signed, too old, or not usable, and writes nothing down', async () => {
  const stage = await openReportRuns(shop);
  const url = await openGatewayOf(stage);
  const report = await stage.define({
    query: 'SELECT id FROM orders WHERE id >= :least',
    parameters: [{ name: 'least', type: 'integer' }],
  });
  const off = await stage.define();
  await stage.setActive(off.id, false);
  const body = { parameters: { least: 1 } };
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const refused: readonly (readonly [number, string, Awaited<ReturnType<typeof ask>>])[] = [
    [401, 'signature_wrong', await ask(url, report.id, body, { secret: other })],
    [401, 'headers_missing', await ask(url, report.id, body, { headers: { 'webhook-signature': '' } })],
    [401, 'timestamp_off', await ask(url, report.id, body, { at: new Date(Date.now() - 10 * 60_000) })],
    [404, 'not_found', await ask(url, 'no-such-report', body)],
    [409, 'report_inactive', await ask(url, off.id, {})],
    [422, 'parameters_invalid', await ask(url, report.id, {})],
    [422, 'parameters_invalid', await ask(url, report.id, { parameters: { least: 1, most: 2 } })],
    [422, 'parameters_invalid', await ask(url, report.id, { parameters: { least: '1; DROP TABLE orders' } })],
    [422, 'run_invalid', await ask(url, report.id, { ...body, recipients: ['me@example.com'] })],
    [422, 'run_invalid', await ask(url, report.id, { ...body, as_of: 'yesterday' })],
    [400, 'not_json', await ask(url, report.id, '{')],
    [415, 'content_type', await ask(url, report.id, body, { headers: { 'content-type': 'text/plain' } })],
  ];
  expect(refused.map(([, , { status, body: told }]) => [status, told.code])).toEqual(
    refused.map(([status, code]) => [status, code]),
  );
  expect(await runsOf(stage)).toEqual([]);
  expect((await look(url, `/v1/reports/${report.id}/runs/1`, other)).status).toBe(401);
  expect((await look(url, `/v1/reports/${report.id}/runs/1`)).status).toBe(404);
});

it('accepts while Temporal is away; a worker starts the run within a minute', async () => {
  const temporal = await startOwnTemporal();
  onTestFinished(() => temporal.end());
  const stage = await openReportRuns(shop, { temporalAddress: temporal.address });
  const url = await openGatewayOf(stage);
  const report = await stage.define();
  await temporal.server.kill();
  const { status, told } = await ask(url, report.id);
  expect(status).toBe(202);
  expect((await look(url, told.run.url)).told.run.state).toBe('accepted');
  await temporal.server.start();
  await stage.startWorker();
  // What the flow `reportSync` does each minute, a little later than it is.
  await until('it is started', async () => {
    await stage.client.workflow.execute('reportSync', {
      taskQueue: stage.settings.temporal.taskQueue,
      workflowId: 'sync',
    });
    const [run] = await runsOf(stage);
    return run?.state !== 'accepted';
  });
  await isDelivered(url, told.run.url);
  expect(await stage.taken()).toHaveLength(2);
}, 120_000);

it('ends runs whose workflow was terminated: one without files as cancelled, one with files to be resent', async () => {
  const stage = await openReportRuns(shop);
  await numbersOfItsOwn(stage);
  const report = await stage.define();
  const { taskQueue } = stage.settings.temporal;
  const upkeep = { database: stage.ours, client: stage.client, taskQueue };
  const { run, handle } = await stage.start(report);
  await handle.terminate('by a test');
  expect(await startAcceptedRuns({ ...upkeep, now: new Date(Date.now() + 60_000) })).toBe(1);
  await stage.sql(`UPDATE report_runs SET state = 'querying' WHERE id = ${run.id}`);
  expect(await settleLostRuns({ ...upkeep, now: new Date() })).toBe(0);
  expect(await settleLostRuns({ ...upkeep, now: new Date(Date.now() + 3_600_000) })).toBe(1);
  const withFiles = await stage.start(report);
  await stage.sql(`UPDATE report_runs SET state = 'delivering' WHERE id = ${withFiles.run.id}`);
  await withFiles.handle.terminate('by a test');
  expect(await settleLostRuns({ ...upkeep, now: new Date(Date.now() + 3_600_000) })).toBe(1);
  expect(await runsOf(stage)).toMatchObject([
    { state: 'cancelled', error_code: 'workflow_gone' },
    { state: 'undelivered', error_code: 'workflow_gone' },
  ]);
});

it('is what the command of the page starts, as it stands there', async () => {
  const page = readFileSync(new URL('../docs/reports-operations.md', import.meta.url), 'utf8');
  const [, command = ''] = /```sh\n(id=[\s\S]*?)```/.exec(page) ?? [];
  const stage = await openReportRuns(shop);
  await numbersOfItsOwn(stage);
  const url = await openGatewayOf(stage);
  await stage.define({
    id: 'weekly-sales',
    parameters: [
      { name: 'country', type: 'text', value: 'Austria' },
      { name: 'from', type: 'date', value: '2026-01-01' },
    ],
  });
  const env = { PATH: process.env.PATH, EVENTS_SECRET: SECRET, PUBLIC_URL: url };
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { env });
  const told = JSON.parse(stdout) as Told;
  expect(told).toMatchObject({ duplicate: false, run: { state: 'accepted' } });
  const [run] = await stage.sql<{ request: string }>('SELECT request FROM report_runs');
  expect(JSON.parse(run?.request ?? '')).toEqual({
    parameters: { country: 'Germany', from: { from: 'startOfLastMonth' } },
  });
});

it('is described in /openapi.json', () => {
  expect(Object.keys(openapi.paths)).toEqual(
    expect.arrayContaining(['/v1/reports/{id}/runs', '/v1/reports/{id}/runs/{run}']),
  );
});
