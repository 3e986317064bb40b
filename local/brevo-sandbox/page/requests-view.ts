import type { Sandbox } from '../sandbox.ts';
import type { LedgerEntry } from '../state/records.ts';
import { type Html, html } from './html.ts';
import { count, hrefOf, shortTime } from './parts.ts';

const SHOWN = 100;

/** The end of the ledger, newest first. */
export function requestsView({ state }: Sandbox, query: { readonly email?: string | undefined }): Html {
  const all = query.email === undefined ? state.ledger.entries() : state.ledgerByEmail.get(query.email);
  const rows = all.slice(-SHOWN).toReversed();
  return html`<section class="card"><h2>Newest requests ${query.email === undefined ? null : html`about ${query.email}`}</h2>
    <table><tr><th class="number">No.</th><th>Time (UTC)</th><th>Call</th><th>E-mail</th><th>Status</th><th>Effect</th><th>Fault</th></tr>
    ${rows.map(row)}</table>
    ${rows.length === 0 ? html`<p class="none">No request yet.</p>` : null}
    <div class="pages"><span>${count(rows.length)} of ${count(all.length)}; the rest at <code>/__sandbox/ledger</code></span></div></section>`;
}

function row(entry: LedgerEntry): Html {
  const [first] = entry.emails;
  const lost = entry.answered ? null : html` <span class="bad">(answer lost)</span>`;
  return html`<tr><td class="number seq"><a href="/__sandbox/ledger/${entry.sequence}">${entry.sequence}</a></td>
    <td class="when">${shortTime(entry.at)}</td>
    <td><code>${entry.method} ${entry.route ?? entry.path}</code></td>
    <td>${first === undefined ? '' : html`<a href="${hrefOf({ view: 'contacts', email: first })}">${first}</a>`}${entry.emails.length > 1 ? html` <span class="note">and ${count(entry.emails.length - 1)} more</span>` : null}</td>
    <td class="${entry.accepted ? 'good' : entry.status >= 500 || entry.status === 0 ? 'bad' : 'warn'}">${entry.status === 0 ? '–' : entry.status} ${entry.code ?? ''}${lost}</td>
    <td>${entry.effect === 'none' ? '' : entry.effect}</td>
    <td>${entry.fault ?? ''}</td></tr>`;
}
