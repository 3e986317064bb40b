import type { FaultRule } from '../faults/rules.ts';
import type { Sandbox } from '../sandbox.ts';
import { type Html, html } from './html.ts';
import { count } from './parts.ts';

/** The fault script as it stands, and what can be set. */
export function faultsView({ state, clock }: Sandbox): Html {
  const { limits, clockOffsetMs, refusedEmails, ...settings } = state.settings;
  const rules = [...state.faults.values()];
  return html`<section class="card"><h2>Faults</h2>
    <table><tr><th class="number">No.</th><th>Kind</th><th>For</th><th>When</th><th class="number">Matched</th><th class="number">Played</th></tr>${rules.map(row)}</table>
    ${rules.length === 0 ? html`<p class="none">No fault is scripted: every call gets an honest answer.</p>` : null}</section>
    <section class="card"><h2>Settings</h2><dl>
      <dt>Limits</dt><dd>${limits.profile} ${Object.keys(limits.overrides).length === 0 ? '' : JSON.stringify(limits.overrides)}</dd>
      <dt>Sandbox time</dt><dd>${clock.nowIso()}${clockOffsetMs === 0 ? '' : ` (${count(Math.round(clockOffsetMs / 1_000))} s ahead)`}</dd>
      <dt>Refused contacts</dt><dd>${refusedEmails.length === 0 ? 'none' : refusedEmails.slice(0, 20).join(', ')}${refusedEmails.length > 20 ? ` and ${count(refusedEmails.length - 20)} more` : ''}</dd>
      ${Object.entries(settings).map(([name, value]) => html`<dt>${name}</dt><dd>${String(value)}</dd>`)}
    </dl></section>
    <section class="card"><h2>Lost answers, webhooks</h2><dl>
      <dt>Answers kept back</dt><dd>${count(state.ledger.entries().filter(({ answered }) => !answered).length)}</dd>
      <dt>Webhooks</dt><dd>${count(state.webhooks.size)} registered, ${count(state.deliveries.size)} posts</dd>
    </dl></section>`;
}

function row({ id, fault, matched, played, expiresAt }: FaultRule): Html {
  const { kind, method, route, email, nth, first, forMs: _forMs, ...details } = fault;
  const when = [
    nth === undefined ? null : `call ${nth}`,
    first === undefined ? null : `first ${first}`,
    expiresAt === null ? null : `until ${expiresAt}`,
  ].filter((text) => text !== null);
  return html`<tr><td class="number seq">${id}</td>
    <td><b>${kind}</b> ${Object.keys(details).length === 0 ? '' : html`<code>${JSON.stringify(details)}</code>`}</td>
    <td><code>${method ?? 'any'} ${route ?? 'every route'}</code> ${email ?? ''}</td>
    <td>${when.length === 0 ? 'until removed' : when.join(', ')}</td>
    <td class="number">${count(matched)}</td><td class="number">${count(played)}</td></tr>`;
}
