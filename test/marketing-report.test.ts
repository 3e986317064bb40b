import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { previewMarketingReport } from '../activities/marketing-preview.ts';
import { boundsOf } from '../domain/report-days.ts';
import { readChartToken } from '../mail/chart-links.ts';
import { loadCatalogue } from '../schedules/load.ts';
import { timesBetween } from '../schedules/recurrence/times.ts';
import { sluice } from './support/command.ts';
import { until } from './support/installation.ts';
import {
  contactRow,
  entryRow,
  eventRow,
  insert,
  type MarketingRoom,
  messageRow,
  openMarketingRoom,
  RECIPIENT,
  random,
  sqlTime,
} from './support/marketing.ts';
import { LINK_SECRET } from './support/marketing-worker.ts';
import { scratchFolder } from './support/scratch.ts';
import { startOwnMysql } from './support/servers.ts';

/** Monday; the report of 08:00 in Berlin is about Sunday, 30 March, which has 23 hours there. */
const SPRING = '2025-03-31T06:00:00Z';
const CLOCK = '2025-03-31T06:00:05Z';

/** A few hundred of everything over 20 days, many of them within a second of a midnight. */
async function fill(room: MarketingRoom, { from, seed }: { readonly from: string; readonly seed: number }) {
  const pick = random(seed);
  const start = Date.parse(from);
  const at = () => {
    const day = start + pick(20) * 86_400_000;
    // Midnights of Berlin in winter and summer, and of UTC.
    const near = [-7_200_000, -3_600_000, 0][pick(3)] ?? 0;
    return pick(3) === 0 ? day + near + pick(3) - 1 : day + pick(86_400_000);
  };
  const maybe = (ms: number) => (pick(2) === 0 ? sqlTime(ms) : undefined);
  const ids = Array.from({ length: 400 }, (_, n) => n + 1);
  await insert(
    room,
    'contacts',
    ids.map((id) => contactRow(id, sqlTime(at()))),
  );
  await insert(
    room,
    'events',
    ids.flatMap((id) => [
      eventRow(id, 'lead.opted_in', sqlTime(at())),
      eventRow(id + 1_000, 'lead.assessment_complete', sqlTime(at()), { red: pick(4), orange: pick(4) }),
      eventRow(id + 2_000, 'lead.booked', sqlTime(at())),
    ]),
  );
  await insert(
    room,
    'funnel_entries',
    ids.map((id) =>
      entryRow(id, sqlTime(at()), {
        funnel: pick(2) === 0 ? 'language' : 'non_language',
        boughtAt: maybe(at()),
      }),
    ),
  );
  await insert(
    room,
    'messages',
    ids.map((id) =>
      messageRow(id, {
        accepted: maybe(at()),
        delivered: maybe(at()),
        opened: maybe(at()),
        clicked: maybe(at()),
        bounced: maybe(at()),
        unsubscribed: maybe(at()),
      }),
    ),
  );
}

/** What the tables say of a day, told in plain SQL by the bounds alone. */
async function countedBySql({ sql }: MarketingRoom, [from, to]: readonly [string, string]) {
  const number = async (text: string) => Number((await sql<{ n: number }>(`SELECT (${text}) AS n`))[0]?.n);
  const within = (column: string) => `${column} >= '${from}' AND ${column} < '${to}'`;
  const assessments = `SELECT COUNT(*) FROM events WHERE type = 'lead.assessment_complete' AND ${within('occurred_at')}`;
  const [red, orange] = ['red', 'orange'].map((name) => `JSON_VALUE(data, '$.${name}')`);
  const entries = (column: string, funnel: string) =>
    number(`SELECT COUNT(*) FROM funnel_entries WHERE funnel_type = '${funnel}' AND ${within(column)}`);
  const mails = (column: string) => number(`SELECT COUNT(*) FROM messages WHERE ${within(column)}`);
  return {
    leads: await number(`SELECT COUNT(*) FROM contacts WHERE ${within('created_at')}`),
    opt_ins: await number(
      `SELECT COUNT(DISTINCT contact_id) FROM events WHERE type = 'lead.opted_in' AND ${within('occurred_at')}`,
    ),
    assessments: await number(assessments),
    assessments_critical: await number(`${assessments} AND ${red} >= 2`),
    assessments_urgent: await number(`${assessments} AND (${red} = 1 OR (${red} = 0 AND ${orange} >= 2))`),
    assessments_optimize: await number(`${assessments} AND ${red} = 0 AND ${orange} < 2`),
    entries: await number(`SELECT COUNT(*) FROM funnel_entries WHERE ${within('entered_at')}`),
    entries_language: await entries('entered_at', 'language'),
    entries_non_language: await entries('entered_at', 'non_language'),
    purchases: await number(
      `SELECT COUNT(*) FROM funnel_entries WHERE ${within('certificate_purchased_at')}`,
    ),
    purchases_language: await entries('certificate_purchased_at', 'language'),
    purchases_non_language: await entries('certificate_purchased_at', 'non_language'),
    mails_sent: await mails('accepted_at'),
    mails_delivered: await mails('delivered_at'),
    mails_opened: await mails('opened_at'),
    mails_clicked: await mails('clicked_at'),
    mails_bounced: await mails('bounced_at'),
    mails_unsubscribed: await mails('unsubscribed_at'),
  };
}

async function preview(room: MarketingRoom, asOf: string, timezone = 'Europe/Berlin') {
  const now = new Date('2030-01-01T00:00:00Z');
  return previewMarketingReport(room.database.orm, { asOf, timezone, now });
}

/** Rows of the mail's table as its reader sees them: label, that day, day before, mean. */
function tableIn(html: string): readonly (readonly string[])[] {
  const body = /<tbody>(.*?)<\/tbody>/s.exec(html)?.[1] ?? '';
  return [...body.matchAll(/<tr>\s*<td(.*?)<\/tr>/gs)].map(([row]) =>
    [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = '']) =>
      cell
        .replace(/<br>.*/s, '')
        .replace(/<[^>]+>/g, '')
        .trim(),
    ),
  );
}

describe('figures of a day', () => {
  it.each([
    { about: 'a day of 23 hours', asOf: SPRING, bounds: ['2025-03-29 23:00:00', '2025-03-30 22:00:00'] },
    {
      about: 'a day of 25 hours',
      asOf: '2025-10-27T07:00:00Z',
      bounds: ['2025-10-25 22:00:00', '2025-10-26 23:00:00'],
    },
    {
      about: 'a plain day',
      asOf: '2025-03-25T07:00:00Z',
      bounds: ['2025-03-23 23:00:00', '2025-03-24 23:00:00'],
    },
  ] as const)('are those of SQL on random people, on $about', async ({ asOf, bounds }) => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room, {
      from: sqlTime(Date.parse(asOf) - 18 * 86_400_000).slice(0, 10),
      seed: asOf.length + 7,
    });
    const { report } = await preview(room, asOf);
    const told = Object.fromEntries(report.rows.map(({ key, value }) => [key, value]));
    expect(told).toEqual(await countedBySql(room, bounds));
    expect(told.mails_opened).toBeGreaterThan(0);
  });

  it('begin with the first instant of a day and end before that of the next', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    const times = [
      '2025-03-29 22:59:59.999',
      '2025-03-29 23:00:00',
      '2025-03-30 21:59:59.999',
      '2025-03-30 22:00:00',
    ];
    await insert(
      room,
      'contacts',
      times.map((at, n) => contactRow(n + 1, at)),
    );
    await insert(
      room,
      'messages',
      times.map((at, n) => messageRow(n + 1, { accepted: at, opened: at })),
    );
    const { report } = await preview(room, SPRING);
    const rows = new Map(report.rows.map((row) => [row.key, row]));
    for (const key of ['leads', 'mails_sent', 'mails_opened']) {
      expect(rows.get(key)).toMatchObject({ value: 2, dayBefore: 1, weekSum: 1 });
    }
  });

  it('stand beside the day before and the seven days before, as SQL has them', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room, { from: '2025-03-13', seed: 11 });
    const { report } = await preview(room, SPRING);
    const bounds = boundsOf({ first: '2025-03-23', last: '2025-03-30' }, 'Europe/Berlin').map((at) =>
      sqlTime(at.getTime()),
    );
    const [weekStart = '', yesterday = '', today = ''] = [bounds[0], bounds[6], bounds[7]];
    const before = await countedBySql(room, [yesterday, today]);
    const week = await countedBySql(room, [weekStart, today]);
    // Whoever agreed on two of the days counts on both.
    for (const { key, dayBefore, weekSum } of report.rows.filter((row) => row.key !== 'opt_ins')) {
      expect({ key, dayBefore, weekSum }).toEqual({
        key,
        dayBefore: before[key as keyof typeof before],
        weekSum: week[key as keyof typeof week],
      });
    }
  });

  it('count who became a contact only to get a report or a reminder as no lead', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    const at = '2025-03-30 10:00:00';
    await insert(
      room,
      'contacts',
      [1, 2, 3, 4].map((id) => contactRow(id, at)),
    );
    await insert(room, 'messages', [
      messageRow(1, { kind: 'report', key: 'marketing-report/2025-03-30/1', accepted: at }),
      messageRow(2, { kind: 'reminder', key: 'reminder/2025-03-30/2', accepted: at }),
      messageRow(3, { accepted: at }),
    ]);
    await insert(room, 'events', [eventRow(2, 'lead.booked', at)]);
    const { report } = await preview(room, SPRING);
    expect(report.rows[0]).toMatchObject({ key: 'leads', value: 3 });
  });
});

it('is due at 08:00, and the review on Mondays at 09:00, in the zone of the report', async () => {
  const catalogue = await loadCatalogue({
    reportTimezone: 'Europe/Berlin',
    temporal: { address: '127.0.0.1:7233', namespace: 'default', taskQueue: 'sluice' },
    schedule: { catalogue: undefined, profile: 'production' },
  });
  const next = (id: string) => {
    const schedule = catalogue.find((one) => one.id === id);
    if (schedule === undefined) throw new Error(`there is no schedule ${id}`);
    const times = timesBetween(schedule.recurrence, {
      after: Date.parse('2025-03-28T12:00:00Z') / 1000,
      count: 3,
    });
    return times.map((at) => new Date(at * 1000).toISOString());
  };
  // Clocks change in the night to the 30th.
  expect(next('marketing-report')).toEqual([
    '2025-03-29T07:00:00.000Z',
    '2025-03-30T06:00:00.000Z',
    '2025-03-31T06:00:00.000Z',
  ]);
  expect(next('campaign-review')).toEqual([
    '2025-03-31T07:00:00.000Z',
    '2025-04-07T07:00:00.000Z',
    '2025-04-14T07:00:00.000Z',
  ]);
});

describe('marketingReport', () => {
  it('mails the numbers of SQL, with two charts that show them', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room, { from: '2025-03-13', seed: 3 });
    const sunday = await countedBySql(room, ['2025-03-29 23:00:00', '2025-03-30 22:00:00']);
    const saturday = await countedBySql(room, ['2025-03-28 23:00:00', '2025-03-29 23:00:00']);
    await room.startWorker();
    const result = await room.report(SPRING);
    expect(result).toMatchObject({
      day: '2025-03-30',
      form: 'full',
      newDays: 14,
      dryRun: false,
      figures: { leads: sunday.leads, mails_sent: sunday.mails_sent, purchases: sunday.purchases },
      mail: { state: 'mailed', recipients: 1, accepted: 1, withheld: 0 },
    });
    const [mail, ...others] = await room.sandbox.control.mails();
    expect(others).toEqual([]);
    expect(mail?.to).toMatchObject([{ email: RECIPIENT }]);
    const html = String(mail?.html);
    const table = tableIn(html).filter(([label]) => label !== 'Conversion to date');
    const keys = Object.keys(sunday) as (keyof typeof sunday)[];
    expect(table.map((row) => row.slice(1, 3))).toEqual(
      keys.map((key) => [String(sunday[key]), String(saturday[key])]),
    );
    const charts = [
      ...html.matchAll(/<img src="[^"]*\/c\/([^"]+)\.png" width="\d+" height="\d+" alt="([^"]+)"/g),
    ].map(([, token = '', alt]) => ({ chart: readChartToken({ secret: LINK_SECRET, token }), alt }));
    expect(charts.map(({ chart }) => chart?.series.map(({ values }) => values.at(-1)))).toEqual([
      [sunday.leads, sunday.opt_ins, sunday.entries],
      [sunday.mails_sent, sunday.mails_opened, sunday.mails_clicked],
    ]);
    expect(charts[0]?.alt).toContain(`${sunday.leads}; Opt-ins`);
  });

  it('has the short form on weekends, by the day of its logical time, and without pictures', async () => {
    // A Saturday, backfilled on the Sunday after; in Berlin it is Saturday already.
    const asOf = '2025-03-28T23:30:00Z';
    const room = await openMarketingRoom({ clock: '2025-03-29T20:00:00Z' });
    await room.startWorker();
    expect(await room.report(asOf)).toMatchObject({ day: '2025-03-28', form: 'short' });
    const [mail] = await room.sandbox.control.mails();
    expect(mail?.html).not.toContain('<img');
    expect(tableIn(String(mail?.html)).map(([label]) => label)).toEqual([
      'New leads',
      'Opt-ins',
      'Assessments',
      'Funnel entries',
      'Purchases',
      'Conversion to date',
      'Mails sent',
    ]);
    expect(await room.report('2025-03-28T22:30:00Z')).toMatchObject({ day: '2025-03-27', form: 'full' });
  });

  it('gives the same report of an old day, byte for byte, whatever has changed since', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room, { from: '2025-03-13', seed: 5 });
    await room.startWorker();
    await room.report(SPRING);
    const before = JSON.stringify((await preview(room, SPRING)).report);
    const rows = await room.sql('SELECT * FROM marketing_days ORDER BY day');
    await room.database.pool.query("DELETE FROM messages WHERE kind = 'journey'");
    await room.database.pool.query('DELETE FROM contacts WHERE id < 300');
    await room.database.pool.query("UPDATE events SET data = '{}'");
    await insert(room, 'funnel_entries', [entryRow(9_999, '2025-03-30 10:00:00')]);
    expect(await room.report(SPRING)).toMatchObject({ newDays: 0 });
    expect(JSON.stringify((await preview(room, SPRING)).report)).toBe(before);
    expect(await room.sql('SELECT * FROM marketing_days ORDER BY day')).toEqual(rows);
    // The days before are recorded, too, so the report of the day before has the same figures.
    const [first] = (await preview(room, '2025-03-30T06:00:00Z')).report.rows;
    expect(first?.value).toBe((JSON.parse(before) as { rows: { dayBefore: number }[] }).rows[0]?.dayBefore);
  });

  it('sends each recipient one mail a day, in re-runs and in runs at once', async () => {
    const recipients = [RECIPIENT, 'ann@example.com', 'bob@example.com'];
    const room = await openMarketingRoom({ clock: CLOCK, recipients });
    await room.startWorker();
    const results = await Promise.all([room.report(SPRING), room.report(SPRING)]);
    await room.report('2025-03-31T06:00:01Z');
    expect(results.map(({ mail }) => mail)).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({ state: 'mailed', recipients: 3, accepted: 3 }),
      ),
    );
    const sent = await room.sandbox.control.mails();
    expect(sent.map(({ to }) => String(to[0]?.email)).toSorted()).toEqual(recipients.toSorted());
    const rows = await room.sql('SELECT message_key FROM messages ORDER BY id');
    expect(rows).toHaveLength(3);
    expect(await room.sql('SELECT day FROM marketing_days')).toHaveLength(14);
  });

  it('mails a new recipient of a day alone', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    const worker = await room.startWorker();
    await room.report(SPRING);
    await worker.stop();
    await room.startWorker({ recipients: [RECIPIENT, 'new@example.com'] });
    await room.report(SPRING);
    const sent = await room.sandbox.control.mails();
    expect(sent.map(({ to }) => String(to[0]?.email)).toSorted()).toEqual(
      [RECIPIENT, 'new@example.com'].toSorted(),
    );
  });

  it('mails nothing of last week, and keeps it', async () => {
    const room = await openMarketingRoom({ clock: '2025-04-07T06:00:00Z' });
    await room.startWorker();
    expect(await room.report(SPRING)).toMatchObject({
      day: '2025-03-30',
      newDays: 14,
      mail: { state: 'mailed', accepted: 0, withheld: 1 },
    });
    expect(await room.sandbox.control.mails()).toEqual([]);
  });

  it('is made and kept when nobody gets it, and says so', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    const first = await room.startWorker({ recipients: [] });
    expect(await room.report(SPRING)).toMatchObject({ newDays: 14, mail: { state: 'no_recipients' } });
    await first.stop();
    await room.startWorker({ mail: 'not set up' });
    expect(await room.report(SPRING)).toMatchObject({ newDays: 0, mail: { state: 'mail_not_set_up' } });
    expect(await room.sql('SELECT id FROM messages')).toEqual([]);
  });

  it('writes and mails nothing on a dry worker', async () => {
    const room = await openMarketingRoom({ clock: CLOCK, dryRun: true });
    await room.startWorker();
    expect(await room.report(SPRING)).toMatchObject({
      dryRun: true,
      newDays: 14,
      mail: { state: 'dry_run' },
    });
    expect(await room.sql('SELECT id FROM marketing_days')).toEqual([]);
    expect(await room.sql('SELECT id FROM contacts')).toEqual([]);
  });

  it('keeps no day that is not over', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await room.startWorker();
    await expect(room.report('2025-04-01T06:00:00Z')).rejects.toMatchObject({
      cause: { cause: { type: 'day_not_over' } },
    });
    expect(await room.sql('SELECT id FROM marketing_days')).toEqual([]);
  });

  it('finds out when kept figures were edited', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await room.startWorker();
    await room.report(SPRING);
    await room.database.pool.query(
      "UPDATE marketing_days SET figures = REPLACE(figures, '\"leads\":0', '\"leads\":7') WHERE day = '2025-03-29'",
    );
    await expect(preview(room, SPRING)).rejects.toMatchObject({ code: 'kept_figures_changed' });
  });

  it('says what there is to say of an empty database', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await room.startWorker();
    await room.report(SPRING);
    const [mail] = await room.sandbox.control.mails();
    expect(mail?.subject).toBe('Marketing on Sunday: 0 leads, 0 mails sent');
    expect(mail?.text).toContain('Too early to compare');
    expect(mail?.text).toContain('Conversion to date: 0.00\u00a0% (0.00\u00a0%; 0.00\u00a0%)');
    expect(mail?.text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each(['recorded', 'planned'] as const)(
    'sends each recipient exactly one mail when the worker is killed (-9) once it has %s',
    async (killAfter) => {
      const recipients = [RECIPIENT, 'ann@example.com'];
      const room = await openMarketingRoom({ clock: CLOCK, recipients });
      const victim = await room.spawnWorker({ killAfter });
      const run = await room.start('marketingReport', SPRING);
      await until('the worker has died', () => Promise.resolve(victim.signalCode === 'SIGKILL'));
      await room.startWorker();
      expect(await run.result()).toMatchObject({ mail: { state: 'mailed', accepted: 2 } });
      const sent = await room.sandbox.control.mails();
      expect(sent.map(({ to }) => String(to[0]?.email)).toSorted()).toEqual(recipients.toSorted());
    },
  );

  it('waits while the database is away', async () => {
    const mysql = await startOwnMysql();
    const room = await openMarketingRoom({ clock: CLOCK, mysqlAdminUrl: mysql.adminUrl });
    await room.startWorker();
    await mysql.server.kill();
    const run = await room.start('marketingReport', SPRING);
    await until('it was tried in vain', async () => {
      const { raw } = await run.describe();
      return (raw.pendingActivities?.[0]?.attempt ?? 0) > 1;
    });
    await mysql.server.start();
    expect(await run.result()).toMatchObject({ day: '2025-03-30', mail: { accepted: 1 } });
    expect(await room.sandbox.control.mails()).toHaveLength(1);
  });
});

describe('sluice run marketing-report', () => {
  it('counts, prints and draws without writing anything, when it runs dry', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await fill(room, { from: '2025-03-13', seed: 3 });
    const file = join(scratchFolder(), 'report.html');
    const { code, stdout } = await sluice(
      room.env,
      'run',
      'marketing-report',
      '--as-of',
      SPRING,
      '--dry-run',
      '--json',
      '--html',
      file,
    );
    expect(code).toBe(0);
    const told = JSON.parse(stdout) as { report: { rows: { key: string; value: number }[] } };
    expect(Object.fromEntries(told.report.rows.map(({ key, value }) => [key, value]))).toEqual(
      await countedBySql(room, ['2025-03-29 23:00:00', '2025-03-30 22:00:00']),
    );
    expect(readFileSync(file, 'utf8').match(/<img src="data:image\/png;base64,/g)).toHaveLength(2);
    expect(await room.sql('SELECT id FROM marketing_days')).toEqual([]);
  });

  it('runs through Temporal and says what became of the mails', async () => {
    const room = await openMarketingRoom({ clock: CLOCK });
    await room.startWorker({ recipients: [] });
    const { code, stdout } = await sluice(room.env, 'run', 'marketing-report', '--as-of', SPRING);
    expect(code).toBe(0);
    expect(stdout).toContain('2025-03-30 (Europe/Berlin)');
    expect(stdout).toContain('No mail: MARKETING_REPORT_EMAILS is not set.');
  });
});
