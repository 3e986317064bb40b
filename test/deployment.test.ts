import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
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
  logging: z.object({ options: z.object({ 'max-size': z.string() }) }),
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
    expect([...required].sort()).toEqual([
      'MYSQL_PASSWORD',
      'MYSQL_ROOT_PASSWORD',
      'SITE_DATABASE_URL',
      'TEMPORAL_DB_PASSWORD',
    ]);
    for (const name of required) expect(example[name], name).toBe('');
  });

  it('holds no password: each comes from a variable that must be set', () => {
    for (const [name, { environment }] of services) {
      for (const [key, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD|SECRET/.test(key)) expect(value, `${name} ${key}`).toMatch(/^\$\{\w+:\?[^}]+\}$/);
        if (/_URL$/.test(key)) expect(value, `${name} ${key}`).not.toMatch(/:\/\/[^$]*:[^$]+@/);
      }
    }
  });

  it('passes every setting on, and nothing that is no setting', () => {
    const inImage = ['SLUICE_HOME'];
    for (const [name, { environment }] of ours) {
      expect([...Object.keys(environment), ...inImage].sort(), name).toEqual([...settings].sort());
    }
  });

  it('stays dry until somebody says otherwise', () => {
    for (const [, { environment }] of ours) expect(environment.APP_DRY_RUN).toBe('${APP_DRY_RUN:-true}');
    expect(example.APP_DRY_RUN).toBe('true');
  });

  it('pins every image by its version', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/:\d+\.\d+[\w.-]*$/);
    for (const [name, { image }] of ours) expect(image, name).toBe(`sluice:${version}`);
  });

  it('publishes on loopback only, and no more than Temporal and its Web UI', () => {
    const published = services.flatMap(([name, { ports }]) => ports.map((port) => ({ name, port })));
    expect(published.map(({ name }) => name).sort()).toEqual(['temporal', 'temporal-ui']);
    for (const { name, port } of published) expect(port, name).toMatch(/^127\.0\.0\.1:/);
  });

  it('looks after the health of every server, restarts it and bounds its log', () => {
    expect(servers.map(nameOf)).toEqual(['worker', 'mysql', 'temporal-db', 'temporal', 'temporal-ui']);
    for (const [name, { healthcheck, restart }] of servers) {
      expect(healthcheck.test?.length, name).toBeGreaterThan(1);
      expect(restart, name).toBe('unless-stopped');
    }
    for (const [name, { healthcheck }] of jobs) expect(healthcheck, name).toEqual({ disable: true });
  });

  it('waits for a server until it is healthy and for a job until it has succeeded', () => {
    for (const [name, { depends_on }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const isJob = jobs.some(([job]) => job === other);
        expect(condition, `${name} on ${other}`).toBe(
          isJob ? 'service_completed_successfully' : 'service_healthy',
        );
      }
    }
  });

  it('can run many workers: the service takes no name and no port', () => {
    expect(compose.services.worker).toMatchObject({ ports: [], container_name: undefined });
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
    [...file(name).matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, target = '']) => target);

  it('copies everything that the code it copies imports', () => {
    for (const name of sources) {
      for (const target of importsOf(name).filter((one) => one.startsWith('.'))) {
        const [room = ''] = join(name, '..', target).split('/');
        expect(copied, `${name} imports ${target}`).toContain(room);
      }
    }
    for (const name of copied) expect(file('.dockerignore'), name).toContain(`\n!${name}`);
  });

  it('needs no development package at run time', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(file('package.json')));
    // Fetches the dev server of `sluice up`, which no deployment runs.
    const laptopOnly = ['local/temporal-download.ts'];
    for (const name of sources.filter((one) => !laptopOnly.includes(one))) {
      const packages = importsOf(name).filter((one) => !/^(\.|node:)/.test(one));
      for (const target of packages) {
        const [scope = '', part] = target.split('/');
        const wanted = scope.startsWith('@') ? `${scope}/${part}` : scope;
        expect(dependencies, `${name} imports ${target}`).toHaveProperty([wanted]);
      }
    }
  });

  it('is pinned, runs as a user without rights, and bundles the workflows beforehand', () => {
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim$/m);
    expect(dockerfile).toContain('npm install --omit=dev');
    expect(dockerfile).toContain('workflowBundle(');
    expect(dockerfile.lastIndexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('FROM '));
  });
});

it('the systemd unit starts the worker with settings from a file that only root reads', () => {
  const unit = file('deploy/sluice-worker.service');
  expect(unit).toMatch(/^EnvironmentFile=\/etc\/sluice\/sluice\.env$/m);
  expect(unit).toMatch(/^ExecStart=.* \/opt\/sluice\/bin\/sluice\.mjs worker$/m);
  expect(unit).toMatch(/^Restart=always$/m);
  expect(unit).toMatch(/^User=sluice$/m);
});

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
    await expect(runScript(name, ''), `${name} without a password`).rejects.toThrow();
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
  const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; state: string; found: string }[] };
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(checks.find(({ name }) => name === 'site rights')).toMatchObject({ state: 'ok' });

  const reader = await createConnection({ uri: env.SITE_DATABASE_URL });
  await expect(reader.query('DELETE FROM simpletest_users')).rejects.toMatchObject({
    code: 'ER_TABLEACCESS_DENIED_ERROR',
  });
  await reader.end();
});
