import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandboxControl, type SandboxControl } from '../../local/brevo-sandbox/control.ts';
import type { BrevoSandboxOptions } from '../../local/brevo-sandbox/server.ts';
import { startBrevoSandbox } from '../../local/brevo-sandbox/server.ts';

export const SANDBOX_KEY = 'key-of-the-tests';

export interface SandboxAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; null when it is empty or no JSON. */
  readonly body: unknown;
}

/** A Brevo sandbox of a test's own, and a bare HTTP client for it. */
export interface TestSandbox {
  readonly url: string;
  readonly directory: string;
  readonly control: SandboxControl;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<SandboxAnswer>;
  /** Stops it and starts it again on the same directory, at another port, with what it kept. */
  restart(options?: Partial<BrevoSandboxOptions>): Promise<TestSandbox>;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

/** Calls a sandbox as Brevo would be called; throws only when there is no whole answer. */
export async function callSandbox(input: {
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}): Promise<SandboxAnswer> {
  const response = await fetch(`${input.url}/v3${input.path}`, {
    method: input.method,
    redirect: 'manual',
    headers: { 'api-key': SANDBOX_KEY, 'content-type': 'application/json', ...input.headers },
    ...(input.body === undefined
      ? {}
      : { body: typeof input.body === 'string' ? input.body : JSON.stringify(input.body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

/** Starts a sandbox without limits and with quick imports, unless told otherwise. */
export async function startTestSandbox(options: Partial<BrevoSandboxOptions> = {}): Promise<TestSandbox> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'brevo-sandbox-')));
  return run({ directory, apiKeys: [SANDBOX_KEY], limits: 'off', importDelayMs: 5, ...options });
}

async function run(options: BrevoSandboxOptions): Promise<TestSandbox> {
  const { directory } = options;
  const running = await startBrevoSandbox(options);
  const { url } = running;
  return {
    url,
    directory,
    control: createSandboxControl(url),
    call: (method, path, body, headers = {}) => callSandbox({ url, method, path, body, headers }),
    restart: async (next = {}) => {
      await running.close();
      return run({ apiKeys: options.apiKeys, ...next, directory });
    },
    stop: async () => {
      await running.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
