import type { Sandbox } from '../sandbox.ts';
import type { Mail } from '../state/records.ts';
import { type Html, html } from './html.ts';
import { hrefOf, pager, shortTime } from './parts.ts';

const PAGE_SIZE = 25;

/** Accepted mail, newest first, with a preview of one. */
export function mailsView(
  sandbox: Sandbox,
  query: { readonly mail?: string | undefined; readonly offset: number },
): Html {
  const all = [...sandbox.state.mails.values()].toReversed();
  const page = all.slice(query.offset, query.offset + PAGE_SIZE);
  const chosen = (query.mail === undefined ? undefined : sandbox.state.mails.get(query.mail)) ?? page[0];
  if (chosen === undefined) {
    return html`<section class="card"><h2>Mail</h2><p class="none">No mail was accepted yet.</p></section>`;
  }
  const rows = page.map(
    (mail) => html`<tr ${mail.uuid === chosen.uuid ? html`class="chosen"` : null}>
      <td class="when">${shortTime(mail.acceptedAt)}</td>
      <td><a href="${hrefOf({ view: 'mails', mail: mail.uuid, offset: query.offset })}">${mail.subject === '' ? '(no subject)' : mail.subject}</a>
        <br><span class="note">${mail.to.map(({ email }) => email).join(', ')}</span></td>
      <td class="${mail.state === 'sent' ? 'good' : 'warn'}">${mail.state}</td></tr>`,
  );
  return html`<div class="split even">
    <section class="card"><table><tr><th>Accepted (UTC)</th><th>Subject and recipients</th><th>State</th></tr>${rows}</table>
      ${pager({ total: all.length, offset: query.offset, size: PAGE_SIZE, linkTo: (offset) => hrefOf({ view: 'mails', offset }) })}</section>
    <section class="card">${preview(sandbox, chosen)}</section>
  </div>`;
}

function attachment(mail: Mail, { name, index }: { readonly name: string; readonly index: number }): Html {
  const isKept = typeof mail.attachmentDigests?.[index] === 'string';
  return isKept
    ? html`<a class="chip" href="/mails/${mail.uuid}/attachments/${index}">${name}</a> `
    : html`<span class="chip">${name}</span> `;
}

/** The mail's HTML runs in a frame that may do nothing: no script, no form; images only from this machine. */
function preview({ state }: Sandbox, mail: Mail): Html {
  const events = state.eventsByMessage
    .get(mail.messageId)
    .map(({ event, at }) => `${event} ${shortTime(at)}`);
  return html`<h2>${mail.subject}</h2><dl>
    <dt>From</dt><dd>${mail.from.name ?? ''} &lt;${mail.from.email}&gt;</dd>
    <dt>To</dt><dd>${mail.to.map(({ email }) => email).join(', ')}</dd>
    <dt>Message id</dt><dd><code>${mail.messageId}</code></dd>
    <dt>Tags</dt><dd>${mail.tags.length === 0 ? '–' : mail.tags.map((tag) => html`<span class="chip">${tag}</span>`)}</dd>
    <dt>Idempotency key</dt><dd><code>${mail.idempotencyKey ?? '–'}</code></dd>
    <dt>Request</dt><dd>${mail.sequence}${mail.templateId === null ? '' : `, template ${mail.templateId}`}</dd>
    <dt>Attachments</dt><dd>${mail.attachments.length === 0 ? '–' : mail.attachments.map((name, index) => attachment(mail, { name, index }))}</dd>
    <dt>Events</dt><dd>${events.length === 0 ? '–' : events.join(' · ')}</dd></dl>
    ${mail.html === null ? html`<pre>${mail.text ?? ''}</pre>` : html`<iframe sandbox="" title="Preview" srcdoc="${mail.html}"></iframe>`}`;
}
