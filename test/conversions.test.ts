import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConversionsWish,
  conversionsContent,
  dailyConversionsContent,
} from '../cli/conversions-content.ts';
import { recordDays } from '../db/conversion-history.ts';
import type { ConversionsJson } from '../reports/conversions-json.ts';
import { type ConversionsSite, createConversionsSite } from './support/conversions-site.ts';
import { scratchFolder } from './support/scratch.ts';
import { startOwnMysql } from './support/servers.ts';

const NOW = new Date('2025-03-31T12:00:00Z');

let world: ConversionsSite;
beforeAll(async () => {
  world = await createConversionsSite();
});
beforeEach(async () => world.clear());
afterAll(async () => world.close());

interface Ask {
  readonly from?: string;
  readonly to?: string;
  readonly timezone?: string;
  readonly site?: string;
  readonly onUnknownTests?: ConversionsWish['onUnknownTests'];
}

function wish({ from, to, timezone = 'UTC', site, onUnknownTests = () => undefined }: Ask): ConversionsWish {
  return {
    settings: world.settings({
      REPORT_TIMEZONE: timezone,
      ...(site === undefined ? {} : { SITE_DATABASE_URL: site }),
    }),
    period: { timezone, from: from ?? null, to: to ?? null },
    format: 'json',
    now: NOW,
    onUnknownTests,
  };
}

async function totals(ask: Ask = {}) {
  const { orm } = world.database;
  const { funnels, total } = JSON.parse(String(await conversionsContent(orm, wish(ask)))) as ConversionsJson;
  return [...funnels, total].map(({ entries, purchased, conversion }) => [entries, purchased, conversion]);
}

/** Of each day and funnel in which something happened: tests, entries, purchases, and totals up to the day's end. */
async function daily(ask: Ask = {}) {
  const { orm } = world.database;
  const { daily: days = [] } = JSON.parse(
    String(await dailyConversionsContent(orm, wish(ask))),
  ) as ConversionsJson;
  return days
    .filter(({ tests, entries, purchases }) => (tests ?? 0) + entries + purchases > 0)
    .map((row) => [
      `${row.day} ${row.funnel}`,
      row.tests,
      row.entries,
      row.purchases,
      row.totalEntries,
      row.totalPurchased,
    ]);
}

async function daysShown(ask: Ask): Promise<readonly string[]> {
  const content = await dailyConversionsContent(world.database.orm, wish(ask));
  return ((JSON.parse(String(content)) as ConversionsJson).daily ?? []).map(({ day }) => day);
}

describe('the totals', () => {
  it('count who entered, and who of them has bought, for each funnel and in all', async () => {
    const boughtAt = '2025-02-01T00:00:00Z';
    await world.enter({ at: '2024-06-01T10:00:00Z', people: 7 });
    await world.enter({ at: '2024-06-02T10:00:00Z', people: 3, boughtAt });
    await world.enter({ at: '2024-06-01T10:00:00Z', funnel: 'non_language', people: 4 });
    await world.enter({ at: '2024-06-01T10:00:00Z', funnel: 'non_language', boughtAt });
    expect(await totals()).toEqual([
      [10, 3, 30],
      [5, 1, 20],
      [15, 4, 26.67],
    ]);
  });

  it('show zeros where nobody entered', async () => {
    expect(await totals()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('round half-up to two decimals', async () => {
    const at = '2024-06-01T10:00:00Z';
    await world.enter({ at, people: 799 });
    await world.enter({ at, boughtAt: at });
    await world.enter({ at, funnel: 'non_language', people: 2 });
    await world.enter({ at, funnel: 'non_language', boughtAt: at });
    expect(await totals()).toEqual([
      [800, 1, 0.13],
      [3, 1, 33.33],
      [803, 2, 0.25],
    ]);
  });

  it('take the first day in and leave the last one out', async () => {
    for (const at of ['2024-01-01T00:00:00Z', '2024-12-31T23:59:59Z', '2024-12-31T23:59:59.999Z']) {
      await world.enter({ at });
    }
    await world.enter({ at: '2025-01-01T00:00:00Z' });
    await world.enter({ at: '2023-12-31T23:59:59.999Z' });
    expect((await totals({ from: '2024-01-01', to: '2025-01-01' }))[2]).toEqual([3, 0, 0]);
    expect((await totals({ from: '2024-01-01' }))[2]).toEqual([4, 0, 0]);
    expect((await totals({ to: '2025-01-01' }))[2]).toEqual([4, 0, 0]);
  });

  it('count an entry late in the evening on its day in the zone of the report', async () => {
    await world.enter({ at: '2024-07-01T21:30:00Z' }); // 23:30 in Berlin
    await world.enter({ at: '2024-07-01T22:00:00Z' }); // 00:00 of the day after
    const july1 = { from: '2024-07-01', to: '2024-07-02' };
    expect((await totals({ ...july1, timezone: 'Europe/Berlin' }))[2]).toEqual([1, 0, 0]);
    expect((await totals({ ...july1, timezone: 'UTC' }))[2]).toEqual([2, 0, 0]);
    expect((await totals({ ...july1, timezone: 'Asia/Dubai' }))[2]).toEqual([0, 0, 0]);
  });

  it('do not depend on the zone of the database server', async () => {
    const mysql = await startOwnMysql();
    const connection = await createConnection({ uri: mysql.adminUrl });
    await connection.query("SET GLOBAL time_zone = '+04:00'");
    await connection.end();
    const usual = world;
    world = await createConversionsSite({ adminUrl: mysql.adminUrl });
    try {
      await world.enter({ at: '2024-07-01T23:30:00Z', boughtAt: '2024-07-01T23:59:59Z' });
      await world.take('english', '2024-07-01T23:45:00Z');
      expect((await totals({ from: '2024-07-01', to: '2024-07-02' }))[0]).toEqual([1, 1, 100]);
      expect(await daily({ from: '2024-06-30', to: '2024-07-03' })).toEqual([
        ['2024-07-01 language', 1, 1, 1, 1, 1],
      ]);
    } finally {
      await world.close();
      world = usual;
    }
  });
});

describe('the days', () => {
  it('show new tests of each class beside entries, and purchases on the day of the payment', async () => {
    await world.take('english', '2025-03-20T08:00:00Z', '2025-03-20T09:00:00Z');
    await world.take('german', '2025-03-20T10:00:00Z');
    await world.take('logic', '2025-03-21T10:00:00Z');
    await world.take('dangling', '2025-03-21T10:00:00Z');
    await world.site.insertSittings([
      { Email: null, TestId: null, Datep: new Date('2025-03-21T10:00:00Z') },
      { Email: 'zero@example.com', TestId: 101, Datep: '0000-00-00 00:00:00' },
    ]);
    await world.enter({ at: '2025-01-01T10:00:00Z', boughtAt: '2025-03-20T23:59:59.999Z' });
    await world.enter({ at: '2025-03-20T23:59:59.999Z' });
    await world.enter({
      at: '2025-03-21T00:00:00Z',
      funnel: 'non_language',
      boughtAt: '2025-03-22T00:00:00Z',
    });
    expect(await daily()).toEqual([
      ['2025-03-20 language', 3, 1, 1, 2, 1],
      ['2025-03-21 non_language', 1, 1, 0, 1, 0],
      ['2025-03-22 non_language', 0, 0, 1, 1, 1],
    ]);
  });

  it('are the last thirty up to today, both funnels, unless dates say otherwise', async () => {
    const usual = await daysShown({});
    expect(usual).toHaveLength(60);
    expect([usual[0], usual.at(-1)]).toEqual(['2025-03-02', '2025-03-31']);
    expect(new Set(await daysShown({ to: '2025-03-05' })).size).toBe(30);
    expect(await daysShown({ from: '2025-03-31', to: '2030-01-01' })).toEqual(['2025-03-31', '2025-03-31']);
    expect(await daysShown({ from: '2030-01-01' })).toEqual([]);
  });

  it.each([
    { what: 'short', day: '2025-03-30', first: '2025-03-29T23:00:00Z', next: '2025-03-30T22:00:00Z' },
    { what: 'long', day: '2024-10-27', first: '2024-10-26T22:00:00Z', next: '2024-10-27T23:00:00Z' },
  ])('begin and end with the $what day of a clock change', async ({ day, first, next }) => {
    const last = new Date(Date.parse(next) - 1000).toISOString();
    const before = new Date(Date.parse(first) - 1000).toISOString();
    for (const at of [before, first, last, next]) {
      await world.enter({ at, boughtAt: at });
      await world.take('english', at);
    }
    const days = await daily({ from: '2024-10-01', timezone: 'Europe/Berlin' });
    expect(days).toHaveLength(3);
    expect(days[1]).toEqual([`${day} language`, 2, 2, 2, 3, 3]);
  });

  it('come from the history where they were recorded, and are counted where not', async () => {
    await world.take('english', '2025-03-29T10:00:00Z', '2025-03-30T10:00:00Z');
    const recorded = { entries: 8, purchases: 7, totalEntries: 6, totalPurchased: 5, tests: 9 };
    await recordDays(world.database.orm, {
      days: [
        { day: '2025-03-29', funnel: 'language', ...recorded },
        { day: '2025-03-29', funnel: 'non_language', ...recorded, tests: 0, entries: 0, purchases: 0 },
      ],
      tests: 'replace',
    });
    expect(await daily()).toEqual([
      ['2025-03-29 language', 9, 8, 7, 6, 5],
      ['2025-03-30 language', 1, 0, 0, 0, 0],
    ]);
  });

  it('that are not recorded say so while the site cannot be asked', async () => {
    await world.enter({ at: '2025-03-30T10:00:00Z' });
    const recorded = { entries: 1, purchases: 0, totalEntries: 1, totalPurchased: 0, tests: 4 };
    await recordDays(world.database.orm, {
      days: (['language', 'non_language'] as const).map((funnel) => ({
        day: '2025-03-29',
        funnel,
        ...recorded,
      })),
      tests: 'replace',
    });
    const remarks: [readonly string[], string][] = [];
    const days = await daily({
      from: '2025-03-29',
      site: 'mysql://reader:secret@127.0.0.1:1/site',
      onUnknownTests: (unknown, reason) => remarks.push([unknown, reason]),
    });
    expect(days).toEqual([
      ['2025-03-29 language', 4, 1, 0, 1, 0],
      ['2025-03-29 non_language', 4, 1, 0, 1, 0],
      ['2025-03-30 language', null, 1, 0, 1, 0],
    ]);
    expect(remarks).toEqual([[['2025-03-30', '2025-03-31'], 'connect ECONNREFUSED 127.0.0.1:1']]);
  });

  it('are refused where a mistyped year asks for thousands of them', async () => {
    await expect(daily({ from: '0225-03-29' })).rejects.toThrow('too many to show day by day');
  });
});

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function sluice(directory: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd: directory, env: { PATH: process.env.PATH, ...world.env, ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        done({ code, stdout, stderr });
      },
    );
  });
}

describe('sluice conversions', () => {
  it('prints a table, JSON or CSV, or writes it to a file', async () => {
    const folder = scratchFolder();
    await world.enter({ at: '2024-06-01T10:00:00Z', boughtAt: '2024-06-01T10:00:00Z' });
    const [table, json, csv, file] = await Promise.all([
      sluice(folder, ['conversions']),
      sluice(folder, ['conversions', '--json']),
      sluice(folder, ['conversions', '--format', 'csv', '--from-date', '2024-01-01']),
      sluice(folder, ['conversions', '--format', 'csv', '--daily', '--out', 'days.csv']),
    ]);
    expect(table.stdout).toContain('│ total        │       1 │         1 │   100.00 % │');
    expect(JSON.parse(json.stdout)).toMatchObject({ total: { entries: 1, purchased: 1, conversion: 100 } });
    expect(csv.stdout).toBe(
      'funnel,entries,purchased,conversion_percent\r\nlanguage,1,1,100.00\r\nnon_language,0,0,0.00\r\ntotal,1,1,100.00\r\n',
    );
    expect(file.stdout).toBe(`wrote ${join(folder, 'days.csv')}\n`);
    expect(readFileSync(join(folder, 'days.csv'), 'utf8').split('\r\n')).toHaveLength(62);
    expect([table, json, csv, file].map(({ code, stderr }) => [code, stderr])).toEqual(
      Array.from({ length: 4 }, () => [0, '']),
    );
  });

  it('writes a page and the trend as SVG and PNG beside the reader', async () => {
    const folder = scratchFolder();
    await world.enter({ at: '2024-06-01T10:00:00Z', people: 1234 });
    const noSite = { SITE_DATABASE_URL: 'mysql://reader:secret@127.0.0.1:1/site' };
    const runs = await Promise.all([
      sluice(folder, ['conversions', '--format', 'html']),
      sluice(folder, ['conversions', '--format', 'svg'], noSite),
      sluice(folder, ['conversions', '--format', 'png', '--daily', '--out', 'trend.png'], noSite),
    ]);
    expect(runs.map(({ stdout, stderr }) => [stdout, stderr])).toEqual(
      ['conversions.html', 'conversions.svg', 'trend.png'].map((name) => [
        `wrote ${join(folder, name)}\n`,
        '',
      ]),
    );
    const html = readFileSync(join(folder, 'conversions.html'), 'utf8');
    expect(html).toContain('<dd>1,234</dd>');
    expect(html).toContain('<th scope="row">2024-06-01</th>');
    expect(readFileSync(join(folder, 'conversions.svg'), 'utf8')).toMatch(/^<svg/);
    expect(readFileSync(join(folder, 'trend.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    {
      args: ['--from-date', '2024-02-30'],
      code: 2,
      says: '--from-date "2024-02-30" is a day that does not exist',
    },
    { args: ['--to-date', '01.02.2024'], code: 2, says: '--to-date "01.02.2024" is not a date' },
    {
      args: ['--from-date', '2024-02-01', '--to-date', '2024-02-01'],
      code: 2,
      says: 'must be before --to-date',
    },
    { args: ['--format', 'xml'], code: 2, says: "argument 'xml' is invalid" },
    {
      args: ['--out', 'nowhere/c.csv'],
      code: 1,
      says: '--out "nowhere/c.csv" cannot be written: its folder',
    },
    { args: ['--out', '.'], code: 1, says: '--out "." cannot be written: it is a folder' },
  ])('refuses $args with one clear line', async ({ args, code, says }) => {
    const run = await sluice(scratchFolder(), ['conversions', ...args]);
    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toContain(says);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('leaves a file as it is when the report cannot be made', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'old.csv'), 'old');
    const run = await sluice(folder, ['conversions', '--out', 'old.csv'], {
      DATABASE_URL: 'mysql://nobody:secret@127.0.0.1:1/none',
    });
    expect(run.code).toBe(1);
    expect(run.stderr).not.toContain('secret');
    expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toBe('old');
    expect(existsSync(join(folder, 'conversions.html'))).toBe(false);
  });
});
