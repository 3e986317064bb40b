import { createConnection } from 'mysql2/promise';
import { expect, it, onTestFinished } from 'vitest';
import { blankPerson } from '../db/erasure.ts';
import { addressesIn, withoutAddress } from '../domain/erasure.ts';
import { addressHash } from '../mail/keys.ts';
import { type CommandResult, sluice } from './support/command.ts';
import { type Installation, until } from './support/installation.ts';
import { buys, installed, LANGUAGE_TEST, takesTest } from './support/people.ts';
import { createDatabase } from './support/servers.ts';

const SLUICE_SECRET = 'a secret of the tests, long enough for it';
const ANNA = 'anna@example.com';
const LATER = '2026-03-10T12:15:00Z';
/** The address and everything else that tells of her, in whatever spelling. */
const TRACES = ['anna@example.com', 'Anna', 'Schmidt', '555-0199'];

const at = (time: string) => `2026-03-10 ${time}`;
const contacts = (here: Installation, ...args: readonly string[]): Promise<CommandResult> =>
  sluice(here.env, 'contacts', ...args);

/** A site where Anna took a test, bought, and left two texts that are no addresses; somebody else did, too. */
async function withAnna(): Promise<Installation> {
  const here = await installed({ env: { SLUICE_SECRET } });
  await takesTest(here, { id: 1, email: 'Anna@Example.com', at: '2026-03-01 10:00:00' });
  await takesTest(here, { id: 2, email: ANNA, at: '2026-03-01 10:10:00', testId: 900 });
  await takesTest(here, { id: 3, email: 'Anna Schmidt <anna@example.com>', at: '2026-03-01 10:20:00' });
  await takesTest(here, { id: 4, email: 'not-anna@example.org', at: '2026-03-01 10:30:00' });
  await here.startWorker();
  await here.sync('2026-03-10T12:00:00Z');
  await buys(here, { id: 8, email: ANNA, at: '2026-03-10 12:05:00' });
  await buys(here, { id: 9, email: 'not-anna@example.org', at: '2026-03-10 12:06:00' });
  await here.sync(LATER);
  return here;
}

/** What events, mail and journeys hold of her. @returns the id of her contact */
async function knownByEvents(here: Installation): Promise<number> {
  const { sql } = here;
  await sql(`INSERT INTO contacts (email, first_name, name, timezone, fields, consent, consent_at, created_at, updated_at)
    VALUES ('${ANNA}', 'Anna', 'Anna Schmidt', 'Europe/Berlin', '{"phone":"555-0199"}', 'opted_in', '${at('09:00')}', '${at('09:00')}', '${at('09:00')}'),
      ('friend@example.com', 'Fred', 'Fred', NULL, '{"recommended_by":"Anna@example.com","likes":"tea"}', 'unknown', NULL, '${at('09:00')}', '${at('09:00')}')`);
  const [contact] = await sql<{ readonly id: number }>(`SELECT id FROM contacts WHERE email = '${ANNA}'`);
  const id = contact?.id ?? 0;
  const hash = addressHash(SLUICE_SECRET, ANNA);
  await sql(`INSERT INTO contact_resources (resource, contact_id) VALUES ('lead.42', ${id})`);
  await sql(`INSERT INTO events (event_id, body_hash, type, resource, contact_id, occurred_at, received_at, data, state) VALUES
    ('optin-${ANNA}', '${'0'.repeat(64)}', 'lead.opted_in', 'lead.42', ${id}, '${at('09:00')}', '${at('09:00')}', '{"email":"${ANNA}","name":"Anna Schmidt"}', 'dispatched'),
    ('event-2', '${'0'.repeat(64)}', 'lead.booked', 'lead.42', ${id}, '${at('09:10')}', '${at('09:10')}', '{"phone":"555-0199"}', 'accepted'),
    ('event-3', '${'0'.repeat(64)}', 'lead.opted_in', 'lead.43', ${id + 1}, '${at('09:20')}', '${at('09:20')}', '{"email":"friend@example.com","cc":["ANNA@example.com"]}', 'dispatched')`);
  await sql(`INSERT INTO event_runs (event_id, trigger_id, workflow_id, outcome, at)
    SELECT id, 'new-lead-handler', 'journey/x/${id}/1', 'started', '${at('09:00')}' FROM events WHERE contact_id = ${id} LIMIT 1`);
  await sql(`INSERT INTO journey_runs (workflow_id, journey, definition_hash, contact_id, anchor_at, state, started_at) VALUES
    ('journey/x/${id}/${here.settings.temporal.taskQueue}', 'x', '${'0'.repeat(64)}', ${id}, '${at('09:00')}', 'running', '${at('09:00')}'),
    ('journey/x/${id}/never-begun-${here.settings.temporal.taskQueue}', 'x', '${'0'.repeat(64)}', ${id}, '${at('09:00')}', 'running', '${at('09:00')}')`);
  await sql(
    `INSERT INTO exposures (experiment, contact_id, arm, exposed_at) VALUES ('subject', ${id}, 'a', '${at('09:00')}')`,
  );
  await sql(`INSERT INTO messages (message_key, uuid, kind, scope, contact_id, email, template, template_version, params, state, due_at, prepared_at, accepted_at) VALUES
    ('journey/1/one', UUID(), 'journey', 'marketing', ${id}, '${ANNA}', 'welcome', 'v', '{"given":{},"contact":{"first_name":"Anna"}}', 'accepted', '${at('09:01')}', '${at('09:01')}', '${at('09:01')}'),
    ('journey/1/two', UUID(), 'journey', 'marketing', ${id}, '${ANNA}', 'welcome', 'v', '{"given":{},"contact":{"first_name":"Anna"}}', 'prepared', '${at('09:02')}', '${at('09:02')}', NULL)`);
  await sql(`INSERT INTO engagements (engagement_key, event, message_id, contact_id, occurred_at, received_at, link)
    SELECT '${'1'.repeat(64)}', 'clicked', id, NULL, '${at('09:05')}', '${at('09:05')}', 'https://example.com/anna@example.com' FROM messages WHERE message_key = 'journey/1/one'`);
  await sql(`INSERT INTO lead_scores (contact_id, score, previous, points, opens, scored_at)
    VALUES (${id}, 12, 5, 25, 5, '${at('09:00')}')`);
  await sql(`INSERT INTO lead_score_history (scored_at, contact_id, score, points)
    VALUES ('${at('09:00')}', ${id}, 12, 25)`);
  await sql(`INSERT INTO lead_crossings (contact_id, number, direction, crossed_at, score, previous, channel_state, mail_state)
    VALUES (${id}, 1, 'hot', '${at('09:00')}', 80, 79, 'open', 'open')`);
  await sql(`INSERT INTO notifications (notification_key, channel, contact_id, state, prepared_at)
    VALUES ('hot/${id}', 'sales', ${id}, 'sent', '${at('09:00')}')`);
  await sql(
    `INSERT INTO suppressions (address_hash, scope, reason, source, since) VALUES ('${hash}', 'reminders', 'unsubscribed', 'link', '${at('09:00')}')`,
  );
  return id;
}

/** Where in all of our tables a text stands, whatever its case: `table.column`. Texts of other people do not count. */
async function placesOf({ sql }: Installation, text: string): Promise<readonly string[]> {
  const columns = await sql<{ readonly t: string; readonly c: string }>(
    "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = DATABASE() AND data_type IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'json', 'binary', 'varbinary', 'blob', 'mediumblob', 'longblob')",
  );
  expect(columns.length).toBeGreaterThan(50);
  const places: string[] = [];
  for (const { t, c } of columns) {
    const rows = await sql<{ readonly text: string }>(
      `SELECT CAST(\`${c}\` AS CHAR) AS text FROM \`${t}\` WHERE LOCATE('${text.toLowerCase()}', LOWER(CAST(\`${c}\` AS CHAR))) > 0`,
    );
    if (rows.some((row) => !row.text.includes('not-anna@example.org'))) places.push(`${t}.${c}`);
  }
  return places;
}

async function expectNoTrace(here: Installation): Promise<void> {
  for (const trace of TRACES) expect([trace, ...(await placesOf(here, trace))]).toEqual([trace]);
}

it('exports everything of a person: each table that holds the address, or that refers to the contact', async () => {
  const here = await withAnna();
  const id = await knownByEvents(here);
  const { code, stdout } = await contacts(here, 'export', ' ANNA@example.com ');
  expect(code).toBe(0);
  const exported = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect(exported).toMatchObject({
    email: ANNA,
    contact: { id, name: 'Anna Schmidt', fields: { phone: '555-0199' } },
    resources: [{ resource: 'lead.42' }],
    events: [{ type: 'lead.opted_in', data: { name: 'Anna Schmidt' } }, { type: 'lead.booked' }],
    eventRuns: [{ trigger: 'new-lead-handler' }],
    messages: [{ params: { contact: { first_name: 'Anna' } } }, { state: 'prepared' }],
    engagements: [{ event: 'clicked' }],
    journeyRuns: [{ journey: 'x' }, { journey: 'x' }],
    exposures: [{ arm: 'a' }],
    notifications: [{ channel: 'sales' }],
    leadScores: [{ score: 12, opens: 5 }],
    leadScoreHistory: [{ score: 12, points: 25 }],
    leadCrossings: [{ direction: 'hot', number: 1 }],
    suppressions: [{ reason: 'unsubscribed' }],
    entries: [{ funnelType: 'language', certificatePurchased: 1 }],
    purchases: [{ paymentId: 8 }],
    brevoChanges: [{ kind: 'entry' }, { kind: 'purchase' }],
    quarantine: [{ sittingId: 2 }, { sittingId: 3 }],
  });

  // Nothing that a later table adds is forgotten: these are all that hold the address or refer to the person.
  const holding = new Set((await placesOf(here, ANNA)).map((place) => place.split('.')[0] ?? ''));
  const referring = await here.sql<{ readonly t: string }>(
    "SELECT DISTINCT table_name AS t FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name IN ('contact_id', 'address_hash')",
  );
  for (const { t } of referring) holding.add(t);
  expect([...holding].toSorted((a, b) => a.localeCompare(b))).toEqual([
    'brevo_changes',
    'certificate_purchases',
    'contact_resources',
    'contacts',
    'engagements',
    'erasures',
    'events',
    'exposures',
    'funnel_entries',
    'journey_runs',
    'lead_crossings',
    'lead_score_history',
    'lead_scores',
    'messages',
    'notifications',
    'quarantine',
    'suppressions',
  ]);
});

it('erases a person: no trace in our database, none at Brevo, and nobody takes them in again', async () => {
  const here = await withAnna();
  const id = await knownByEvents(here);
  const { client, sandbox, sql } = here;
  const journey = await client.workflow.start('anything', {
    workflowId: `journey/x/${id}/${here.settings.temporal.taskQueue}`,
    taskQueue: 'nobody works here',
  });
  expect(await placesOf(here, ANNA)).not.toEqual([]);
  const before = await counts(here);

  const erased = await contacts(here, 'erase', 'Anna@example.com', '--yes', '--json');
  expect(erased.stderr).toBe('');
  expect(JSON.parse(erased.stdout)).toEqual({ erased: true, journeysStopped: 2, brevo: 'deleted' });
  await expectNoTrace(here);
  expect(await counts(here)).toEqual(before);
  expect((await sandbox.control.contacts({ limit: 100 })).map(({ email }) => email)).toEqual([
    'not-anna@example.org',
  ]);
  const { events } = await journey.fetchHistory();
  expect(events?.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName)).toContain(
    'stop',
  );
  await journey.terminate();
  expect(await sql('SELECT state, reason FROM messages ORDER BY id')).toEqual([
    { state: 'accepted', reason: null },
    { state: 'withheld', reason: 'erased' },
  ]);
  expect(await sql("SELECT data, state FROM events WHERE resource = 'erased' ORDER BY id")).toEqual([
    { data: '{}', state: 'dispatched' },
    { data: '{}', state: 'dispatched' },
  ]);
  expect(await sql("SELECT fields FROM contacts WHERE email = 'friend@example.com'")).toEqual([
    { fields: '{"recommended_by":"","likes":"tea"}' },
  ]);

  // The site still has its rows: all hours are read again, one sitting is changed, another one and a payment are new.
  await sql('DELETE FROM judged_hours');
  await here.siteSql(`UPDATE simpletest_users SET TestId = ${LANGUAGE_TEST} WHERE Id = 2`);
  await takesTest(here, { id: 5, email: ' ANNA@example.com', at: '2026-03-02 10:00:00' });
  await buys(here, { id: 10, email: ANNA, at: '2026-03-10 12:20:00' });
  const writes = (await sandbox.control.ledger({ limit: 1000 })).length;
  const plan = await here.plan('2026-03-10T12:30:00Z');
  expect(JSON.stringify(plan.plan)).not.toMatch(/anna@example\.com/i);
  expect(plan.plan?.steps.map((step) => step.action)).toEqual(Array.from({ length: 2 }, () => 'quarantine'));
  for (const asOf of ['2026-03-10T12:30:00Z', '2026-03-10T12:45:00Z']) {
    await sql('DELETE FROM judged_hours');
    const result = await here.sync(asOf);
    expect([result.entered, result.converted]).toEqual([
      { language: 0, non_language: 0 },
      { language: 0, non_language: 0 },
    ]);
    await expectNoTrace(here);
  }
  expect((await sandbox.control.ledger({ limit: 1000 })).length).toBe(writes);
  expect(
    await sql(
      'SELECT sitting_id, raw_email, fingerprint FROM quarantine WHERE resolved_at IS NULL ORDER BY 1',
    ),
  ).toEqual([1, 2, 3, 5].map((sitting_id) => ({ sitting_id, raw_email: null, fingerprint: 'erased' })));
  const held = await sluice(here.env, 'quarantine', 'list');
  expect(held.stdout).toContain('4  erased: the person has been erased');

  const again = await contacts(here, 'erase', ANNA, '--yes', '--json');
  expect(JSON.parse(again.stdout)).toEqual({ erased: true, journeysStopped: 0, brevo: 'unknown' });
  expect((await contacts(here, 'show', ANNA)).stdout).toMatch(/is no contact\nerased {6}.*\nsuppressed {2}/);
});

/** What reports count. */
async function counts({ sql }: Installation) {
  return Promise.all([
    sql(
      'SELECT funnel_type, COUNT(*) AS n, SUM(certificate_purchased) AS bought FROM funnel_entries GROUP BY 1',
    ),
    sql('SELECT COUNT(*) AS n FROM certificate_purchases p JOIN funnel_entries e USING (email, funnel_type)'),
    sql('SELECT kind, state, COUNT(*) AS n FROM brevo_changes GROUP BY 1, 2'),
    sql('SELECT event, COUNT(*) AS n FROM engagements GROUP BY 1'),
    sql('SELECT COUNT(*) AS n FROM messages UNION ALL SELECT COUNT(*) FROM events'),
  ]);
}

it('counts a purchase after the erasure, and tells Brevo nothing of it', async () => {
  const here = await installed({ env: { SLUICE_SECRET } });
  await takesTest(here, { email: ANNA, at: '2026-03-01 10:00:00' });
  await here.startWorker();
  await here.sync('2026-03-10T12:00:00Z');
  expect((await contacts(here, 'erase', ANNA, '--yes')).code).toBe(0);
  await buys(here, { id: 8, email: ANNA, at: '2026-03-10 12:05:00' });
  await here.sync(LATER);
  expect(await here.sql('SELECT certificate_purchased AS bought FROM funnel_entries')).toEqual([
    { bought: 1 },
  ]);
  expect(await here.sql("SELECT id FROM brevo_changes WHERE kind = 'purchase'")).toEqual([]);
  expect(await here.sandbox.control.contacts({ limit: 10 })).toEqual([]);
  await expectNoTrace(here);
});

it('completes an erasure that broke off at Temporal or at Brevo, by the same command', async () => {
  const here = await withAnna();
  const id = await knownByEvents(here);
  const erase = (env: Readonly<Record<string, string>> = {}) =>
    sluice({ ...here.env, ...env }, 'contacts', 'erase', ANNA, '--yes');
  const show = async () => (await contacts(here, 'show', ANNA)).stdout;

  const atTemporal = await erase({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect([atTemporal.code, atTemporal.stderr]).toEqual([
    1,
    expect.stringContaining('Temporal cannot be reached'),
  ]);

  const atBrevo = await erase({ BREVO_API_KEY: 'not the key' });
  expect(atBrevo.code).toBe(1);
  await expectNoTrace(here);
  expect(await show()).toContain('NOT complete: run sluice contacts erase again');
  expect(await here.sql(`SELECT state FROM journey_runs WHERE contact_id = ${id}`)).toEqual([
    { state: 'stopped' },
    { state: 'stopped' },
  ]);

  expect((await erase()).code).toBe(0);
  expect(await show()).not.toContain('NOT complete');
  expect((await here.sandbox.control.contacts({ limit: 10 })).map(({ email }) => email)).not.toContain(ANNA);
});

it('asks first, and without a terminal wants --yes; a dry run erases nothing', async () => {
  const here = await withAnna();
  const unasked = await contacts(here, 'erase', ANNA);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Add --yes')]);
  const dry = await sluice({ ...here.env, APP_DRY_RUN: 'true' }, 'contacts', 'erase', ANNA, '--yes');
  expect([dry.code, dry.stderr]).toEqual([1, expect.stringContaining('nothing is written')]);
  expect(await placesOf(here, ANNA)).not.toEqual([]);
  expect(await here.sql('SELECT id FROM erasures')).toEqual([]);
});

it('waits while a call about the person is under way, and for a run that is just writing them', async () => {
  const here = await withAnna();
  const person = { email: ANNA, addressHash: addressHash(SLUICE_SECRET, ANNA), now: new Date() };
  await here.sql(`UPDATE brevo_changes SET state = 'sending' WHERE email = '${ANNA}' AND kind = 'purchase'`);
  await expect(blankPerson(here.ours, person)).rejects.toMatchObject({ code: 'erasure_waits' });
  expect(await placesOf(here, ANNA)).not.toEqual([]);
  await here.sql("UPDATE brevo_changes SET state = 'accepted'");

  const writer = await createConnection({ uri: here.env.DATABASE_URL ?? '' });
  onTestFinished(() => writer.end());
  await writer.beginTransaction();
  await writer.query(
    "INSERT INTO funnel_entries (email, funnel_type, entered_at) VALUES (?, 'non_language', UTC_TIMESTAMP(3))",
    [ANNA],
  );
  const blanked = blankPerson(here.ours, person);
  await until('the erasure to wait for the run', async () => {
    const [waiting] = await here.sql<{ readonly n: number }>(
      "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'update `funnel_entries`%'",
    );
    return (waiting?.n ?? 0) > 0;
  });
  await writer.commit();
  await blanked;
  await expectNoTrace(here);
});

it('refuses to take anybody in when the secret by which erased people are recognised is missing', async () => {
  const here = await installed({ env: { SLUICE_SECRET } });
  expect((await contacts(here, 'erase', ANNA, '--yes')).code).toBe(0);
  await takesTest(here, { email: ANNA, at: '2026-03-01 10:00:00' });
  await here.startWorker({ SLUICE_SECRET: '' });
  const { failure } = await here.run('2026-03-10T12:00:00Z');
  expect(failure?.code).toBe('secret_missing');
  expect(await here.sql('SELECT id FROM funnel_entries')).toEqual([]);
});

it('leaves erased people out of an import of the old tool', async () => {
  const here = await installed({ env: { SLUICE_SECRET } });
  const old = await createDatabase('old');
  onTestFinished(() => old.drop());
  const connection = await createConnection({ uri: old.url, multipleStatements: true });
  await connection.query(`
    CREATE TABLE funnel_entries (
      id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL, funnel_type VARCHAR(50) NOT NULL,
      user_id INT UNSIGNED NULL, test_id INT UNSIGNED NULL, entered_at DATETIME NOT NULL,
      certificate_purchased TINYINT(1) NOT NULL DEFAULT 0, certificate_purchased_at DATETIME NULL);
    INSERT INTO funnel_entries (email, funnel_type, entered_at) VALUES
      ('Anna@example.com', 'language', '2026-02-01'), ('anna@example.com', 'language', '2026-02-02'),
      ('Anna <anna@example.com>', 'language', '2026-02-02'), ('fred@example.com', 'language', '2026-02-03')`);
  await connection.end();
  expect((await contacts(here, 'erase', ANNA, '--yes')).code).toBe(0);
  const report = await sluice(here.env, 'entries', 'import', '--from', old.url, '--yes', '--json');
  expect(JSON.parse(report.stdout)).toMatchObject({ erased: 1, people: 1 });
  expect(report.stdout).not.toMatch(/anna@example/i);
  expect(await here.sql('SELECT email FROM funnel_entries')).toEqual([{ email: 'fred@example.com' }]);
});

it('suppresses an address and releases it, but a complaint or an erasure only by name', async () => {
  const here = await installed({ env: { SLUICE_SECRET } });
  const json = async (...args: readonly string[]) =>
    JSON.parse((await contacts(here, ...args, '--json')).stdout) as unknown;
  expect(await json('suppress', 'Anna@Example.com', '--scope', 'marketing')).toEqual({
    inForce: [{ scope: 'marketing', reason: 'operator' }],
  });
  await json('suppress', ANNA, '--reason', 'complaint');
  expect(await json('release', ANNA)).toEqual({
    released: [{ scope: 'marketing', reason: 'operator' }],
    inForce: [{ scope: 'all', reason: 'complaint' }],
  });
  expect(await json('release', ANNA, '--reason', 'complaint')).toMatchObject({ inForce: [] });
  for (const wrong of [
    ['--scope', 'everything'],
    ['--reason', 'erased'],
  ]) {
    const { code, stderr } = await contacts(here, 'suppress', ANNA, ...wrong);
    expect([code, stderr]).toEqual([2, expect.stringContaining('is none of')]);
  }
  expect(await placesOf(here, ANNA)).toEqual([]);
});

it('takes a released person in again, and erases them once more', async () => {
  const here = await withAnna();
  const erase = () => contacts(here, 'erase', ANNA, '--yes');
  expect((await erase()).code).toBe(0);
  expect((await contacts(here, 'release', ANNA, '--reason', 'erased')).code).toBe(0);
  await sluice(here.env, 'quarantine', 'replay', '--reason', 'erased');
  await takesTest(here, { id: 6, email: ANNA, at: '2026-03-03 10:00:00' });
  await here.sync('2026-03-10T12:03:00Z');
  expect(await placesOf(here, ANNA)).toContain('funnel_entries.email');
  expect((await erase()).code).toBe(0);
  await expectNoTrace(here);
});

it('finds addresses in texts, and not those that only end alike', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [' ANNA@Example.com ', [ANNA]],
    ['Anna Schmidt <anna@example.com>', [ANNA]],
    ['mailto:anna@example.com; ben@example.com.', [ANNA, 'ben@example.com']],
    ["o'brien@example.com", ["o'brien@example.com"]],
    ['not-anna@example.com', ['not-anna@example.com']],
    ['anna at example.com', []],
  ];
  for (const [text, found] of cases) expect([...addressesIn(text)].toSorted()).toEqual([...found].toSorted());
  const json =
    '{"a":"Anna@example.com","b":[1,"x anna@example.com",{"anna@example.com":true}],"c":"not-anna@example.com"}';
  expect(withoutAddress(json, ANNA)).toBe('{"a":"","b":[1,"",{"":true}],"c":"not-anna@example.com"}');
});
