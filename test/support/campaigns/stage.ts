import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { CampaignOptions } from '../../../domain/campaigns/definition.ts';
import { addressHash } from '../../../mail/keys.ts';
import type { CampaignInput, CampaignResult, campaign } from '../../../workflows/campaign.ts';
import { campaignQuery, cancelSignal, pauseSignal, resumeSignal } from '../../../workflows/campaign.ts';
import { type Installation, type InstallOptions, install, until } from '../installation.ts';
import { scratchFolder } from '../scratch.ts';

const SECRET = 'a secret of the tests, of more than 32 characters';
const DEFINE = pathToFileURL(join(import.meta.dirname, '../../../domain/campaigns/definition.ts')).href;

/** A campaign that goes to everybody at once, unless told otherwise. */
export function news(more: Partial<CampaignOptions> = {}): CampaignOptions {
  return {
    id: 'news',
    template: 'campaign-plain',
    params: { subject_line: 'News', headline: 'News', body_text: 'There is news.' },
    ...more,
  };
}

/** A module as CAMPAIGN_CATALOGUE names it. @returns its path */
export function writeCampaigns(campaigns: readonly CampaignOptions[]): string {
  const file = join(scratchFolder(), `campaigns-${randomUUID()}.mjs`);
  const lines = campaigns.map(
    (one, index) => `export const c${index} = defineCampaign(${JSON.stringify(one)});`,
  );
  writeFileSync(file, [`import { defineCampaign } from '${DEFINE}';`, ...lines].join('\n'));
  return file;
}

/** What a test's person is, if not opted in, without a zone and without fields. */
export interface TestPerson {
  readonly consent?: 'opted_in' | 'unknown' | 'withdrawn';
  readonly timezone?: string;
  readonly firstName?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly erased?: true;
}

export interface CampaignStage extends Installation {
  /** @returns numbers of the new contacts, in order. `person<number>@example.com` */
  people(people: readonly TestPerson[]): Promise<readonly number[]>;
  suppress(email: string, reason: 'unsubscribed' | 'hard_bounce'): Promise<void>;
  /** As if the person had got another flow's marketing mail so long ago. */
  mailedBefore(contactId: number, ago: { readonly secondsAgo: number }): Promise<void>;
  start(input?: CampaignInput): Promise<WorkflowHandle<typeof campaign>>;
  /** Starts and waits. */
  send(input?: CampaignInput): Promise<CampaignResult>;
  pause(handle: WorkflowHandle): Promise<void>;
  resume(handle: WorkflowHandle): Promise<void>;
  cancel(handle: WorkflowHandle): Promise<void>;
  state(handle: WorkflowHandle): Promise<string>;
  /** Addresses of mails that the sandbox took, each as often as it did. */
  taken(): Promise<readonly string[]>;
  /** Rows of the ledger by state and reason. */
  ledger(): Promise<Readonly<Record<string, number>>>;
  untilTaken(atLeast: number): Promise<number>;
}

/** An installation with campaigns of its own; no worker runs yet. */
export async function openStage(
  campaigns: readonly CampaignOptions[],
  { env = {}, ...options }: InstallOptions = {},
): Promise<CampaignStage> {
  const home = await install({
    ...options,
    env: {
      CAMPAIGN_CATALOGUE: writeCampaigns(campaigns),
      SLUICE_SECRET: SECRET,
      MAIL_FROM: 'Ann <ann@example.org>',
      PUBLIC_URL: 'https://events.example.org',
      BREVO_MAILS_PER_SECOND: '1000',
      ...env,
    },
  });
  const { client, settings, ours, sandbox } = home;
  const start: CampaignStage['start'] = (input = { campaign: 'news', name: 'first' }) =>
    client.workflow.start<typeof campaign>('campaign', {
      taskQueue: settings.temporal.taskQueue,
      workflowId: `${settings.temporal.taskQueue}/campaign/${randomUUID()}`,
      args: [input],
    });
  const taken = async () => (await sandbox.control.mails()).map(({ to }) => to[0]?.email ?? '').toSorted();
  return {
    ...home,
    start,
    taken,
    async people(people) {
      const [rows] = await ours.pool.query('SELECT COALESCE(MAX(id), 0) AS last FROM contacts');
      const last = Number((rows as { last: number }[])[0]?.last);
      const ids = people.map((_, index) => last + index + 1);
      for (let from = 0; from < people.length; from += 1000) {
        await ours.pool.query(
          `INSERT INTO contacts (id, email, first_name, timezone, fields, consent, consent_at, created_at, updated_at, erased_at) VALUES ?`,
          [
            people.slice(from, from + 1000).map((one, index) => {
              const id = ids[from + index] ?? 0;
              const { consent = 'opted_in', timezone = null, firstName = null, fields = {}, erased } = one;
              const at = new Date('2026-01-01T00:00:00Z');
              const email = erased === true ? `erased:${id}` : `person${id}@example.com`;
              return [
                id,
                email,
                firstName,
                timezone,
                JSON.stringify(fields),
                consent,
                at,
                at,
                at,
                erased === true ? at : null,
              ];
            }),
          ],
        );
      }
      return ids;
    },
    async suppress(email, reason) {
      await ours.pool.query(
        "INSERT INTO suppressions (address_hash, scope, reason, source, since) VALUES (?, 'marketing', ?, 'operator', NOW(3))",
        [addressHash(SECRET, email), reason],
      );
    },
    async mailedBefore(contactId, { secondsAgo }) {
      await ours.pool.query(
        `INSERT INTO messages (message_key, uuid, kind, scope, contact_id, email, template, template_version, params,
                               state, due_at, prepared_at, first_tried_at, accepted_at)
         VALUES ('journey/1/a', UUID(), 'journey', 'marketing', ?, '', 'x', 'x', '{"given":{},"contact":{}}', 'accepted',
                 NOW(3), NOW(3), NOW(3), NOW(3) - INTERVAL ? SECOND)`,
        [contactId, secondsAgo],
      );
    },
    send: async (input) => (await start(input)).result(),
    pause: (handle) => handle.signal(pauseSignal),
    resume: (handle) => handle.signal(resumeSignal),
    cancel: (handle) => handle.signal(cancelSignal, { reason: 'cancelled' }),
    state: async (handle) => (await handle.query(campaignQuery)).state,
    async ledger() {
      const rows = await home.sql<{ what: string; number: number }>(
        `SELECT CONCAT_WS(' ', state, reason) AS what, COUNT(*) AS number FROM messages
          WHERE kind = 'campaign' GROUP BY what`,
      );
      return Object.fromEntries(rows.map(({ what, number }) => [what, number]));
    },
    untilTaken: (atLeast) =>
      until(`${atLeast} mails are taken`, async () => {
        const { mails } = await sandbox.control.state();
        return mails >= atLeast ? mails : undefined;
      }),
  };
}

export function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
