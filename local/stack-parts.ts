import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { WORKER_HEAP } from '../bin/worker-heap.mjs';
import { type Credentials, type Home } from './home.ts';
import { createMysql, mysqlUrl } from './mysql.ts';
import { findMysql } from './mysql-program.ts';
import { isFree, keptPort } from './ports.ts';
import type { Step } from './progress.ts';
import { createServer, type Server } from './server.ts';
import { createTemporal } from './temporal.ts';
import { findTemporal } from './temporal-program.ts';

const OUR_DATABASE = 'sluice';
const DEMO_SITE = 'demo_site';
const PORT_ATTEMPTS = 3;

/** What the parts of the stack are made from. */
export interface PartInput {
  readonly home: Home;
  readonly credentials: Credentials;
  readonly step: Step;
  readonly signal: AbortSignal;
  /** Hears of each server before it is started, so that it can be ended at any moment. */
  readonly register: (server: Server) => void;
}

export interface MysqlPart {
  readonly databaseUrl: string;
  readonly siteUrl: string;
  /** With the right to make tables in the demo site. */
  readonly siteAdminUrl: string;
}

export async function startMysqlPart(input: PartInput): Promise<MysqlPart> {
  const { home, credentials, step, signal } = input;
  const program = await findMysql({ step, signal });
  const ours = {
    user: 'sluice',
    password: credentials.sluice,
    database: OUR_DATABASE,
    rights: 'all',
  } as const;
  const admin = {
    user: 'site_admin',
    password: credentials.siteAdmin,
    database: DEMO_SITE,
    rights: 'all',
  } as const;
  const reader = {
    user: 'site_reader',
    password: credentials.siteReader,
    database: DEMO_SITE,
    rights: 'read',
  } as const;
  const [port] = await onKeptPorts({
    ...input,
    names: ['mysql'],
    create: ([port = 0]) =>
      createMysql({
        program,
        directory: home.mysql,
        port,
        logFile: home.log('mysql'),
        databases: [OUR_DATABASE, DEMO_SITE],
        accounts: [ours, admin, reader],
        rootPassword: credentials.root,
      }),
  });
  step.done(program.kind === 'docker' ? `in Docker, port ${port}` : `${program.path}, port ${port}`);
  const url = (of: { user: string; password: string; database: string }) =>
    mysqlUrl({ port, account: of, database: of.database });
  return { databaseUrl: url(ours), siteUrl: url(reader), siteAdminUrl: url(admin) };
}

export interface TemporalPart {
  readonly address: string;
  readonly webUi: string;
}

export async function startTemporalPart(
  input: PartInput & { readonly namespace: string },
): Promise<TemporalPart> {
  const { home, step, signal, namespace } = input;
  const path = await findTemporal({ step, signal });
  const [port, uiPort] = await onKeptPorts({
    ...input,
    names: ['temporal', 'temporal-ui'],
    create: ([port = 0, uiPort = 0]) =>
      createTemporal({
        path,
        directory: home.temporal,
        logFile: home.log('temporal'),
        namespace,
        port,
        uiPort,
      }),
  });
  step.done(`${path}, port ${port}`);
  return { address: `127.0.0.1:${port}`, webUi: `http://127.0.0.1:${uiPort}` };
}

export interface SandboxPart {
  readonly page: string;
  readonly baseUrl: string;
}

const announcement = z.object({ url: z.string(), baseUrl: z.string() });

export async function startSandboxPart(input: PartInput): Promise<SandboxPart> {
  const { home, credentials, step } = input;
  const script = fileURLToPath(new URL('./brevo-sandbox/main.ts', import.meta.url));
  let announced: SandboxPart | undefined;
  const isReady = (text: string) => {
    const { data } = announcement.safeParse(parseJson(text));
    if (data !== undefined) announced = { page: data.url, baseUrl: data.baseUrl };
    return data !== undefined;
  };
  const options = ['--directory', home.brevoSandbox, '--key', credentials.sandboxKey, '--limits', 'general'];
  const [port] = await onKeptPorts({
    ...input,
    names: ['brevo-sandbox'],
    create: ([port = 0]) =>
      createServer({
        name: 'Brevo sandbox',
        command: process.execPath,
        args: [script, ...options, '--port', String(port)],
        logFile: home.log('brevo-sandbox'),
        ready: { line: isReady },
        readyWithinMs: 30_000,
        graceMs: 10_000,
      }),
  });
  step.done(`port ${port}`);
  if (announced === undefined) throw new Error('the sandbox was ready without having said where');
  return announced;
}

export async function startWorkerPart(input: PartInput & { readonly env: NodeJS.ProcessEnv }): Promise<void> {
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const worker = createServer({
    name: 'Worker',
    command: process.execPath,
    args: [...WORKER_HEAP, main, 'worker'],
    env: input.env,
    logFile: input.home.log('worker'),
    ready: { line: (text) => z.object({ ready: z.literal(true) }).safeParse(parseJson(text)).success },
    readyWithinMs: 60_000,
    graceMs: 30_000,
  });
  input.register(worker);
  await worker.start();
  input.step.done('polling its task queues');
}

/** Starts a server on its kept ports; on others if somebody was quicker to take one of them. */
async function onKeptPorts<const Names extends readonly string[]>({
  home,
  register,
  names,
  create,
}: PartInput & {
  readonly names: Names;
  readonly create: (ports: readonly number[]) => Server;
}): Promise<{ [Index in keyof Names]: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const ports: number[] = [];
    for (const name of names) ports.push(await keptPort({ file: home.ports, name }));
    const server = create(ports);
    register(server);
    try {
      await server.start();
      return ports as { [Index in keyof Names]: number };
    } catch (error) {
      const free = await Promise.all(ports.map(isFree));
      if (attempt === PORT_ATTEMPTS || free.every(Boolean)) throw error;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
