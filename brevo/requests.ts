import type { BrevoChange } from '../domain/brevo-changes.ts';
import type { FunnelType } from '../domain/funnels.ts';

/** A call as it goes to Brevo; `path` stands behind the base URL. */
export interface BrevoRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Beyond key and content type. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Creates or updates one contact. Never names emailBlacklisted: an unsubscribed person stays so. A purchase names no
 * list: a buyer whom Brevo does not know is created outside of all lists.
 * https://developers.brevo.com/reference/createcontact
 */
export function upsertRequest(change: BrevoChange, listId: number): BrevoRequest {
  const body =
    change.kind === 'entry'
      ? {
          email: change.email,
          updateEnabled: true,
          listIds: [listId],
          attributes: entryAttributes(change.funnel),
        }
      : { email: change.email, updateEnabled: true, attributes: purchaseAttributes(change) };
  return { method: 'POST', path: '/contacts', body };
}

/**
 * Takes many contacts into one list in one call. Asynchronous: Brevo answers with a process id.
 * https://developers.brevo.com/reference/importcontacts-1
 */
export function importRequest(input: {
  readonly listId: number;
  readonly funnel: FunnelType;
  readonly emails: readonly string[];
}): BrevoRequest {
  return {
    method: 'POST',
    path: '/contacts/import',
    body: {
      listIds: [input.listId],
      updateExistingContacts: true,
      emptyContactsAttributes: false,
      disableNotification: true,
      jsonBody: input.emails.map((email) => ({ email, attributes: entryAttributes(input.funnel) })),
    },
  };
}

function entryAttributes(funnel: FunnelType) {
  return { FUNNEL_TYPE: funnel };
}

function purchaseAttributes(change: { readonly funnel: FunnelType; readonly purchasedOn: string }) {
  return {
    FUNNEL_TYPE: change.funnel,
    CERTIFICATE_PURCHASED: true,
    CERTIFICATE_PURCHASED_AT: change.purchasedOn,
  };
}
