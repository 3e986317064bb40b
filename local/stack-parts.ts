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
const DEMO_QUIZ = 'demo_quiz';
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
  readonly quizUrl: string;
  /** With the right to make tables in the demo learning site. */
  readonly quizAdminUrl: string;
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
  const quizAdmin = {
    user: 'quiz_admin',
    password: credentials.quizAdmin,
    database: DEMO_QUIZ,
    rights: 'all',
  } as const;
  const quizReader = {
    user: 'quiz_reader',
    password: credentials.quizReader,
    database: DEMO_QUIZ,
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
        databases: [OUR_DATABASE, DEMO_SITE, DEMO_QUIZ],
        accounts: [ours, admin, reader, quizAdmin, quizReader],
        rootPassword: credentials.root,
      }),
  });
  step.done(program.kind === 'docker' ? `in Docker, port ${port}` : `${program.path}, port ${port}`);
  const url = (of: { user: string; password: string; database: string }) =>
    mysqlUrl({ port, account: of, database: of.database });
  return {
    databaseUrl: url(ours),
    siteUrl: url(reader),
    siteAdminUrl: url(admin),
    quizUrl: url(quizReader),
    quizAdminUrl: url(quizAdmin),
  };
}

export interface TemporalPart {
  readonly address: string;
  readonly webUi: string;
}

/** @param input.codec whether the Web UI is to ask a codec server for what payloads say */
export async function startTemporalPart(
  input: PartInput & { readonly namespace: string; readonly codec: 'none' | 'local' },
): Promise<TemporalPart> {
  const { home, step, signal, namespace, codec } = input;
  const path = await findTemporal({ step, signal });
  const uiCodecEndpoint =
    codec === 'none' ? undefined : `http://127.0.0.1:${await keptPort({ file: home.ports, name: 'codec' })}`;
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
        ...(uiCodecEndpoint === undefined ? {} : { uiCodecEndpoint }),
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
    ready: { line: saysReady },
    readyWithinMs: 60_000,
    graceMs: 30_000,
  });
  input.register(worker);
  await worker.start();
  input.step.done('polling its task queues');
}

const saysReady = (text: string) => z.object({ ready: z.literal(true) }).safeParse(parseJson(text)).success;

/** Shows the Web UI what encrypted payloads say. @param webUi its address; no other page may ask */
export async function startCodecPart(
  input: PartInput & { readonly env: NodeJS.ProcessEnv; readonly webUi: string },
): Promise<void> {
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const port = await keptPort({ file: input.home.ports, name: 'codec' });
  const origins = [input.webUi, input.webUi.replace('127.0.0.1', 'localhost')];
  const codec = createServer({
    name: 'Codec',
    command: process.execPath,
    args: [main, 'codec', '--port', String(port), '--allow-origin', ...origins],
    env: input.env,
    logFile: input.home.log('codec'),
    ready: { line: saysReady },
    readyWithinMs: 60_000,
    graceMs: 5_000,
  });
  input.register(codec);
  await codec.start();
  input.step.done(`decrypts for the Web UI, port ${port}`);
}

/** @param env of the process; the port is added to it, and the public address if there is none */
export async function startGatewayPart(
  input: PartInput & { readonly env: (address: string) => NodeJS.ProcessEnv },
): Promise<string> {
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const [port] = await onKeptPorts({
    ...input,
    names: ['gateway'],
    create: ([port = 0]) =>
      createServer({
        name: 'Gateway',
        command: process.execPath,
        args: [main, 'gateway'],
        env: { ...input.env(`http://127.0.0.1:${port}`), GATEWAY_PORT: String(port) },
        logFile: input.home.log('gateway'),
        ready: { line: saysReady },
        readyWithinMs: 60_000,
        graceMs: 15_000,
      }),
  });
  input.step.done(`takes events, port ${port}`);
  return `http://127.0.0.1:${port}`;
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
