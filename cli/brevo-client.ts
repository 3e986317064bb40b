import { setTimeout as wait } from 'node:timers/promises';
import { type BrevoClient, createBrevoClient } from '../brevo/client.ts';
import type { Settings } from '../config.ts';
import { SluiceError } from '../domain/errors.ts';

const TRIES = 5;
const LONGEST_WAIT_MS = 5_000;

/** A client for a command: no limit store shared with workers; a short pause that Brevo asks for is waited out. */
export function clientFor(settings: Settings): BrevoClient {
  const client = createBrevoClient({
    baseUrl: settings.brevo.baseUrl,
    apiKey: settings.brevo.apiKey,
    isReal: settings.brevo.isReal,
    mode: settings.dryRun ? 'dry' : 'live',
    limits: { takeTurn: () => Promise.resolve(0), block: () => Promise.resolve() },
    gapMs: 0,
  });
  return {
    async call(request, schema, options) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await client.call(request, schema, options);
        } catch (error) {
          const pause =
            error instanceof SluiceError && error.sort === 'retry' ? error.retryAfterMs : undefined;
          if (pause === undefined || pause > LONGEST_WAIT_MS || attempt === TRIES) throw error;
          await wait(pause);
        }
      }
    },
  };
}
