import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { describeSettings } from '../config.ts';
import { loadSiteMapping } from '../db/site/mapping.ts';
import { sluice } from './support/command.ts';
import { install } from './support/installation.ts';
import { startOwnMysql } from './support/servers.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const file = (name: string) => readFileSync(join(ROOT, name), 'utf8');

const service = z.looseObject({
  image: z.string(),
  restart: z.string(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.literal(true).optional() }),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  container_name: z.string().optional(),
});
const composeText = file('docker-compose.yml');
const compose = z
  .object({ services: z.record(z.string(), service), 'x-sluice': z.looseObject({}) })
  .parse(parse(composeText, { merge: true }));
const services = Object.entries(compose.services);
const servers = services.filter(([, { restart }]) => restart !== 'no');
const jobs = services.filter(([, { restart }]) => restart === 'no');
const ours = services.filter(([, { image }]) => image.startsWith('sluice:'));
const nameOf = ([name]: (typeof services)[number]) => name;

/** `${NAME}` and `${NAME:-default}` and `${NAME:?message}`, as Compose reads them. */
const variables = [...composeText.matchAll(/\$\{(\w+)(:[-?])?/g)].map(([, name = '', kind = '']) => ({
  name,
  isRequired: kind === ':?',
}));
const required = new Set(variables.filter(({ isRequired }) => isRequired).map(({ name }) => name));
const exampleText = file('deploy/env.example');
const example = parseEnv(exampleText);
const settings = new Set(describeSettings().map(({ name }) => name));
const version = z.object({ version: z.string() }).parse(JSON.parse(file('package.json'))).version;

describe('docker-compose.yml', () => {
  it('refuses to start without passwords and the site, and the example names all of them without a value', () => {
    const names = ['MYSQL_PASSWORD', 'MYSQL_ROOT_PASSWORD', 'SITE_DATABASE_URL', 'TEMPORAL_DB_PASSWORD'];
    expect([...required].sort()).toEqual(names);
    expect(names.map((name) => example[name])).toEqual(names.map(() => ''));
  });

  it('holds no password: each comes from a variable, and has no value of its own', () => {
    const values = services.flatMap(([, { environment }]) => Object.entries(environment));
    const passwords = values.filter(([key]) => /PASSWORD|PWD|SECRET/.test(key)).map(([, value]) => value);
    expect(passwords.length).toBeGreaterThan(3);
    expect(passwords.filter((value) => !/^\$\{\w+:(\?[^}]+|-)\}$/.test(value))).toEqual([]);
    expect(values.filter(([, value]) => /:\/\/[^$]*:[^$]+@/.test(value))).toEqual([]);
  });

  it('passes every setting on, and nothing that is no setting', () => {
    const inImage = ['SLUICE_HOME'];
    const passed = ours.map(([, { environment }]) => [...Object.keys(environment), ...inImage].sort());
    expect(passed).toEqual(ours.map(() => [...settings].sort()));
  });

  it('stays dry until somebody says otherwise', () => {
    expect(composeText.match(/APP_DRY_RUN: .*/g)).toEqual(['APP_DRY_RUN: ${APP_DRY_RUN:-true}']);
    expect(example.APP_DRY_RUN).toBe('true');
  });

  it('pins every image by its version', () => {
    const images = services.map(([, { image }]) => image);
    expect(images.filter((image) => !/:\d+\.\d+[\w.-]*$/.test(image))).toEqual([]);
    expect(new Set(ours.map(([, { image }]) => image))).toEqual(new Set([`sluice:${version}`]));
  });

  it('publishes on loopback only, and no more than the gateway, Temporal and its Web UI', () => {
    const published = services.flatMap(([name, { ports }]) => ports.map((port) => ({ name, port })));
    expect(published.map(({ name }) => name).sort()).toEqual(['gateway', 'temporal', 'temporal-ui']);
    expect(published.filter(({ port }) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('looks after the health of every server and restarts it; jobs run once', () => {
    expect(servers.map(nameOf)).toEqual([
      'worker',
      'gateway',
      'mysql',
      'temporal-db',
      'temporal',
      'temporal-ui',
    ]);
    const uncared = servers.filter(
      ([, { healthcheck, restart }]) => healthcheck.test === undefined || restart !== 'unless-stopped',
    );
    expect(uncared.map(nameOf)).toEqual([]);
    expect(jobs.filter(([, { healthcheck }]) => healthcheck.disable !== true).map(nameOf)).toEqual([]);
  });

  it('waits for a server until it is healthy and for a job until it has succeeded', () => {
    const jobNames = new Set(jobs.map(nameOf));
    const hasty = services.flatMap(([name, { depends_on }]) =>
      Object.entries(depends_on)
        .filter(
          ([other, { condition }]) =>
            condition !== (jobNames.has(other) ? 'service_completed_successfully' : 'service_healthy'),
        )
        .map(([other]) => `${name} on ${other}`),
    );
    expect(hasty).toEqual([]);
  });

  it('can run many workers: the service takes no name and no port', () => {
    expect(compose.services.worker?.ports).toEqual([]);
    expect(compose.services.worker?.container_name).toBeUndefined();
  });
});

it('deploy/env.example names every variable that Compose asks for, and nothing that nobody reads', () => {
  const used = new Set(variables.map(({ name }) => name));
  const named = new Set([...exampleText.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name));
  expect([...used].filter((name) => !named.has(name))).toEqual([]);
  const unread = [...named].filter((name) => !used.has(name) && !settings.has(name));
  expect(unread).toEqual(['COMPOSE_PROFILES']);
  expect([...settings].filter((name) => !named.has(name))).toEqual([]);
});

describe('Dockerfile', () => {
  const dockerfile = file('Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );
  const rooms = copied.filter((name) => existsSync(join(ROOT, name, '.')) && !name.includes('.'));
  const sources = rooms.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.d.mts'))
      .map((name) => join(room, name)),
  );
  const importsOf = (name: string) =>
    [...file(name).matchAll(/(?:from|import\() ?'([^'\n]+)'/g)].map(([, target = '']) => target);

  it('copies everything that the code it copies imports', () => {
    const missing = sources.flatMap((name) =>
      importsOf(name)
        .filter((target) => target.startsWith('.'))
        .filter((target) => !copied.includes(join(name, '..', target).split('/')[0] ?? ''))
        .map((target) => `${name} imports ${target}`),
    );
    expect(missing).toEqual([]);
    const letIn = file('.dockerignore').split('\n');
    expect(copied.filter((name) => !letIn.includes(`!${name}`))).toEqual([]);
  });

  it('needs no development package at run time', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(file('package.json')));
    // Fetches the dev server of `sluice up`, which no deployment runs.
    const laptopOnly = ['local/temporal-download.ts'];
    const missing = sources
      .filter((name) => !laptopOnly.includes(name))
      .flatMap((name) => importsOf(name).map((target) => ({ name, target })))
      .filter(({ target }) => !/^(\.|node:)/.test(target))
      .filter(({ target }) => !(packageOf(target) in dependencies));
    expect(missing).toEqual([]);
  });

  it('is pinned, runs as a user without rights, and bundles the workflows beforehand', () => {
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim$/m);
    expect(dockerfile).toContain('npm install --omit=dev');
    expect(dockerfile).toContain('workflowBundle(');
    expect(dockerfile.lastIndexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('FROM '));
  });
});

it.each(['worker', 'gateway'])(
  'the systemd unit starts the %s with settings from a file that only root reads',
  (name) => {
    const unit = file(`deploy/sluice-${name}.service`);
    expect(unit).toMatch(/^EnvironmentFile=\/etc\/sluice\/sluice\.env$/m);
    expect(unit).toMatch(new RegExp(`^ExecStart=.* /opt/sluice/bin/sluice\\.mjs ${name}$`, 'm'));
    expect(unit).toMatch(/^Restart=always$/m);
    expect(unit).toMatch(/^User=sluice$/m);
  },
);

it('the example of a site mapping is one', () => {
  const mapping = loadSiteMapping(join(ROOT, 'deploy/config/site-mapping.example.json'));
  expect(mapping.table('simpletest_users')).toBe('`archive`.`test_sittings`');
  expect(mapping.column('simpletest_users', 'Datep')).toBe('`finished_at`');
  expect(mapping.table('modx_cert_test')).toBe('`site_cert_test`');
});

it('the container counts as healthy while its worker polls, and not before', async () => {
  const installation = await install();
  const health = () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'deploy/healthcheck.ts')], {
      env: { ...process.env, ...installation.env },
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  expect(health()).toEqual({ status: 1, stderr: 'no worker of this host asks Temporal for work\n' });
  await installation.startWorker();
  await expect.poll(health, { timeout: 20_000 }).toEqual({ status: 0, stderr: '' });
});

it('the users that deploy/mysql makes have every right that Sluice needs, and the reader no other', async () => {
  const mysql = await startOwnMysql();
  await letAdminGrant(mysql.adminUrl);
  const installation = await install({ mysqlAdminUrl: mysql.adminUrl });
  const password = randomBytes(12).toString('hex');
  const runScript = async (name: string, secret: string) => {
    const connection = await createConnection({ uri: `${mysql.adminUrl}site`, multipleStatements: true });
    try {
      await connection.query(`SET @password = '${secret}'`);
      await connection.query(file(`deploy/mysql/${name}`));
    } finally {
      await connection.end();
    }
  };
  for (const name of ['database.sql', 'site-reader.sql']) {
    await expect(runScript(name, '')).rejects.toThrow('SQL syntax');
    await runScript(name, password);
    await runScript(name, password);
  }
  const env = {
    ...installation.env,
    DATABASE_URL: `mysql://sluice:${password}@127.0.0.1:${mysql.port}/sluice`,
    SITE_DATABASE_URL: `mysql://sluice_reader:${password}@127.0.0.1:${mysql.port}/site`,
  };
  expect(await sluice(env, 'migrate')).toMatchObject({ code: 0 });
  await installation.startWorker(env);
  expect((await installation.run()).failure).toBeUndefined();
  const doctor = await sluice(env, 'doctor', '--json');
  const { checks } = JSON.parse(doctor.stdout) as {
    checks: { name: string; state: string; found: string }[];
  };
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(checks.find(({ name }) => name === 'site rights')).toMatchObject({ state: 'ok' });

  const reader = await createConnection({ uri: env.SITE_DATABASE_URL });
  await expect(reader.query('DELETE FROM simpletest_users')).rejects.toMatchObject({
    code: 'ER_TABLEACCESS_DENIED_ERROR',
  });
  await reader.end();
});

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The account of the tests may do everything but pass rights on, which an administrator may. */
async function letAdminGrant(adminUrl: string): Promise<void> {
  const isMariaDb = inject('mysqlProgram').kind === 'mariadb';
  const connection = await createConnection({ uri: adminUrl });
  await connection.query(
    isMariaDb
      ? "UPDATE mysql.global_priv SET Priv = JSON_SET(Priv, '$.access', JSON_VALUE(Priv, '$.access') | 1024) WHERE User = 'admin'"
      : "UPDATE mysql.user SET Grant_priv = 'Y' WHERE User = 'admin'",
  );
  await connection.query('FLUSH PRIVILEGES');
  await connection.end();
}
