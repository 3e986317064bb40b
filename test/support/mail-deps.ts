import type { MessageDeps } from '../../activities/messages.ts';
import { createBrevoClient } from '../../brevo/client.ts';
import { createLimitStore } from '../../db/brevo-limits.ts';
import type { Database } from '../../db/pool.ts';
import { addressHash } from '../../mail/keys.ts';
import { loadTemplates } from '../../mail/templates.ts';
import { unsubscribeUrl } from '../../mail/unsubscribe.ts';

const MAIL_SECRET = 'a secret of the tests, of more than 32 characters';
export const hashOf = (email: string) => addressHash(MAIL_SECRET, email);
export const FROM = { email: 'ann@example.org', name: 'Ann' };

/** That of sandbox-client.ts, which a worker process must not load: it belongs to tests. */
const SANDBOX_KEY = 'key-of-the-tests';

/** What the activities are made of, as a worker makes them. */
export function mailDeps({
  database,
  baseUrl,
  templatesFolder,
}: {
  readonly database: Database;
  readonly baseUrl: string;
  readonly templatesFolder: string;
}): MessageDeps {
  return {
    database,
    brevo: createBrevoClient({
      baseUrl,
      apiKey: SANDBOX_KEY,
      isReal: false,
      mode: 'live',
      limits: createLimitStore(database),
      gapMs: 0,
      mailGapMs: 1,
    }),
    templates: loadTemplates(templatesFolder),
    links: {
      unsubscribeUrl: (link) =>
        unsubscribeUrl({ publicUrl: 'https://events.example.org', secret: MAIL_SECRET, ...link }),
    },
    hashAddress: hashOf,
    contactTimezone: 'UTC',
    from: FROM,
    dryRun: false,
    // Short, so that a killed worker is believed dead soon.
    callTimeoutMs: 1_500,
  };
}
