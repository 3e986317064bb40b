import { z } from 'zod';
import type { BrevoChange } from '../domain/brevo-changes.ts';
import { SluiceError } from '../domain/errors.ts';
import type { FunnelType } from '../domain/funnels.ts';
import { anyAnswer, type BrevoClient, type CallOptions } from './client.ts';
import { importRequest, upsertRequest } from './requests.ts';

const contact = z.object({
  email: z.string().nullish(),
  listIds: z.array(z.number()).default([]),
  attributes: z.record(z.string(), z.unknown()).nullish(),
});
type Contact = z.infer<typeof contact>;

const contactPage = z.object({ contacts: z.array(contact) });
const processId = z.object({ processId: z.coerce.number() });

const LIST_PAGE = 500;
const IMPORT_TIMEOUT_MS = 120_000;

export async function upsertContact(
  brevo: BrevoClient,
  { change, listId }: { readonly change: BrevoChange; readonly listId: number },
  options?: CallOptions,
): Promise<void> {
  await brevo.call(upsertRequest(change, listId), anyAnswer, options);
}

/** Whether Brevo's contact is already as the change wants it: asked where the outcome of a call is not known. */
export async function isApplied(
  brevo: BrevoClient,
  { change, listId }: { readonly change: BrevoChange; readonly listId: number },
  options?: CallOptions,
): Promise<boolean> {
  const path = `/contacts/${encodeURIComponent(change.email)}?identifierType=email_id`;
  const found = await orMissing(brevo.call({ method: 'GET', path }, contact, options));
  return found !== undefined && shows(found, { change, listId });
}

function shows(
  found: Contact,
  { change, listId }: { readonly change: BrevoChange; readonly listId: number },
): boolean {
  const attributes = found.attributes ?? {};
  if (attributes.FUNNEL_TYPE !== change.funnel) return false;
  if (change.kind === 'entry') return found.listIds.includes(listId);
  const { CERTIFICATE_PURCHASED: bought, CERTIFICATE_PURCHASED_AT: boughtAt } = attributes;
  return bought === true && typeof boughtAt === 'string' && boughtAt.startsWith(change.purchasedOn);
}

/** @returns Brevo's process id. */
export async function importContacts(
  brevo: BrevoClient,
  input: { readonly listId: number; readonly funnel: FunnelType; readonly emails: readonly string[] },
  options?: CallOptions,
): Promise<number> {
  const answer = await brevo.call(importRequest(input), processId, {
    timeoutMs: IMPORT_TIMEOUT_MS,
    ...options,
  });
  return answer.processId;
}

/** Addresses of a list's contacts of this funnel that changed since a moment (UTC); all pages. */
export async function contactsInList(
  brevo: BrevoClient,
  { listId, funnel, since }: { readonly listId: number; readonly funnel: FunnelType; readonly since: Date },
  options?: CallOptions,
): Promise<ReadonlySet<string>> {
  const emails = new Set<string>();
  for (let offset = 0; ; offset += LIST_PAGE) {
    const query = new URLSearchParams({
      limit: String(LIST_PAGE),
      offset: String(offset),
      modifiedSince: since.toISOString(),
    });
    const path = `/contacts/lists/${listId}/contacts?${query.toString()}`;
    const page = await orMissing(brevo.call({ method: 'GET', path }, contactPage, options));
    for (const one of page?.contacts ?? []) {
      if (one.email && one.attributes?.FUNNEL_TYPE === funnel) emails.add(one.email.toLowerCase());
    }
    if (page === undefined || page.contacts.length < LIST_PAGE) return emails;
  }
}

/** Whether the list exists; an answer of another kind than "it does not" counts as yes. */
export async function listExists(
  brevo: BrevoClient,
  listId: number,
  options?: CallOptions,
): Promise<boolean> {
  try {
    await brevo.call({ method: 'GET', path: `/contacts/lists/${listId}` }, anyAnswer, options);
    return true;
  } catch (error) {
    return !(error instanceof SluiceError && error.status === 404 && error.code === 'document_not_found');
  }
}

/** Deletes a contact with all that Brevo keeps of it as a contact; one that is not there is deleted already. */
export async function deleteContact(
  brevo: BrevoClient,
  email: string,
  options?: CallOptions,
): Promise<'deleted' | 'unknown'> {
  const path = `/contacts/${encodeURIComponent(email)}?identifierType=email_id`;
  try {
    await brevo.call({ method: 'DELETE', path }, anyAnswer, options);
    return 'deleted';
  } catch (error) {
    if (error instanceof SluiceError && error.status === 404) return 'unknown';
    throw error;
  }
}

/** A look-up of something that Brevo does not have, or cannot have under that name, as `undefined`. */
async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SluiceError && (error.status === 404 || error.sort === 'item')) return undefined;
    throw error;
  }
}
