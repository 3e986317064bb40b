import { canonicalEmail } from '../contacts/email-address.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Contact, ContactChange, ContactList, LedgerEntry } from '../state/records.ts';
import type { LedgerQuery } from './schemas.ts';

/** E-mails of a ledger entry that are shown in a listing; `/ledger/{sequence}` has them all. */
const EMAILS_SHOWN = 5;

/** Everything about one contact. `contact` is null for one that is not there (any more). */
export interface ContactState {
  readonly contact: Contact | null;
  readonly history: readonly ContactChange[];
}

export interface ListState extends ContactList {
  readonly contacts: number;
}

export type LedgerLine = Omit<LedgerEntry, 'body'> & { readonly emailCount: number; readonly body: unknown };

/** Totals of a sandbox. */
export interface SandboxState {
  readonly now: string;
  readonly contacts: number;
  readonly blacklisted: number;
  readonly lists: readonly ListState[];
  readonly mails: number;
  readonly customEvents: number;
  readonly imports: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly accepted: number;
  /** Requests per route and status: `{ "POST /contacts": { "201": 3, "429": 1 } }`. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function contactState({ state }: Sandbox, email: string): ContactState {
  const canonical = canonicalEmail(email);
  const id = state.contactIndex.byEmail(canonical);
  const contact = id === undefined ? undefined : state.contacts.get(id);
  return { contact: contact ?? null, history: state.changesByEmail.get(canonical) };
}

export function listStates({ state }: Sandbox): readonly ListState[] {
  return [...state.lists.values()].map((list) => ({
    ...list,
    contacts: state.contactIndex.inList(list.id).size,
  }));
}

export function sandboxState(sandbox: Sandbox): SandboxState {
  const { state, clock } = sandbox;
  const imports: Record<string, number> = {};
  for (const { status } of state.processes.values()) {
    imports[status] = (imports[status] ?? 0) + 1;
  }
  const calls: Record<string, Record<string, number>> = {};
  let accepted = 0;
  for (const entry of state.ledger.entries()) {
    const counts = (calls[`${entry.method} ${entry.route ?? entry.path}`] ??= {});
    counts[entry.status] = (counts[entry.status] ?? 0) + 1;
    accepted += entry.accepted ? 1 : 0;
  }
  let blacklisted = 0;
  for (const contact of state.contacts.values()) {
    blacklisted += contact.emailBlacklisted ? 1 : 0;
  }
  return {
    now: clock.nowIso(),
    contacts: state.contacts.size,
    blacklisted,
    lists: listStates(sandbox),
    mails: state.mails.size,
    customEvents: state.customEvents.size,
    imports,
    requests: state.ledger.size,
    accepted,
    calls,
  };
}

/** The newest entries that pass every filter, oldest of them first. */
export function ledgerEntries({ state }: Sandbox, query: LedgerQuery): readonly LedgerEntry[] {
  const from = query.email === undefined ? state.ledger.entries() : state.ledgerByEmail.get(query.email);
  return from
    .filter((entry) => query.method === undefined || entry.method === query.method.toUpperCase())
    .filter((entry) => query.route === undefined || entry.route === query.route)
    .filter((entry) => query.accepted === undefined || entry.accepted === query.accepted)
    .filter((entry) => query.status === undefined || entry.status === query.status)
    .filter((entry) => query.fault === undefined || entry.fault === query.fault)
    .filter((entry) => query.after === undefined || entry.sequence > query.after)
    .slice(-query.limit);
}

/** An entry for a listing: the addresses of an import are counted and not all shown. */
export function ledgerLine(entry: LedgerEntry): LedgerLine {
  return { ...entry, emailCount: entry.emails.length, emails: entry.emails.slice(0, EMAILS_SHOWN) };
}
