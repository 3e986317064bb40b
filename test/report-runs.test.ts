import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readArtefact } from '../db/artefacts.ts';
import { deliveriesOfRun } from '../db/report-deliveries.ts';
import { type ReportRun, runOf } from '../db/report-runs.ts';
import { until } from './support/installation.ts';
import { startPostgres } from './support/postgres.ts';
import {
  openGatewayOf,
  openReportRuns,
  openShop,
  type ReportRuns,
  type Shop,
} from './support/report-runs.ts';
import { createPeople } from './support/reports/people.ts';
import { SANDBOX_KEY } from './support/sandbox-client.ts';
import { scratchFolder } from './support/scratch.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
}, 120_000);
afterAll(() => shop.end());

async function contentOf({ ours }: ReportRuns, { artefacts }: ReportRun, format: string): Promise<string> {
  const chunks: Buffer[] = [];
  const file = artefacts.find((one) => one.format === format);
  for await (const chunk of readArtefact(ours.orm, file?.artefactId ?? 0)) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  expect(createHash('sha256').update(content).digest('hex')).toBe(file?.sha256);
  expect(content.length).toBe(file?.bytes);
  return content.toString();
}

async function mailTo({ sandbox }: ReportRuns, email: string) {
  const mails = await sandbox.control.mails();
  const mail = mails.findLast(({ to }) => to[0]?.email === email);
  if (mail === undefined) throw new Error(`no mail to ${email}`);
  return mail;
}

describe('a run', () => {
  it('queries once, keeps its files, and mails them to each recipient and each cc once', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({
      query: 'SELECT country, total /* delivers */ FROM orders ORDER BY id',
      formats: ['xlsx', 'csv', 'html'],
      cc: ['boss@example.com', 'ann@example.com'],
      description: 'Orders by country.',
    });
    const run = await stage.runNow(report);
    expect(run).toMatchObject({ state: 'delivered', rowsWritten: 3, rowsTotal: 3, truncated: false });
    expect(run.artefacts.map(({ format, rows, truncated }) => ({ format, rows, truncated }))).toEqual([
      { format: 'xlsx', rows: 3, truncated: false },
      { format: 'csv', rows: 3, truncated: false },
    ]);
    expect(await contentOf(stage, run, 'csv')).toBe(
      '\uFEFFcountry,total\r\nGermany,120.50\r\nAustria,80.00\r\nÖsterreich,\r\n',
    );
    const mails = await stage.sandbox.control.mails();
    expect(mails.map(({ to }) => to.map(({ email }) => email).join()).toSorted()).toEqual([
      'ann@example.com',
      'bob@example.com',
      'boss@example.com',
    ]);
    for (const mail of mails) {
      expect(mail.attachmentDigests).toEqual(run.artefacts.map(({ sha256 }) => sha256));
      expect(mail.html).toContain('Österreich');
      expect(mail.text).toContain('country      total\n----------  ------\nGermany     120.50');
      expect(mail.text).toContain('Orders by country.');
      // Colleagues do not see each other's addresses.
      expect(`${mail.html}${mail.text}`.match(/[a-z]+@example\.com/g)).toBeNull();
    }
    expect((await mailTo(stage, 'boss@example.com')).text).toContain('You get a copy of this report.');
    expect((await mailTo(stage, 'ann@example.com')).text).not.toContain('copy');
    expect(await shop.ran('delivers')).toBe(1);
    const deliveries = await deliveriesOfRun(stage.ours.orm, run.id);
    expect(deliveries.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('is one for one slot, however often and by how many workers it is asked for; parameters count from the slot', async () => {
    const stage = await openReportRuns(shop);
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    const report = await stage.define({
      query:
        'SELECT :day AS day, :from AS month, COUNT(*) AS n /* slots */ FROM orders WHERE placed_on >= :from',
      parameters: [
        { name: 'day', type: 'date', value: { from: 'today' } },
        { name: 'from', type: 'date', value: { from: 'startOfLastMonth' } },
      ],
      formats: ['csv'],
      when: { cron: '0 0,9 * * *' },
    });
    // The first is 1 January in Berlin and still December in UTC; clocks have just changed at the second.
    const slots = ['2025-12-31T23:00:00Z', '2026-03-29T07:00:00Z'];
    await stage.backfill(report, ...slots);
    const runs = await stage.ended(report, 2);
    await stage.backfill(report, ...slots);
    await stage.backfill(report, '2026-05-01T07:00:00Z');
    const all = await stage.ended(report, 3);
    expect(all.slice(0, 2)).toEqual(runs);
    expect(all.map(({ asOf, state, trigger }) => [asOf.toISOString(), state, trigger])).toEqual([
      ['2025-12-31T23:00:00.000Z', 'delivered', 'schedule'],
      ['2026-03-29T07:00:00.000Z', 'delivered', 'schedule'],
      ['2026-05-01T07:00:00.000Z', 'delivered', 'schedule'],
    ]);
    const [newYear, spring] = all;
    if (newYear === undefined || spring === undefined) throw new Error('too few');
    expect(await contentOf(stage, newYear, 'csv')).toContain('2026-01-01,2025-12-01,3');
    expect(await contentOf(stage, spring, 'csv')).toContain('2026-03-29,2026-02-01,3');
    expect(await shop.ran('slots')).toBe(3);
    expect(await stage.taken()).toEqual(
      ['ann', 'bob'].flatMap((name) =>
        ['2026-01-01', '2026-03-29', '2026-05-01'].map((day) => `${name}@example.com Sales ${day}`),
      ),
    );
  });

  it('delivers an empty result as its report says: as any other, not at all, or as a notice', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const query = 'SELECT id, total FROM orders WHERE id > 99';
    const send = await stage.define({ query, onEmpty: 'send', subject: 'send' });
    const skip = await stage.define({ query, onEmpty: 'skip', subject: 'skip' });
    const notice = await stage.define({ query, onEmpty: 'notice', subject: 'notice' });
    const states = await Promise.all(
      [send, skip, notice].map(async (report) => (await stage.runNow(report)).state),
    );
    expect(states).toEqual(['delivered', 'skipped', 'delivered']);
    expect(await stage.taken()).toEqual([
      'ann@example.com notice',
      'ann@example.com send',
      'bob@example.com notice',
      'bob@example.com send',
    ]);
    const mails = await stage.sandbox.control.mails();
    const of = (subject: string) => mails.find((mail) => mail.subject === subject);
    expect(of('send')?.attachments).toHaveLength(1);
    expect(of('send')?.text).toContain('No rows.');
    expect(of('notice')?.attachments).toEqual([]);
    expect(of('notice')?.text).toContain('The query gave no rows this time.');
  });

  it('says in the mail, in the file and in the history when rows are cut off, and how many there are', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const query = 'SELECT seq AS n FROM seq_1_to_2500';
    const caps = { rows: 1_000, bytes: 10_000_000 };
    const report = await stage.define({ query, caps, formats: ['csv', 'xlsx', 'pdf'] });
    const body = await stage.define({ query, caps, formats: ['html'] });
    const run = await stage.runNow(report);
    expect(run).toMatchObject({ rowsWritten: 1_000, rowsTotal: 2_500, truncated: true });
    expect((await mailTo(stage, 'ann@example.com')).text).toContain('First 1,000 of 2,500 rows.');
    const lines = (await contentOf(stage, run, 'csv')).trim().split('\r\n');
    expect(lines).toHaveLength(1_002);
    expect(lines.at(-1)).toContain('first 1,000 of 2,500 rows');
    const { stdout } = await stage.report('runs', '--run', String(run.id));
    expect(stdout).toContain('delivered, 1,000 rows of 2,500');
    expect(await stage.runNow(body)).toMatchObject({ rowsWritten: 1_000, rowsTotal: 2_500, truncated: true });
    expect((await mailTo(stage, 'ann@example.com')).text).toContain('First 20 of 2,500 rows.');
  });

  it('asks PostgreSQL, with a cancelled query ended there, too', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.remove());
    const people = await createPeople({ kind: 'postgres', postgres });
    const stage = await openReportRuns(undefined, {
      env: { REPORT_CONNECTIONS: `shop=${people.connection.url}` },
    });
    await stage.startWorker();
    const query = 'SELECT id, name FROM people WHERE name <> :not ORDER BY id';
    const parameters = [{ name: 'not', type: 'text' as const, value: 'Bob' }];
    const run = await stage.runNow(await stage.define({ query, parameters, formats: ['csv', 'xlsx'] }));
    expect(run).toMatchObject({ state: 'delivered', rowsWritten: 1 });
    expect(await contentOf(stage, run, 'csv')).toContain('1,Ann');
    const endless = await stage.define({ query: 'SELECT count(*) FROM generate_series(1, 1000000000000) s' });
    const { handle, end } = await stage.start(endless);
    const running = async () =>
      (
        await postgres.run(
          "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()",
        )
      ).length;
    await until('the query runs', async () => (await running()) > 0);
    await handle.cancel();
    expect(await end()).toMatchObject({ state: 'cancelled' });
    await until('the query is gone', async () => (await running()) === 0);
  }, 600_000);

  it('asks a SQLite file like any other database', async () => {
    const file = join(scratchFolder(), 'till.db');
    const till = new DatabaseSync(file);
    till.exec("CREATE TABLE sales (day text, total real); INSERT INTO sales VALUES ('2026-11-20', 12.5)");
    till.close();
    const stage = await openReportRuns(undefined, { env: { REPORT_CONNECTIONS: `shop=sqlite://${file}` } });
    await stage.startWorker();
    const report = await stage.define({ query: 'SELECT day, total FROM sales', formats: ['csv'] });
    const run = await stage.runNow(report);
    expect(run.state).toBe('delivered');
    expect(await contentOf(stage, run, 'csv')).toContain('2026-11-20,12.5');
  });
});

describe('what is too large for a mail', () => {
  it('is attached as one archive', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({
      query: "SELECT seq AS n, REPEAT('the same words ', 20) AS words FROM seq_1_to_20000",
      formats: ['csv'],
    });
    const run = await stage.runNow(report);
    expect(run.state).toBe('delivered');
    const [csv, zip] = run.artefacts;
    expect(csv?.bytes).toBeGreaterThan(4_000_000);
    const mail = await mailTo(stage, 'bob@example.com');
    expect(mail.attachments).toEqual([zip?.name]);
    expect(mail.attachmentDigests).toEqual([zip?.sha256]);
    expect(mail.text).toMatch(/The file has 6\.\d MB, more than a mail takes; it is attached as an archive/);
  });

  it('is linked where an archive is too large as well; the link downloads from a gateway until it expires', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({
      query: 'SELECT seq AS n, SHA2(seq, 512) AS noise FROM seq_1_to_70000',
      formats: ['csv'],
      keepDays: 2,
    });
    const run = await stage.runNow(report);
    expect(run.state).toBe('delivered');
    expect(run.artefacts.map(({ format }) => format)).toEqual(['csv']);
    const mail = await mailTo(stage, 'bob@example.com');
    expect(mail.attachments).toEqual([]);
    const last = new Date(run.createdAt.getTime() + 2 * 86_400_000);
    expect(mail.text).toContain(
      `The link works until ${last.toLocaleDateString('en-CA', { timeZone: 'Europe/Berlin' })}`,
    );
    const [, token] = /https:\/\/reports\.example\.org(\/f\/[\w-]+)/.exec(mail.html ?? '') ?? [];
    const url = await openGatewayOf(stage);
    const answer = await fetch(`${url}${token ?? ''}`);
    expect(answer.status).toBe(200);
    const digest = createHash('sha256')
      .update(Buffer.from(await answer.arrayBuffer()))
      .digest('hex');
    expect(digest).toBe(run.artefacts[0]?.sha256);
    await stage.sql(`UPDATE artefacts SET expires_at = NOW() - INTERVAL 1 SECOND`);
    expect((await fetch(`${url}${token ?? ''}`)).status).toBe(410);
  });
});

describe('a recipient whom the provider refuses', () => {
  it('costs nobody a second mail and no second query; "resend --failed" sends to exactly that one', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    await stage.sandbox.control.addFault({
      kind: 'status',
      status: 400,
      code: 'invalid_parameter',
      message: 'email is not valid in to',
      route: '/smtp/email',
      email: 'bob@example.com',
    });
    const report = await stage.define({
      query: 'SELECT country /* refused */ FROM orders',
      recipients: ['ann@example.com', 'bob@example.com', 'cleo@example.com'],
    });
    const run = await stage.runNow(report);
    expect(run).toMatchObject({ state: 'undelivered', errorCode: 'mails_not_sent' });
    expect((await stage.taken()).map((line) => line.split('@')[0])).toEqual(['ann', 'cleo']);

    await stage.sandbox.control.clearFaults();
    const resent = await stage.report('resend', String(run.id), '--failed', '--json');
    expect(resent.stderr).toBe('');
    expect(JSON.parse(resent.stdout)).toMatchObject({
      state: 'delivered',
      deliveries: [{ state: 'accepted' }, { state: 'accepted' }, { state: 'accepted' }],
    });
    expect((await stage.taken()).map((line) => line.split('@')[0])).toEqual(['ann', 'bob', 'cleo']);
    expect((await mailTo(stage, 'bob@example.com')).attachmentDigests).toEqual([run.artefacts[0]?.sha256]);
    const again = await stage.report('resend', String(run.id), '--failed');
    expect(again.stdout).toContain('there is nothing to be resent');
    expect(await stage.taken()).toHaveLength(3);
    expect(await shop.ran('refused')).toBe(1);
  });
});

it('keeps the files when Brevo refuses the key; "resend --failed" mails them once it is right', async () => {
  const stage = await openReportRuns(shop);
  await stage.startWorker();
  await stage.sandbox.control.setKeys(['another key']);
  const report = await stage.define({ query: 'SELECT country /* wrong_key */ FROM orders' });
  const run = await stage.runNow(report);
  expect(run).toMatchObject({ state: 'undelivered', errorCode: 'brevo_key_refused', rowsWritten: 3 });
  await stage.sandbox.control.setKeys([SANDBOX_KEY]);
  expect((await stage.report('resend', String(run.id), '--failed')).code).toBe(0);
  expect(await runOf(stage.ours.orm, run.id)).toMatchObject({ state: 'delivered', errorCode: null });
  expect(await stage.taken()).toHaveLength(2);
  expect(await shop.ran('wrong_key')).toBe(1);
});

describe('a report with a condition', () => {
  it('alerts once, says when it is over, and can be tried without counting', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({
      query: 'SELECT id, pieces FROM stock',
      formats: ['html'],
      recipients: ['ann@example.com'],
      subject: 'stock',
      condition: {
        test: { kind: 'value', column: 'pieces', rows: 'any', is: '<', to: 5 },
        alert: 'once',
        recovered: true,
      },
    });
    const at = async (pieces: number, hour: number) => {
      await shop.run(`UPDATE stock SET pieces = ${pieces}`);
      const { state, alertState } = await stage.runNow(report, {
        asOf: new Date(Date.UTC(2026, 10, 21, hour)),
      });
      return `${state} ${alertState}`;
    };
    expect(await at(7, 1)).toBe('skipped quiet');
    await shop.run('UPDATE stock SET pieces = 3');
    const tried = await stage.runNow(report, { request: { recipients: ['me@example.com'] } });
    expect(tried).toMatchObject({ state: 'delivered', alertState: null });
    expect(await at(3, 2)).toBe('delivered alerted');
    expect(await at(2, 3)).toBe('skipped holding');
    expect(await at(9, 4)).toBe('delivered recovered');
    expect(await at(9, 5)).toBe('skipped quiet');
    expect(await stage.taken()).toEqual([
      'ann@example.com Alert: stock',
      'ann@example.com Recovered: stock',
      'me@example.com stock',
    ]);
    const mails = await stage.sandbox.control.mails();
    const alert = mails.find(({ subject }) => subject === 'Alert: stock');
    expect(alert?.text).toContain('A value of pieces is < 5 (one row).');
  });

  it('alerts of a change; one that nobody was told of is news to the next run', async () => {
    const stage = await openReportRuns(shop);
    const report = await stage.define({
      query: 'SELECT pieces FROM stock',
      formats: ['csv'],
      condition: { test: { kind: 'changed' }, alert: 'every', recovered: false },
    });
    const run = async (pieces: number) => {
      await shop.run(`UPDATE stock SET pieces = ${pieces}`);
      const asOf = new Date(Date.UTC(2026, 10, 21, 1, 0, pieces));
      const { state, alertState, errorCode } = await stage.runNow(report, { asOf });
      return { state, alertState, errorCode };
    };
    const live = await stage.startWorker();
    expect(await run(11)).toEqual({ state: 'skipped', alertState: 'quiet', errorCode: null });
    await live.stop();
    const dry = await stage.startWorker({ APP_DRY_RUN: 'true' });
    expect(await run(12)).toEqual({ state: 'skipped', alertState: null, errorCode: 'dry_run' });
    expect(await stage.taken()).toEqual([]);
    await dry.stop();
    await stage.startWorker();
    await shop.run('UPDATE stock SET pieces = 12');
    expect(await stage.runNow(report, { asOf: new Date('2026-11-21T02:00:00Z') })).toMatchObject({
      state: 'delivered',
      alertState: 'alerted',
    });
    expect(await stage.taken()).toHaveLength(2);
  });
});

describe('the commands', () => {
  it('preview a report into a folder, run it for one reader, list runs, fetch a file', async () => {
    const stage = await openReportRuns(shop);
    await stage.startWorker();
    const report = await stage.define({
      query: 'SELECT country, total FROM orders WHERE total > :least',
      parameters: [{ name: 'least', type: 'decimal', value: 100 }],
      formats: ['xlsx', 'csv', 'html'],
    });
    const folder = join(scratchFolder(), 'preview');
    mkdirSync(folder);
    const preview = await stage.report(
      'preview',
      report.id,
      '--out',
      folder,
      '--param',
      'least=10',
      '--json',
    );
    expect(JSON.parse(preview.stdout)).toMatchObject({ rows: 2, rowsTotal: 2, truncated: false });
    expect(readFileSync(join(folder, 'mail.txt'), 'utf8')).toContain('least: 10');
    expect(await stage.sql('SELECT id FROM report_runs')).toEqual([]);
    expect(await stage.sql('SELECT id FROM artefacts')).toEqual([]);

    const ran = await stage.report('run', report.id, '--to', 'Me@Example.com', '--json');
    expect(ran.code).toBe(0);
    const told = JSON.parse(ran.stdout) as { readonly run: number };
    expect(told).toMatchObject({ state: 'delivered', rows: 1, deliveries: [{ to: 'me@example.com' }] });
    expect(await stage.taken()).toHaveLength(1);
    const wrong = await stage.report('run', report.id, '--param', 'least=much');
    expect(wrong.stderr).toContain('"least" must be a number such as -12.50');
    expect(await stage.sql('SELECT id FROM report_runs')).toHaveLength(1);

    const runs = await stage.report('runs', report.id);
    expect(runs.stdout).toContain('delivered');
    const out = join(folder, 'fetched.csv');
    const file = await stage.report('file', String(told.run), '--format', 'csv', '--out', out);
    expect(file.code).toBe(0);
    const { artefacts } = await runOf(stage.ours.orm, told.run);
    const digest = createHash('sha256').update(readFileSync(out)).digest('hex');
    expect(digest).toBe(artefacts.find(({ format }) => format === 'csv')?.sha256);
  });
});
