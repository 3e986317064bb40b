import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type OwnTemporal, startOwnTemporal } from './support/own-temporal.ts';
import { clear, setReports, WEEKLY } from './support/reports.ts';
import { scratchFolder } from './support/scratch.ts';
import { onTerminal } from './support/terminal.ts';

let temporal: OwnTemporal;
beforeAll(async () => {
  temporal = await startOwnTemporal();
});
afterAll(() => temporal.end());

const file = (name: string, content: string) => {
  const path = join(scratchFolder(), name);
  writeFileSync(path, content);
  return path;
};

describe('add', () => {
  it('stores a report by flags, shows its first rows and its next five times with their zone', async () => {
    const here = await setReports(temporal);
    const { code, stdout } = await here.report('add', ...WEEKLY);
    expect(code).toBe(0);
    expect(stdout).toMatch(/shop: SQLite .*\n/);
    expect(stdout).toMatch(/│ 5 +│ 50 +│/);
    expect(stdout).not.toMatch(/│ 6 +│ 60 +│/);
    expect(stdout).toContain('stored weekly-sales, version 1');
    expect(stdout).toMatch(/next:\n( {2}\S+Z \(\S+ 09:00 Europe\/Berlin\)\n){5}$/);
    expect(await here.json('show', 'weekly-sales')).toMatchObject({
      state: 'active',
      definition: { recipients: ['ann@example.com'], owner: 'ann@example.com', formats: ['xlsx'] },
    });
    const again = await here.report('add', ...WEEKLY);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('there is a report "weekly-sales" already');
    await clear(temporal, here);
  });

  it('names the flags of what is missing where nobody can be asked', async () => {
    const here = await setReports(temporal);
    const { code, stderr } = await here.report('add', '--name', 'x');
    expect(code).toBe(2);
    for (const flag of ['--connection', '--query', '--cron (or --every, --rrule, --once)', '--to']) {
      expect(stderr).toContain(flag);
    }
    expect(stderr).not.toContain('--name;');
  });

  it('tells everything that is wrong at once: field, value, and what would be right', async () => {
    const here = await setReports(temporal, { env: { REPORT_RECIPIENT_DOMAINS: 'example.com' } });
    const path = file(
      'wrong.yaml',
      `
name: Wrong
connection: store
query: ''
timezone: Berlin
when: { cron: '0 9 * * 1' }
recipients: [ann, bob@example.org]
subject: '{nmae}'
formats: [docx]
timeoutSeconds: 0
colour: red
`,
    );
    const { code, stderr } = await here.report('add', '-f', path);
    expect(code).toBe(2);
    for (const part of [
      'query must not be empty',
      'timezone must be an IANA time zone, like UTC or Europe/Berlin (it is "Berlin")',
      'recipients.0 must be an e-mail address, like ann@example.com (it is "ann")',
      'subject has the unknown {nmae}',
      'formats.0 must be one of xlsx, csv, pdf, html (it is "docx")',
      'timeoutSeconds must be a whole number from 1',
      'colour is unknown',
      'connection must be a name in REPORT_CONNECTIONS, which has shop (it is "store")',
      'recipients must be at example.com, which REPORT_RECIPIENT_DOMAINS allows (one is "bob@example.org")',
    ]) {
      expect(stderr).toContain(part);
    }
  });

  it.each([
    ['a rule that cannot be read', ['--cron', '0 25 * * *'], 'when (cron 0 25 * * *): '],
    ['a time that is over', ['--once', '2020-01-01T09:00'], 'is over; a time to come is needed'],
    [
      'runs too close together',
      ['--every', '30s'],
      'which REPORT_MIN_INTERVAL asks for (every 30s leaves 30s)',
    ],
    ['two rules', ['--every', '1h', '--cron', '0 9 * * *'], '--cron and --every exclude each other'],
    ['a query that writes', ['--query', 'DELETE FROM orders', '--cron', '0 9 * * 1'], 'the query is refused'],
    ['a query that fails', ['--query', 'SELECT nothing FROM orders', '--cron', '0 9 * * 1'], 'nothing'],
    [
      'a placeholder without a parameter',
      ['--query', 'SELECT id FROM orders WHERE placed_on > :from', '--cron', '0 9 * * 1'],
      'from',
    ],
    [
      'a parameter without a usable value',
      ['--parameter', 'from:date=lastTuesdayish', '--cron', '0 9 * * 1'],
      'must be a day, YYYY-MM-DD',
    ],
    ['more than 48 mails a day', ['--every', '15m'], 'would send up to 96 mails a day'],
  ])('refuses %s', async (_, flags, message) => {
    const here = await setReports(temporal);
    const base = WEEKLY.slice(0, -4);
    const { code, stderr } = await here.report('add', ...base, '--to', 'ann@example.com', ...flags);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(message);
    expect(await here.json('list')).toEqual({ reports: [] });
  });

  it('takes many mails with --yes, a dynamic date, and a condition', async () => {
    const here = await setReports(temporal);
    const flags =
      '--name Alert --connection shop --format html,csv --parameter from:date=startOfLastMonth --every 30m --yes --rearm-after 12h --recovered true';
    const texts = [
      '--query',
      'SELECT count(*) AS n FROM orders WHERE placed_on >= :from',
      '--to',
      'ann@example.com, BOB@example.com',
      '--alert-if',
      'n > 5',
    ];
    await here.json('add', ...flags.split(' '), ...texts);
    expect(await here.json('show', 'alert')).toMatchObject({
      definition: {
        recipients: ['ann@example.com', 'bob@example.com'],
        parameters: [{ name: 'from', type: 'date', value: { from: 'startOfLastMonth' } }],
        condition: {
          test: { kind: 'value', column: 'n', rows: 'first', is: '>', to: 5 },
          alert: 'once',
          rearmAfter: '12h',
          recovered: true,
        },
        formats: ['html', 'csv'],
      },
    });
    expect((await here.report('show', 'alert')).stdout).toContain(
      'n > 5, once, again after 12h, told when it ceases',
    );
    await clear(temporal, here);
  });

  it('asks on a terminal, and tries each answer at once', async () => {
    const here = await setReports(temporal);
    const terminal = onTerminal(here.env, 'report', 'add');
    const asked = async (question: string, ...answers: readonly string[]) => {
      await terminal.sees(question);
      for (const answer of answers) terminal.types(answer);
    };
    await asked('Name: ', 'Big orders');
    await terminal.sees('its id: big-orders');
    await asked('Connection, one of shop [shop]: ', 'store');
    await terminal.sees('there is no connection "store"');
    await asked('Connection, one of shop [shop]: ', '');
    await terminal.sees('reached: SQLite');
    await asked('Time zone [Europe/Berlin]: ', 'Mars/North');
    await asked('Time zone [Europe/Berlin]: ', 'Asia/Tokyo');
    await asked('or @file: ', 'UPDATE orders SET total = 0', 'END');
    await terminal.sees('the query is refused');
    // Pasted: all lines come at once.
    await asked(
      'or @file: ',
      'SELECT id, total\r  FROM orders\r WHERE total > :least AND placed_on > :since\rEND',
    );
    await asked(':least is of type', 'decimal');
    await asked(':least has the value', 'many');
    await terminal.sees('must be a number');
    await asked(':least has the value', '20');
    await asked(':since is of type', 'date');
    await asked(':since has the value', 'startOfThisYear');
    await terminal.sees('it only reads; its first rows:');
    await asked('When: ', '61 9 * * *');
    await terminal.sees('61');
    await asked('When: ', '0 9 * * 1-5');
    expect(await terminal.sees('Is that right?')).toMatch(
      /weekdays at 09:00[^]*( {4}\S+ \(\S+ 09:00 Asia\/Tokyo\)\r\n){5}/,
    );
    terminal.types('');
    await asked('Recipients, separated by commas: ', 'ann');
    await terminal.sees('no e-mail address: ann');
    await asked('Recipients, separated by commas: ', 'ann@example.com');
    await asked('Copies to', '');
    await asked('Subject', '{name} of {date:dd.MM.yyyy}');
    await terminal.sees(/today: Big orders of \d\d\.\d\d\.\d{4}/);
    await asked('Formats', 'xlsx,pdf');
    await asked('When the result is empty', 'notice');
    await terminal.sees('stored big-orders, version 1');
    expect(await terminal.ended()).toBe(0);
    expect(await here.json('show', 'big-orders')).toMatchObject({
      state: 'active',
      timezone: 'Asia/Tokyo',
      definition: {
        query: 'SELECT id, total\n  FROM orders\n WHERE total > :least AND placed_on > :since',
        parameters: [
          { name: 'least', type: 'decimal', value: '20' },
          { name: 'since', type: 'date', value: { from: 'startOfThisYear' } },
        ],
        formats: ['xlsx', 'pdf'],
        onEmpty: 'notice',
      },
    });
    await clear(temporal, here);
  });

  it('stores nothing when the terminal is left', async () => {
    const here = await setReports(temporal);
    const terminal = onTerminal(here.env, 'report', 'add');
    await terminal.sees('Name: ');
    terminal.types('Half');
    await terminal.sees('Connection');
    terminal.types('\u0003');
    await terminal.sees('nothing was stored');
    expect(await terminal.ended()).toBe(2);
    expect(await here.json('list')).toEqual({ reports: [] });
  });
});

describe('update', () => {
  it('shows what changes, makes a version of it, and asks the database only about a changed query', async () => {
    const here = await setReports(temporal);
    await here.json('add', ...WEEKLY);
    const { code, stdout } = await here.report(
      'update',
      'weekly-sales',
      '--query',
      'SELECT id, total FROM orders\nWHERE total > 10',
      '--cc',
      'eve@example.com',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('query:\n  + WHERE total > 10');
    expect(stdout).toContain('cc: [] → ["eve@example.com"]');
    expect(stdout).toContain('weekly-sales has version 2 now');
    expect((await here.report('update', 'weekly-sales', '--cc', 'eve@example.com')).stdout).toContain(
      'is as you say already, version 2',
    );
    const refused = await here.report('update', 'weekly-sales', '--query', 'DROP TABLE orders');
    expect(refused.stderr).toContain('the query is refused');
    expect(await here.report('update', 'weekly-sales')).toMatchObject({ code: 2 });
    expect((await here.report('update', 'weekly-slaes', '--cc', 'a@b.c')).stderr).toContain(
      'Did you mean weekly-sales?',
    );
    expect((await here.report('versions', 'weekly-sales')).stdout).toMatch(
      /^2 {2}.*\n[^]*\+ WHERE[^]*\n1 {2}/,
    );
    await clear(temporal, here);
  });
});

describe('export and import', () => {
  it('bring every field around, twice', async () => {
    const here = await setReports(temporal);
    const everything = file(
      'all.yaml',
      `
id: all-of-it
name: All – “of” it
description: |
  Two
  lines
connection: shop
query: |
  SELECT id
  FROM orders -- :no placeholder here
  WHERE id IN (:ids)
parameters:
  - { name: ids, type: integer, list: true, value: [1, 2] }
when: { rrule: 'FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9' }
timezone: Asia/Kolkata
catchUp: all
catchUpWithin: 6h
recipients: [ann@example.com]
cc: [bob@example.com]
subject: '{name} {date:EEE dd.MM.yyyy}'
formats: [csv, html]
csv: { bom: false, delimiter: ';' }
formulaSafe: false
onEmpty: notice
condition: { test: { kind: rowCount, is: '>', to: 10 }, alert: once, until: 5, recovered: true }
caps: { rows: 5, bytes: 5000 }
timeoutSeconds: 9
owner: own@example.com
pauseAfterFailures: 0
keepDays: 7
isActive: false
---
name: Every
connection: shop
query: SELECT 1 AS one
when: { cron: { dayOfWeek: mon, hour: 9 } }
recipients: [ann@example.com]
`,
    );
    expect(await here.report('import', everything)).toMatchObject({ code: 0 });
    const exported = (await here.report('export')).stdout;
    expect(exported).not.toContain('sqlite');
    const [all, every] = exported.split('---\n').map((part) => parse(part) as Record<string, unknown>);
    expect(all).toMatchObject({
      catchUpWithin: '6h',
      pauseAfterFailures: 0,
      isActive: false,
      caps: { rows: 5 },
    });
    expect(every).toMatchObject({ when: { cron: '0 9 * * mon' } });

    await clear(temporal, here);
    const there = await setReports(temporal);
    expect(await there.report('import', file('again.yaml', exported))).toMatchObject({ code: 0 });
    expect((await there.report('export')).stdout).toBe(exported);
    const again = await there.json<{ reports: readonly { outcome: string }[] }>(
      'import',
      file('once-more.yaml', exported),
    );
    expect(again.reports.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    await clear(temporal, there);
  });

  it('leaves a report that is there and says something else, unless it is to be replaced', async () => {
    const here = await setReports(temporal);
    await here.json('add', ...WEEKLY);
    const { stdout } = await here.report('export', 'weekly-sales');
    const changed = file('changed.yaml', stdout.replace('0 9 * * 1', '0 8 * * 1'));
    const refused = await here.report('import', changed);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain('--replace makes a new version of it');
    expect((await here.report('import', changed, '--replace', '--dry-run')).stdout).toContain(
      'would be updated',
    );
    expect((await here.report('import', changed, '--replace')).stdout).toMatch(/^updated +weekly-sales\n/);
    expect((await here.report('versions', 'weekly-sales')).stdout).toContain('0 9 * * 1');
    await clear(temporal, here);
  });
});

/** A task as the old tool wrote it. */
const task = (changes: Readonly<Record<string, unknown>>) => ({
  task_id: '0b8a',
  name: 'Orders',
  description: null,
  database_type: 'postgresql',
  database_url: 'postgresql+psycopg2://app:s3cret%40@db.example.com/shop?password=alsos3cret',
  query: 'SELECT id FROM orders',
  schedule_type: 'cron',
  schedule_config: { hour: 9, minute: 0 },
  email_recipients: ['Ann@Example.com'],
  email_cc_recipients: null,
  email_subject: 'Scheduled Database Report',
  export_excel: true,
  export_pdf: false,
  excel_path: null,
  pdf_path: null,
  is_active: true,
  created_at: '2025-01-01T10:00:00.123',
  last_run: null,
  next_run: null,
  run_count: 4,
  error_count: 1,
  last_error: null,
  ...changes,
});

describe('import of the old tool’s tasks.json', () => {
  it('makes reports of its tasks, and of a URL a name that is told without its password', async () => {
    const here = await setReports(temporal);
    const shop = here.env.REPORT_CONNECTIONS?.replace('shop=', '');
    const tasks = [
      task({}),
      task({
        name: 'Local',
        database_url: shop,
        export_pdf: true,
        excel_path: '/tmp/report.xlsx',
        is_active: true,
      }),
    ];
    const path = file('tasks.json', JSON.stringify(tasks));
    const { code, stdout, stderr } = await here.report('import', path, '--timezone', 'Asia/Kolkata');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('s3cret');
    expect(stdout).toContain('  shop-db-example-com=postgres://app:PASSWORD@db.example.com:5432/shop');
    expect(stdout).toMatch(
      /^created {3}orders \(inactive\)\n {2}runs every day at 09:00 \(Asia\/Kolkata\), next .* 09:00 Asia\/Kolkata\)/,
    );
    expect(stdout).toContain('created   local\n');
    expect(stdout).toContain('excel_path left out');
    expect(await here.json('show', 'orders')).toMatchObject({
      state: 'inactive',
      reason: 'The connection shop-db-example-com is not in REPORT_CONNECTIONS.',
      definition: {
        connection: 'shop-db-example-com',
        recipients: ['ann@example.com'],
        owner: 'ann@example.com',
        subject: 'Scheduled Database Report',
        formats: ['html', 'xlsx'],
        onEmpty: 'skip',
        timezone: 'Asia/Kolkata',
      },
    });
    expect(await here.json('show', 'local')).toMatchObject({
      state: 'active',
      definition: { connection: 'shop', formats: ['html', 'xlsx', 'pdf'] },
    });
    const [{ all }] = await here.database.pool
      .query('SELECT GROUP_CONCAT(definition) AS `all` FROM report_versions')
      .then(([rows]) => rows as [{ all: string }]);
    expect(all).not.toContain('s3cret');
    const again = await here.json<{ reports: readonly { outcome: string }[] }>(
      'import',
      path,
      '--timezone',
      'Asia/Kolkata',
    );
    expect(again.reports.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect((await here.report('enable', 'orders')).stderr).toContain('must be a name in REPORT_CONNECTIONS');
    await clear(temporal, here);
  });

  it('reads every kind of time as it was meant', async () => {
    const here = await setReports(temporal);
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, unknown])[] = [
      [{ hour: 9, minute: null, second: 0 }, { cron: '0 9 * * *' }],
      [{ hour: '9', minute: '0,30' }, { cron: '0,30 9 * * *' }],
      [{ day_of_week: 'mon', hour: 8, minute: 30 }, { cron: '30 8 * * mon' }],
      [{ day_of_week: 0, hour: 8 }, { cron: '0 8 * * mon' }],
      [{ day_of_week: '5-6', hour: 8 }, { cron: '0 8 * * sat,sun' }],
      [{ day_of_week: 'mon-fri', hour: 7 }, { cron: '0 7 * * mon-fri' }],
      [{ day: 1, hour: 0, minute: 0 }, { cron: '0 0 1 * *' }],
      [{ day: 15 }, { cron: '0 0 15 * *' }],
      [{ month: 6 }, { cron: '0 0 1 6 *' }],
      [{ minute: 0 }, { cron: '0 * * * *' }],
      [{ hour: '*/6' }, { cron: '0 */6 * * *' }],
      [{ year: 2099, hour: 1 }, { cron: '0 0 1 1 1 * 2099' }],
      [{ day: 'last', hour: 18 }, { rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=18;BYMINUTE=0;BYSECOND=0' }],
      [{ day: '2nd fri', hour: 18 }, { rrule: 'FREQ=MONTHLY;BYDAY=2FR;BYHOUR=18;BYMINUTE=0;BYSECOND=0' }],
      [
        { day: 13, day_of_week: 'fri', hour: 12 },
        { rrule: 'FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYHOUR=12;BYMINUTE=0;BYSECOND=0' },
      ],
    ];
    const tasks = [
      ...cases.map(([schedule_config], at) => task({ name: `Case ${at}`, schedule_config })),
      task({ name: 'Each hour', schedule_type: 'interval', schedule_config: {} }),
      task({
        name: 'Mixed',
        schedule_type: 'interval',
        schedule_config: { hours: 2, minutes: 30, days: '' },
      }),
      task({ name: 'Later', schedule_type: 'once', schedule_config: { run_date: '2099-01-02 03:04:05' } }),
      task({ name: 'Case-0' }),
    ];
    const { code, stdout } = await here.report(
      'import',
      file('times.json', JSON.stringify(tasks)),
      '--dry-run',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/would be created +case-0-2/);
    expect(await here.json('list')).toEqual({ reports: [] });
    await here.json('import', file('times.json', JSON.stringify(tasks)));
    const { reports } = await here.json<{ reports: readonly { name: string; when: unknown }[] }>('export');
    const whenOf = (name: string) => reports.find((report) => report.name === name)?.when;
    expect(cases.map((_, at) => whenOf(`Case ${at}`))).toEqual(cases.map(([, when]) => when));
    expect(whenOf('Each hour')).toEqual({ every: '3600s' });
    expect(whenOf('Mixed')).toEqual({ every: '9000s' });
    expect(whenOf('Later')).toEqual({ once: '2099-01-02T03:04:05' });
  });

  it('refuses what cannot be a report, says why, and stores the others', async () => {
    const here = await setReports(temporal);
    const tasks = [
      task({ name: 'Weeks', schedule_config: { week: 5, day_of_week: 'mon' } }),
      task({ name: 'Nothing', schedule_config: {} }),
      task({ name: 'Oracle', database_url: 'oracle://a:s3cret@h/x' }),
      task({ name: 'Nobody', email_recipients: [] }),
      task({ name: 'Typo', email_recipients: ['ann@'] }),
      task({ name: 'Past', schedule_type: 'once', schedule_config: { run_date: '2020-01-01 00:00:00' } }),
      task({ name: 'Instant', schedule_type: 'interval', schedule_config: { seconds: 0 } }),
      task({ name: 'Rush', schedule_type: 'interval', schedule_config: { minutes: 1 } }),
      task({ name: 'Good', colour: 'red' }),
    ];
    const { code, stdout, stderr } = await here.report('import', file('bad.json', JSON.stringify(tasks)));
    expect(code).toBe(1);
    expect(stderr).toContain('8 of 9 reports were refused');
    expect(stdout).not.toContain('s3cret');
    for (const part of [
      'schedule_config.week 5: Temporal has no weeks of the year',
      'cron names no field',
      'database_url is no URL of PostgreSQL, MySQL, MariaDB or SQLite',
      'recipients must name at least one address',
      'recipients.0 must be an e-mail address, like ann@example.com (it is "ann@")',
      'is over; a time to come is needed',
      'names an interval of nothing',
      'it would send up to 1440 mails a day',
      'fields that the old tool does not know are left out: colour',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(await here.json('list')).toMatchObject({ reports: [{ id: 'good', state: 'inactive' }] });
  });
});

describe('connections', () => {
  it('are listed without addresses, tested, and their tables named', async () => {
    const here = await setReports(temporal);
    const list = await here.report('connections');
    expect(list.stdout).toMatch(/│ shop +│ SQLite/);
    expect(list.stdout).not.toContain('/');
    expect((await here.report('connections', 'test', 'shop')).stdout).toMatch(/^shop: SQLite /);
    expect((await here.report('connections', 'tables', 'shop')).stdout).toMatch(
      /orders\n {2}id INTEGER, placed_on TEXT/,
    );
    expect(await here.report('connections', 'test', 'store')).toMatchObject({ code: 2 });
  });
});
