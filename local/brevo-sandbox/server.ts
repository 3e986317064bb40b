import { fastify } from 'fastify';
import { controlRoutes } from './control/routes.ts';
import { brevoRoutes } from './http/brevo-routes.ts';
import { publicRoutes } from './http/public-routes.ts';
import type { LimitProfile } from './limits.ts';
import { pageRoutes } from './page/routes.ts';
import { closeSandbox, openSandbox } from './sandbox.ts';

export interface BrevoSandboxOptions {
  /** Where the state is kept; made when it is not there. One sandbox at a time. */
  readonly directory: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on, 127.0.0.1 by default. The control calls and the page answer loopback only, wherever it listens. */
  readonly host?: string;
  /** API keys that are accepted; none may look like one of a real account. */
  readonly apiKeys: readonly string[];
  /** Rate limits of the account; those kept from last time, at first `general`, when left out. */
  readonly limits?: LimitProfile;
  /** From taking an import to applying it; what was kept from last time, at first 300, when left out. */
  readonly importDelayMs?: number;
}

export interface RunningBrevoSandbox {
  /** Like `http://127.0.0.1:8025`; the page to look at. */
  readonly url: string;
  /** What a client takes for Brevo's base URL: `url` and `/v3`. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** Paths hold e-mail addresses, percent-encoded. */
const LONGEST_PATH_PARAMETER = 1_000;
const MOST_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Starts a server that behaves like Brevo's API v3, with its state in a directory.
 * @throws SluiceError `real_key_refused` for a key that looks real, `sandbox_journal_broken` for a directory of something else.
 */
export async function startBrevoSandbox(options: BrevoSandboxOptions): Promise<RunningBrevoSandbox> {
  let url = '';
  const sandbox = await openSandbox({
    directory: options.directory,
    apiKeys: options.apiKeys,
    limits: options.limits,
    importDelayMs: options.importDelayMs,
    url: () => url,
  });
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER, ignoreTrailingSlash: true },
  });
  await app.register(brevoRoutes, { prefix: '/v3', sandbox });
  await app.register(controlRoutes, { prefix: '/__sandbox', sandbox });
  await app.register(publicRoutes, { sandbox });
  await app.register(pageRoutes, { sandbox });
  const host = options.host ?? '127.0.0.1';
  try {
    await app.listen({ port: options.port ?? 0, host });
  } catch (error) {
    await closeSandbox(sandbox);
    throw error;
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  return {
    url,
    baseUrl: `${url}/v3`,
    close: async () => {
      await app.close();
      await closeSandbox(sandbox);
    },
  };
}
