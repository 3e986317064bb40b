import type { CampaignEventInput, SeedInput, TriggerInput } from './control/schemas.ts';
import type { ContactState, LedgerLine, ListState, SandboxState } from './control/views.ts';
import type { FaultInput, FaultRule } from './faults/rules.ts';
import type { Bounds, Bucket, LimitProfile } from './limits.ts';
import type { ImportRow } from './state/import-rows.ts';
import type { Contact, CustomEvent, Delivery, ImportProcess, LedgerEntry, Mail } from './state/records.ts';
import type { Settings } from './state/settings.ts';

export type { FaultInput } from './faults/rules.ts';

/** Which ledger entries to show; everything left out passes. The newest `limit` of them, 1,000 by default. */
interface LedgerFilter {
  readonly method?: string;
  /** Template of a route, like `/contacts/{identifier}`. */
  readonly route?: string;
  /** Calls that named this address, also inside an import. */
  readonly email?: string;
  readonly accepted?: boolean;
  readonly status?: number;
  /** Kind of the fault that was played. */
  readonly fault?: string;
  /** Only entries after this sequence. */
  readonly after?: number;
  readonly limit?: number;
}

/** The control API of a running sandbox, typed. Every call throws when the sandbox refuses it. */
export interface SandboxControl {
  health(): Promise<{ readonly ok: boolean; readonly now: string }>;
  state(): Promise<SandboxState>;
  lists(): Promise<readonly ListState[]>;
  contact(email: string): Promise<ContactState>;
  contacts(filter?: {
    readonly list?: number;
    readonly offset?: number;
    readonly limit?: number;
  }): Promise<readonly Contact[]>;
  mails(): Promise<readonly Mail[]>;
  events(): Promise<readonly CustomEvent[]>;
  processes(): Promise<readonly ImportProcess[]>;
  deliveries(): Promise<readonly Delivery[]>;
  ledger(filter?: LedgerFilter): Promise<readonly LedgerLine[]>;
  /** One entry whole; `rows` are the contacts of an accepted import. */
  ledgerEntry(sequence: number): Promise<LedgerEntry & { readonly rows?: readonly ImportRow[] }>;
  faults(): Promise<readonly FaultRule[]>;
  addFault(fault: FaultInput): Promise<FaultRule>;
  removeFault(id: number): Promise<void>;
  clearFaults(): Promise<void>;
  setLimits(profile: LimitProfile, overrides?: Partial<Record<Bucket, Bounds>>): Promise<void>;
  setKeys(keys: readonly string[]): Promise<void>;
  settings(): Promise<Settings>;
  setSettings(change: Partial<Settings>): Promise<Settings>;
  /** Contacts that Brevo will never take, from now on exactly these. */
  refuseEmails(emails: readonly string[]): Promise<void>;
  seed(input: SeedInput): Promise<void>;
  /** Forgets everything but keys and limits. */
  reset(): Promise<void>;
  /** Moves sandbox time ahead; what became due happens. */
  advanceClock(ms: number): Promise<{ readonly now: string }>;
  /** Lets a mail (by message id or uuid) be delivered, opened and so on; the posts that webhooks got for it. */
  trigger(messageId: string, input: TriggerInput): Promise<readonly Delivery[]>;
  triggerCampaign(input: CampaignEventInput): Promise<readonly Delivery[]>;
  /** Closes open batches of batched webhooks now. */
  flushWebhooks(): Promise<readonly Delivery[]>;
}

/** @param url where the sandbox listens, without `/v3`. */
export function createSandboxControl(url: string): SandboxControl {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/__sandbox${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The sandbox refused ${method} ${path} with ${response.status}: ${text}`);
    }
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const one = encodeURIComponent;

  return {
    health: () => call('GET', '/health'),
    state: () => call('GET', '/state'),
    lists: () => call('GET', '/lists'),
    contact: (email) => call('GET', `/contacts/${one(email)}`),
    contacts: (filter) => call('GET', `/contacts${queryOf({ ...filter })}`),
    mails: () => call('GET', '/mails'),
    events: () => call('GET', '/events'),
    processes: () => call('GET', '/processes'),
    deliveries: () => call('GET', '/deliveries'),
    ledger: (filter) => call('GET', `/ledger${queryOf({ ...filter })}`),
    ledgerEntry: (sequence) => call('GET', `/ledger/${sequence}`),
    faults: () => call('GET', '/faults'),
    addFault: (fault) => call('POST', '/faults', fault),
    removeFault: (id) => call('DELETE', `/faults/${id}`),
    clearFaults: () => call('DELETE', '/faults'),
    setLimits: async (profile, overrides = {}) => {
      await call('PUT', '/limits', { profile, overrides });
    },
    setKeys: (keys) => call('PUT', '/keys', { keys }),
    settings: () => call('GET', '/settings'),
    setSettings: (change) => call('PUT', '/settings', change),
    refuseEmails: async (emails) => {
      await call('PUT', '/settings', { refusedEmails: emails });
    },
    seed: (input) => call('POST', '/seed', input),
    reset: () => call('POST', '/reset'),
    advanceClock: (advanceMs) => call('POST', '/clock', { advanceMs }),
    trigger: (messageId, input) => call('POST', `/messages/${one(messageId)}/events`, input),
    triggerCampaign: (input) => call('POST', '/campaign-events', input),
    flushWebhooks: () => call('POST', '/webhooks/flush'),
  };
}

function queryOf(filter: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
