import { listStates } from '../control/views.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Contact, ContactChange } from '../state/records.ts';
import { type Html, html } from './html.ts';
import { attributeList, count, hrefOf, listChips, pager, shortTime } from './parts.ts';

const PAGE_SIZE = 50;

export interface ContactsQuery {
  readonly q: string;
  readonly list?: number | undefined;
  readonly offset: number;
  readonly email?: string | undefined;
}

/** Contacts with search and lists, newest first, or one contact with its history. */
export function contactsView(sandbox: Sandbox, query: ContactsQuery): Html {
  return html`<div class="split">
    <section class="card">${lists(sandbox, query)}</section>
    ${query.email === undefined ? table(sandbox, query) : oneContact(sandbox, query.email)}
  </div>`;
}

function lists(sandbox: Sandbox, query: ContactsQuery): Html {
  const row = ({
    id,
    name,
    contacts,
  }: {
    readonly id: number | undefined;
    readonly name: string;
    readonly contacts: number;
  }) =>
    html`<tr ${id === query.list && query.email === undefined ? html`class="chosen"` : null}>
      <td><a href="${hrefOf({ view: 'contacts', list: id })}">${name}</a>${id === undefined ? null : html` <span class="note">#${id}</span>`}</td>
      <td class="number">${count(contacts)}</td>
    </tr>`;
  const everybody = { id: undefined, name: 'Everybody', contacts: sandbox.state.contacts.size };
  return html`<h2>Lists</h2><table>${[everybody, ...listStates(sandbox)].map(row)}</table>`;
}

function table({ state }: Sandbox, query: ContactsQuery): Html {
  const everybody =
    query.list === undefined
      ? [...state.contacts.values()]
      : [...state.contactIndex.inList(query.list)].flatMap((id) => state.contacts.get(id) ?? []);
  const wanted = query.q.trim().toLowerCase();
  const matching = (
    wanted === '' ? everybody : everybody.filter((contact) => matches(contact, wanted))
  ).toReversed();
  const rows = matching.slice(query.offset, query.offset + PAGE_SIZE).map(
    (contact) => html`<tr>
      <td><a href="${hrefOf({ view: 'contacts', email: contact.email ?? `#${contact.id}` })}">${contact.email ?? `#${contact.id}`}</a>
        ${contact.emailBlacklisted ? html`<br><span class="bad">blacklisted</span>` : null}</td>
      <td>${listChips(state, contact.listIds)}</td>
      <td>${attributeList(contact.attributes)}</td>
      <td class="when">${shortTime(contact.modifiedAt)}</td>
    </tr>`,
  );
  return html`<section class="card">
    <form><input type="hidden" name="view" value="contacts">${query.list === undefined ? null : html`<input type="hidden" name="list" value="${query.list}">`}
      <input type="search" name="q" value="${query.q}" placeholder="Search e-mail or attribute" aria-label="Search"><button>Search</button></form>
    <table><tr><th>E-mail</th><th>Lists</th><th>Attributes</th><th>Changed (UTC)</th></tr>${rows}</table>
    ${rows.length === 0 ? html`<p class="none">No contacts.</p>` : null}
    ${pager({ total: matching.length, offset: query.offset, size: PAGE_SIZE, linkTo: (offset) => hrefOf({ view: 'contacts', q: query.q, list: query.list, offset }) })}
  </section>`;
}

function matches(contact: Contact, wanted: string): boolean {
  return (
    contact.email?.includes(wanted) === true ||
    Object.values(contact.attributes).some((value) => String(value).toLowerCase().includes(wanted))
  );
}

function oneContact({ state }: Sandbox, email: string): Html {
  // A contact without an address goes by its number, as in its history.
  const id = email.startsWith('#') ? Number(email.slice(1)) : state.contactIndex.byEmail(email);
  const contact = id === undefined ? undefined : state.contacts.get(id);
  const history = state.changesByEmail.get(email);
  return html`<section class="card"><h2>${email}</h2>
    ${contact === undefined ? html`<p class="none">There is no such contact now.</p>` : summary(contact, listChips(state, contact.listIds))}
    <h2 style="margin-top:20px">History</h2>
    <table><tr><th>When (UTC)</th><th>What</th><th>By</th><th class="number">Request</th><th>Change</th></tr>${history.map(historyRow)}</table>
    ${history.length === 0 ? html`<p class="none">Nothing happened to this address.</p>` : null}
  </section>`;
}

function summary(contact: Contact, chips: readonly Html[]): Html {
  return html`<dl>
    <dt>Id</dt><dd>${contact.id}</dd>
    <dt>Lists</dt><dd>${chips.length === 0 ? 'none' : chips}</dd>
    <dt>Attributes</dt><dd>${attributeList(contact.attributes)}</dd>
    <dt>Blacklisted</dt><dd>${contact.emailBlacklisted ? html`<span class="bad">yes</span>` : 'no'}</dd>
    <dt>Created</dt><dd>${contact.createdAt}</dd>
    <dt>Changed</dt><dd>${contact.modifiedAt}</dd>
  </dl>`;
}

function historyRow(change: ContactChange): Html {
  const lists = [
    ...change.listsAdded.map((id) => `+ list ${id}`),
    ...change.listsRemoved.map((id) => `− list ${id}`),
  ];
  return html`<tr><td class="when">${shortTime(change.at)}</td><td>${change.kind}</td><td>${change.by}</td>
    <td class="number">${change.sequence === 0 ? '' : change.sequence}</td>
    <td>${attributeList(change.attributes)} ${change.attributesRemoved.map((name) => `− ${name} `)} ${lists.join(', ')}</td></tr>`;
}
