import type { Sandbox } from '../sandbox.ts';
import { type Html, html } from './html.ts';
import { count } from './parts.ts';
import { STYLE } from './style.ts';

export const VIEWS = ['contacts', 'mails', 'requests', 'faults'] as const;
export type View = (typeof VIEWS)[number];

const TITLES: Readonly<Record<View, string>> = {
  contacts: 'Contacts',
  mails: 'Mail',
  requests: 'Requests',
  faults: 'Faults and settings',
};

const REFRESH_SECONDS = 5;

/** The whole page around one view. The view of requests looks again every few seconds. */
export function layout(
  sandbox: Sandbox,
  { view, content }: { readonly view: View; readonly content: Html },
): string {
  const links = VIEWS.map(
    (name) => html`<a ${name === view ? html`class="here"` : null} href="/?view=${name}">${TITLES[name]}</a>`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${view === 'requests' ? html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}">` : null}
<title>${TITLES[view]} · Brevo sandbox</title>
<style>${STYLE}</style>
</head>
<body>
<header>
  <div class="brand"><h1>Brevo sandbox</h1><span class="note">nothing here leaves this machine · base URL <code>${sandbox.url()}/v3</code></span></div>
  <nav>${links}</nav>
</header>
<main>
  ${tiles(sandbox)}
  ${content}
</main>
</body>
</html>
`.markup;
}

function tiles({ state }: Sandbox): Html {
  let [accepted, limited] = [0, 0];
  for (const entry of state.ledger.entries()) {
    accepted += entry.accepted ? 1 : 0;
    limited += entry.status === 429 ? 1 : 0;
  }
  const running = [...state.processes.values()].filter(
    ({ status }) => status === 'queued' || status === 'in_process',
  );
  const { profile } = state.settings.limits;
  return html`<section class="tiles">
    ${tile(count(state.contacts.size), 'contacts')}
    ${tile(count(state.lists.size), 'lists')}
    ${tile(count(state.mails.size), 'mails accepted')}
    ${tile(count(state.ledger.size), `requests, ${count(accepted)} accepted`)}
    ${tile(count(limited), `over the limit (${profile})`)}
    ${tile(count(state.processes.size), `imports, ${count(running.length)} running`)}
    ${tile(count(state.faults.size), 'faults active')}
  </section>`;
}

function tile(value: string, label: string): Html {
  return html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
}
