import type { Contact } from '../state/records.ts';
import type { State } from '../state/state.ts';
import { type Html, html } from './html.ts';

const NUMBER = new Intl.NumberFormat('en-US');

export function count(number: number): string {
  return NUMBER.format(number);
}

/** A time for a table, in UTC: `11-18 09:04:31`. */
export function shortTime(iso: string): string {
  return iso.slice(5, 19).replace('T', ' ');
}

/** A link within the page; what is not given stays away from the address. */
export function hrefOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') {
      parameters.set(name, String(value));
    }
  }
  return `/?${parameters.toString()}`;
}

export function attributeList(attributes: Contact['attributes']): readonly Html[] {
  return Object.entries(attributes).map(
    ([name, value]) => html`<span class="attribute"><i>${name}</i>${String(value)}</span>`,
  );
}

export function listChips(state: State, listIds: readonly number[]): readonly Html[] {
  return listIds.map(
    (id) => html`<span class="chip" title="list ${id}">${state.lists.get(id)?.name ?? `list ${id}`}</span>`,
  );
}

/** Links to the pages before and after. */
export function pager(input: {
  readonly total: number;
  readonly offset: number;
  readonly size: number;
  readonly linkTo: (offset: number) => string;
}): Html {
  const { total, offset, size, linkTo } = input;
  const last = Math.min(offset + size, total);
  return html`<div class="pages">
    <span>${count(total === 0 ? 0 : offset + 1)}–${count(last)} of ${count(total)}</span>
    ${offset > 0 ? html`<a href="${linkTo(Math.max(0, offset - size))}">← Newer</a>` : null}
    ${last < total ? html`<a href="${linkTo(last)}">Older →</a>` : null}
  </div>`;
}
