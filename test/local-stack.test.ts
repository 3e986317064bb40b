import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startOf } from '../bin/process-identity.mjs';
import { loadSettings, stackFile } from '../config.ts';
import { claimHome } from '../local/claim-home.ts';
import { credentialsOf, openHome, wipeHome } from '../local/home.ts';
import { freePort, keptPort } from '../local/ports.ts';
import { silentProgress } from '../local/progress.ts';
import { createServer } from '../local/server.ts';
import { createStack } from '../local/stack.ts';
import { readStackRecord, type StackRecord, writeStackRecord } from '../local/stack-file.ts';
import { keepRunning } from '../local/supervision.ts';
import { takeDown } from '../local/take-down.ts';
import { createTemporal } from '../local/temporal.ts';
import { scratchFolder } from './support/scratch.ts';
import { execute, startOwnMysql } from './support/servers.ts';

const progress = silentProgress;

describe('the private MySQL', () => {
  it('keeps what was committed when it is killed and started again', async () => {
    const { server, adminUrl } = await startOwnMysql();
    await execute(adminUrl, 'CREATE DATABASE kept');
    await execute(`${adminUrl}kept`, 'CREATE TABLE t (n INT) ENGINE=InnoDB AS SELECT 42 AS n');
    await server.kill();
    await server.start();
    expect(await firstRow(`${adminUrl}kept`, 'SELECT n FROM t')).toMatchObject({ n: 42 });
  });

  it('runs beside another one, each with its own data', async () => {
    const [one, other] = await Promise.all([startOwnMysql(), startOwnMysql()]);
    await execute(one.adminUrl, 'CREATE DATABASE only_here');
    const names = 'SELECT COUNT(*) AS n FROM information_schema.schemata WHERE schema_name = "only_here"';
    expect(await firstRow(one.adminUrl, names)).toMatchObject({ n: 1 });
    expect(await firstRow(other.adminUrl, names)).toMatchObject({ n: 0 });
  });

  it('listens on loopback, in UTC and utf8mb4', async () => {
    const { adminUrl } = await startOwnMysql();
    const sql = 'SELECT @@bind_address AS address, @@time_zone AS zone, @@character_set_server AS charset';
    expect(await firstRow(adminUrl, sql)).toEqual({
      address: '127.0.0.1',
      zone: '+00:00',
      charset: 'utf8mb4',
    });
  });

  it('lets nobody in without a password', async () => {
    const { port } = await startOwnMysql();
    for (const user of ['root', 'admin', '']) {
      await expect(createConnection({ host: '127.0.0.1', port, user })).rejects.toThrow(/Access denied/);
    }
  });
});

describe('the private Temporal', () => {
  it('keeps its state over a restart', async () => {
    const port = await freePort();
    const directory = scratchFolder();
    const server = createTemporal({
      path: inject('temporalPath'),
      directory,
      logFile: join(directory, 'log'),
      namespace: 'shop',
      port,
    });
    onTestFinished(() => server.stop());
    await server.start();
    const { Connection, Client } = await import('@temporalio/client');
    const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
    onTestFinished(() => connection.close());
    const client = new Client({ connection, namespace: 'shop' });
    const handle = await client.workflow.start('waits', { workflowId: 'w', taskQueue: 'nobody' });
    await server.restart();
    const description = await vi.waitFor(() => handle.describe(), { timeout: 20_000, interval: 200 });
    expect(description.status.name).toBe('RUNNING');
  });
});

describe('a server that we run', () => {
  it('says why it did not start, with the end of its log', async () => {
    const server = scriptServer('console.error("no such disk"); process.exit(3)');
    await expect(server.start()).rejects.toThrow(/ended with code 3[^]*no such disk/);
  });

  it('is started again when it dies by itself, and not when it is stopped', async () => {
    const server = scriptServer('console.log("ready"); setInterval(() => {}, 1000)');
    await server.start();
    const stop = new AbortController();
    const notes: string[] = [];
    const watched = keepRunning({
      server,
      signal: stop.signal,
      onRestart() {},
      note: (text) => notes.push(text),
    });
    const first = server.identity()?.pid;
    process.kill(first ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(notes.at(-1)).toMatch(/runs again/), { timeout: 10_000 });
    expect(server.identity()?.pid).not.toBe(first);
    stop.abort();
    await server.stop();
    await watched;
    expect(notes).toHaveLength(2);
  });

  it('is given up after five deaths a minute', async () => {
    const server = scriptServer('console.log("ready")');
    await server.start();
    const notes: string[] = [];
    await keepRunning({
      server,
      signal: new AbortController().signal,
      onRestart() {},
      note: (text) => notes.push(text),
    });
    expect(notes.at(-1)).toMatch(/6th time in a minute; it stays down/);
  });
});

describe('a home', () => {
  it('keeps its secrets and addresses to its owner', () => {
    const root = homeFolder();
    const home = openHome(root);
    credentialsOf(home);
    writeStackRecord({ home: root, record: stackOf([]) });
    for (const file of [stackFile(root), join(root, 'credentials.json')]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it('has the same secrets at every start, and others than another home', () => {
    const home = openHome(homeFolder());
    expect(credentialsOf(home)).toEqual(credentialsOf(home));
    expect(credentialsOf(home)).not.toEqual(credentialsOf(openHome(homeFolder())));
  });

  it('keeps its ports unless another program has taken them', async () => {
    const file = join(scratchFolder(), 'ports.json');
    const port = await keptPort({ file, name: 'mysql' });
    expect(await keptPort({ file, name: 'mysql' })).toBe(port);
    const { createServer: listenSomewhere } = await import('node:net');
    const foreign = listenSomewhere().listen(port, '127.0.0.1');
    await once(foreign, 'listening');
    onTestFinished(() => void foreign.close());
    expect(await keptPort({ file, name: 'mysql' })).not.toBe(port);
  });

  it('refuses a folder in which other things lie', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'letters.txt'), '');
    expect(() => openHome(folder)).toThrow(/not a folder of Sluice/);
  });

  it('is wiped only if it is one, and only of what is ours', () => {
    const foreign = scratchFolder();
    mkdirSync(join(foreign, 'mysql'));
    expect(() => wipeHome(foreign)).toThrow(/not a folder of Sluice/);
    const root = homeFolder();
    openHome(root);
    mkdirSync(join(root, 'mysql'));
    writeFileSync(join(root, 'letters.txt'), '');
    expect(wipeHome(root)).toEqual(['letters.txt']);
    expect(existsSync(join(root, 'mysql'))).toBe(false);
    expect(existsSync(join(root, 'letters.txt'))).toBe(true);
  });
});

describe('sluice down', () => {
  it('ends what a killed `sluice up` left behind', async () => {
    const root = homeFolder();
    openHome(root);
    const child = sleeper();
    writeStackRecord({
      home: root,
      record: stackOf([{ name: 'Worker', pid: child.pid, started: startOf(child.pid) ?? '' }]),
    });
    expect(await takeDown({ home: root, progress })).toEqual(['Worker']);
    await child.ended;
    expect(readStackRecord(root)).toBeUndefined();
  });

  it('leaves a process alone that has got the pid of one of ours', async () => {
    const root = homeFolder();
    openHome(root);
    const child = sleeper();
    const processes = [{ name: 'MySQL', pid: child.pid, started: 'earlier' }];
    writeStackRecord({ home: root, record: stackOf(processes) });
    expect(await takeDown({ home: root, progress })).toEqual([]);
    expect(startOf(child.pid)).toBeDefined();
  });

  it('asks a running `sluice up` to stop', async () => {
    const root = homeFolder();
    openHome(root);
    const up = sleeper();
    const record = { ...stackOf([]), up: { pid: up.pid, started: startOf(up.pid) ?? '' } };
    writeStackRecord({ home: root, record });
    expect(await takeDown({ home: root, progress })).toEqual(['sluice up']);
    expect(await up.ended).toBe('SIGTERM');
  });
});

describe('a second sluice up in the same home', () => {
  it('finds the one that runs', async () => {
    const root = homeFolder();
    openHome(root);
    const up = sleeper();
    const record = {
      ...stackOf([]),
      up: { pid: up.pid, started: startOf(up.pid) ?? '' },
      urls: { page: 'http://x' },
    };
    writeStackRecord({ home: root, record });
    expect(await claimHome({ home: root, progress })).toMatchObject({ urls: { page: 'http://x' } });
  });

  it('takes over from one that was killed', async () => {
    const root = homeFolder();
    openHome(root);
    writeStackRecord({ home: root, record: stackOf([]) });
    expect(await claimHome({ home: root, progress })).toBeUndefined();
    expect(readStackRecord(root)).toMatchObject({ state: 'starting', up: { pid: process.pid } });
  });
});

describe('a stack of which one part cannot start', () => {
  it('says why and ends the other parts', async () => {
    const root = homeFolder();
    const environment = {
      SLUICE_HOME: root,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      BREVO_API_KEY: 'of-some-account',
    };
    const settings = loadSettings({ env: environment, directory: scratchFolder() });
    const steps = {
      migrate: () => Promise.resolve({ applied: [] }),
      fillDemoSite: () => Promise.resolve({ people: 0, filled: true }),
      fillDemoQuiz: () => Promise.resolve({ users: 0, scores: 0, filled: true }),
      prepareBrevo: never,
      connectWebhooks: () => Promise.resolve(),
      applySchedules: never,
      firstRun: never,
    };
    const stack = createStack({ settings, environment, steps, progress });
    await expect(stack.start()).rejects.toThrow('BREVO_API_KEY is set, but BREVO_BASE_URL is not');
    const [mysql] = readStackRecord(root)?.processes ?? [];
    expect(mysql?.name).toBe('MySQL');
    await stack.stop();
    expect(startOf(mysql?.pid ?? 0)).toBeUndefined();
    expect(existsSync(stackFile(root))).toBe(false);
  });
});

function never(): Promise<never> {
  return Promise.reject(new Error('must not be reached'));
}

function homeFolder(): string {
  return join(scratchFolder(), 'a home');
}

/** Of a `sluice up` that does not run any more. */
function stackOf(processes: StackRecord['processes']): StackRecord {
  return { state: 'up', up: { pid: 1, started: 'long ago' }, processes, settings: {}, urls: {} };
}

function sleeper(): { readonly pid: number; readonly ended: Promise<string> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  return { pid: child.pid ?? 0, ended };
}

function scriptServer(script: string) {
  const server = createServer({
    name: 'Helper',
    command: process.execPath,
    args: ['-e', script],
    logFile: join(scratchFolder(), 'log'),
    ready: { line: (text) => text === 'ready' },
    readyWithinMs: 20_000,
    graceMs: 2_000,
  });
  onTestFinished(() => server.stop());
  return server;
}

async function firstRow(url: string, sql: string): Promise<unknown> {
  const connection = await createConnection({ uri: url });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows[0];
  } finally {
    await connection.end();
  }
}
