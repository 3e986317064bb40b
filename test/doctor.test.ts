import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { check } from '../cli/doctor/checks.ts';
import { parseGrant, writingPrivileges } from '../cli/doctor/grants.ts';
import { runDoctor } from '../cli/doctor.ts';
import { sluice } from './support/command.ts';
import type { Installation } from './support/installation.ts';
import { installed } from './support/people.ts';
import { SANDBOX_KEY, startTestSandbox } from './support/sandbox-client.ts';
import { scratchFolder } from './support/scratch.ts';
import { createDatabase, execute } from './support/servers.ts';

type Env = Readonly<Record<string, string>>;

/** What the doctor finds with these settings, by the name of the check. */
async function look(env: Env) {
  const checks = await runDoctor({ env, directory: scratchFolder() });
  return {
    checks,
    of: (name: string) => checks.find((one) => one.name === name),
    failed: checks.filter(({ state }) => state === 'failed').map(({ name }) => name),
  };
}

const siteName = (here: Installation) => new URL(here.env.SITE_DATABASE_URL ?? '').pathname.slice(1);

/** A user of the site's database with these rights alone, and the settings with it. */
async function withSiteUser(here: Installation, ...grants: readonly string[]): Promise<Env> {
  const admin = inject('mysqlAdminUrl');
  const user = `site_${randomBytes(4).toString('hex')}`;
  await execute(admin, `CREATE USER '${user}'@'%' IDENTIFIED BY 'sesame'`);
  onTestFinished(() => execute(admin, `DROP USER '${user}'@'%'`));
  // The admin of the tests has every right but that of granting; a procedure of root's lends it.
  const procedure = `\`${siteName(here)}\`.grant_${user}`;
  await execute(
    admin,
    `CREATE DEFINER = 'root'@'localhost' PROCEDURE ${procedure}(statement TEXT)
     BEGIN SET @statement = statement; PREPARE s FROM @statement; EXECUTE s; END`,
  );
  for (const grant of grants) {
    await execute(admin, `CALL ${procedure}('GRANT ${grant} TO ''${user}''@''%''')`);
  }
  const url = new URL(here.env.SITE_DATABASE_URL ?? '');
  url.username = user;
  url.password = 'sesame';
  return { ...here.env, SITE_DATABASE_URL: url.href };
}

it('finds nothing wrong with an installation that works, and prints no secret', async () => {
  const here = await installed();
  await here.startWorker();
  const env = await withSiteUser(here, `SELECT ON \`${siteName(here)}\`.*`);
  const { code, stdout } = await sluice(env, 'doctor', '--json');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string }[] };
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  const states = checks.filter(({ name }) => !name.startsWith('schedule '));
  expect(states.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'settings',
      'our schema',
      'site table modx_cert_payment',
      'site rights',
      'Brevo attribute CERTIFICATE_PURCHASED_AT',
      `task queue ${here.env.TEMPORAL_TASK_QUEUE}-brevo, activities`,
      'schedule funnel-sync',
    ]),
  );
  for (const secret of ['sesame', SANDBOX_KEY]) expect(stdout).not.toContain(secret);
});

it('goes through all checks when some fail, names how to mend them, and exits with 1', async () => {
  const here = await installed();
  const ours = new URL(here.env.DATABASE_URL ?? '');
  ours.password = 'sesame';
  const { code, stdout } = await sluice(
    { ...here.env, DATABASE_URL: ours.href, BREVO_API_KEY: 'sesame-2', BREVO_LANGUAGE_LIST_ID: '' },
    'doctor',
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED +our database .*Access denied/);
  expect(stdout).toContain('→ Correct user and password in DATABASE_URL.');
  expect(stdout).toMatch(/skipped +our schema/);
  expect(stdout).toMatch(/ok +site table simpletest_users/);
  expect(stdout).toMatch(/FAILED +Brevo key .*401/);
  expect(stdout).toMatch(/FAILED +task queue .* no worker polls/);
  expect(stdout).toContain('→ sluice worker');
  expect(stdout).not.toContain('sesame');
});

it('names every setting that is wrong and looks no further', async () => {
  const { code, stdout } = await sluice(
    { APP_DRY_RUN: 'on', BREVO_LANGUAGE_LIST_ID: 'abc' },
    'doctor',
    '--json',
  );
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; found: string }[] };
  expect(code).toBe(1);
  expect(checks[0]).toMatchObject({ name: 'settings', state: 'failed' });
  expect(checks[0]?.found).toMatch(/APP_DRY_RUN/);
  expect(checks[0]?.found).toMatch(/BREVO_LANGUAGE_LIST_ID/);
  expect(checks.slice(1).every(({ state }) => state === 'skipped')).toBe(true);
});

it('says how our schema stands', async () => {
  const here = await installed();
  const empty = await createDatabase('empty');
  onTestFinished(() => empty.drop());
  expect((await look({ ...here.env, DATABASE_URL: empty.url })).of('our schema')).toMatchObject({
    state: 'failed',
    found: 'there are no tables yet',
    mend: expect.stringContaining('sluice migrate') as string,
  });
  const stateOf = async (sql: string) => {
    await here.sql(sql);
    return (await look(here.env)).of('our schema');
  };
  expect(await stateOf('UPDATE __drizzle_migrations SET created_at = 1')).toMatchObject({
    state: 'failed',
    found: 'older than this Sluice',
  });
  expect(await stateOf('UPDATE __drizzle_migrations SET created_at = 99999999999999')).toMatchObject({
    state: 'failed',
    found: expect.stringContaining('newer Sluice') as string,
  });
  const unset = await look({ ...here.env, DATABASE_URL: '', SITE_DATABASE_URL: '' });
  expect(unset.of('our database')?.found).toContain('DATABASE_URL is not set');
  expect(unset.of('site')?.found).toContain('SITE_DATABASE_URL is not set');
});

it('names each table and column of the site that is missing, as the mapping calls it', async () => {
  const here = await installed();
  await here.siteSql(
    `RENAME TABLE simpletest_users TO quiz_users; ALTER TABLE quiz_users RENAME COLUMN Email TO mail;
     ALTER TABLE modx_cert_payment DROP COLUMN id_status; DROP TABLE modx_cert_test;
     ALTER TABLE quiz_users DROP COLUMN Status`,
  );
  const mapping = join(scratchFolder(), 'mapping.json');
  const map = (content: unknown) => writeFileSync(mapping, JSON.stringify(content));
  const env = { ...here.env, SITE_MAPPING: mapping };

  map({ tables: { simpletest_users: 'quiz_users' }, columns: { simpletest_users: { Email: 'mail' } } });
  const found = await look(env);
  expect(found.of('site table quiz_users (mapped from simpletest_users)')).toMatchObject({ state: 'ok' });
  expect(found.of('site table modx_cert_test')?.found).toBe('there is no such table');
  expect(found.of('site column modx_cert_payment.id_status')?.found).toBe('there is no such column');
  expect(found.failed.filter((name) => name.startsWith('site'))).toHaveLength(2);

  // Status is read only when SITE_COMPLETED_STATUSES asks for it.
  map({ tables: { simpletest_users: 'quiz_users' }, columns: { simpletest_users: { Email: 'e_mail' } } });
  const asked = await look({ ...env, SITE_COMPLETED_STATUSES: '1' });
  const users = 'site column quiz_users (mapped from simpletest_users)';
  expect(asked.of(`${users}.e_mail`)?.found).toBe('there is no such column (mapped from Email)');
  expect(asked.of(`${users}.Status`)?.state).toBe('failed');

  map({ table: {} });
  const unusable = await look(env);
  expect(unusable.of('site mapping')?.state).toBe('failed');
  expect(unusable.of('site tables')?.state).toBe('skipped');
});

it('tells which rights on the site are missing, and which are too many', async () => {
  const here = await installed();
  const site = `\`${siteName(here)}\``;
  const few = await look(
    await withSiteUser(
      here,
      `SELECT ON ${site}.simpletest_users`,
      `SELECT (newid, Id) ON ${site}.simpletest_test`,
      `SELECT ON ${site}.modx_cert_payment`,
    ),
  );
  expect(few.of('site table simpletest_users')?.state).toBe('ok');
  expect(few.of('site column simpletest_test.LangId')).toMatchObject({
    state: 'failed',
    mend: expect.stringMatching(/^GRANT SELECT ON `site_\w+`\.`simpletest_test` TO 'site_\w+'@/) as string,
  });
  expect(few.of('site table simpletest_lang')?.found).toContain('may not read it');
  expect(few.of('site rights')?.state).toBe('ok');

  const many = await look(await withSiteUser(here, `SELECT, INSERT, DROP ON ${site}.*`));
  expect(many.of('site rights')).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('(DROP, INSERT)') as string,
  });
  expect((await look(here.env)).of('site rights')?.found).toContain('ALL PRIVILEGES');
});

it('reads grants as servers write them', () => {
  const place = { database: 'demo_site', table: 'simpletest_users' };
  const writing = (...lines: readonly string[]) =>
    writingPrivileges(
      lines.flatMap((line) => parseGrant(line) ?? []),
      place,
    );
  expect(writing("GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*D8'")).toEqual([]);
  expect(writing('GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION')).toEqual(['ALL PRIVILEGES']);
  expect(writing('GRANT SELECT, INSERT, UPDATE ON `demo\\_site`.* TO `r`@`%`')).toEqual(['INSERT', 'UPDATE']);
  expect(writing('GRANT DELETE ON `demo%`.* TO `r`@`%`')).toEqual(['DELETE']);
  expect(writing('GRANT DELETE ON `demo\\%`.* TO `r`@`%`')).toEqual([]);
  expect(writing('GRANT INSERT ON `other`.* TO `r`@`%`')).toEqual([]);
  expect(
    writing('GRANT SELECT, UPDATE (`Email`, `a ON b`.`x`) ON `demo_site`.`simpletest_users` TO `r`@`%`'),
  ).toEqual(['UPDATE']);
  expect(writing('GRANT INSERT ON `demo_site`.`another` TO `r`@`%`')).toEqual([]);
  expect(writing("GRANT 'reader' TO 'r'@'%'", "GRANT PROXY ON ''@'%' TO 'root'@'localhost'")).toEqual([]);
  expect(writing('GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE `demo_site`.`p` TO `r`@`%`')).toEqual([]);
});

it('warns of time columns that do not say what SITE_TIMEZONE says, and of a missing index', async () => {
  const here = await installed({ schema: { indexes: 'none' } });
  const datep = 'site times simpletest_users.Datep';
  const plain = await look(here.env);
  expect(plain.of(datep)).toMatchObject({ state: 'ok', found: 'DATETIME, read as UTC' });
  expect(plain.of('site index on Datep')).toMatchObject({
    state: 'warning',
    mend: expect.stringContaining('CREATE INDEX') as string,
  });
  await here.siteSql(
    'ALTER TABLE simpletest_users MODIFY Datep TIMESTAMP NULL; ALTER TABLE modx_cert_payment MODIFY datetime_payment DATE NULL',
  );
  expect((await look(here.env)).of(datep)?.state).toBe('ok');
  const abroad = await look({ ...here.env, SITE_TIMEZONE: 'Asia/Tokyo' });
  expect(abroad.of(datep)).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('not Asia/Tokyo') as string,
  });
  expect(abroad.of('site times modx_cert_payment.datetime_payment')).toMatchObject({
    state: 'failed',
    found: 'DATE: no time can be read from it',
  });
});

it('compares lists and attributes of the Brevo account with what is needed', async () => {
  const here = await installed();
  const account = await startTestSandbox();
  onTestFinished(() => account.stop());
  const create = (name: string, type: string) =>
    account.call('POST', `/contacts/attributes/normal/${name}`, { type });
  await create('CERTIFICATE_PURCHASED', 'text');
  await create('CERTIFICATE_PURCHASED_AT', 'date');
  const { of } = await look({
    ...here.env,
    BREVO_BASE_URL: `${account.url}/v3`,
    BREVO_LANGUAGE_LIST_ID: '77',
    BREVO_NON_LANGUAGE_LIST_ID: '',
  });
  expect(of('Brevo key')?.state).toBe('ok');
  expect(of('Brevo list language')).toMatchObject({
    state: 'failed',
    found: '77 is no list of this account',
  });
  expect(of('Brevo list non_language')?.state).toBe('skipped');
  expect(of('Brevo attribute FUNNEL_TYPE')).toMatchObject({ state: 'failed', mend: 'sluice brevo setup' });
  expect(of('Brevo attribute CERTIFICATE_PURCHASED')?.found).toContain('is of type text, must be boolean');
  expect(of('Brevo attribute CERTIFICATE_PURCHASED_AT')?.state).toBe('ok');
});

it('does not call the real Brevo in a dry run', async () => {
  const here = await installed();
  const { of, checks } = await look({
    ...here.env,
    BREVO_BASE_URL: 'https://api.brevo.com/v3',
    APP_DRY_RUN: 'true',
  });
  expect(of('Brevo key')).toMatchObject({
    state: 'skipped',
    found: expect.stringContaining('APP_DRY_RUN=false sluice doctor only reads') as string,
  });
  expect(
    checks.filter(({ name }) => name.startsWith('Brevo')).every(({ state }) => state === 'skipped'),
  ).toBe(true);
  expect(of('dry run')?.found).toContain('nothing is written');
});

it('names a Temporal namespace that does not exist', async () => {
  const here = await installed();
  const { of, failed } = await look({ ...here.env, TEMPORAL_NAMESPACE: 'nowhere' });
  expect(of('Temporal namespace')?.mend).toContain('temporal operator namespace create nowhere');
  expect(of('schedule funnel-sync')?.state).toBe('skipped');
  expect(failed).toEqual(['Temporal namespace']);
});

it('waits for no check longer than its bound', async () => {
  const silent = await check('silent', () => Promise.withResolvers<never>().promise, {
    boundMs: 20,
    mend: 'Wake it.',
  });
  expect(silent).toEqual({
    name: 'silent',
    state: 'failed',
    found: 'no answer within 0.02 s',
    mend: 'Wake it.',
  });
});
