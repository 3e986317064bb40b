import type { ContactBook } from '../contacts/contact-book.ts';
import { invalidParameter, notFound } from '../http/answers.ts';
import type { IDENTIFIER_TYPES } from '../schemas/contacts.ts';
import type { Contact } from '../state/records.ts';

/** A time as Brevo's contact calls write it. */
export function brevoTime(iso: string): string {
  return iso.replace('Z', '+00:00');
}

/** A contact as Brevo's lists of contacts show it. */
export function contactView(contact: Contact) {
  return {
    id: contact.id,
    email: contact.email,
    ...(contact.extId === null ? {} : { ext_id: contact.extId }),
    emailBlacklisted: contact.emailBlacklisted,
    smsBlacklisted: contact.smsBlacklisted,
    whatsappBlacklisted: false,
    createdAt: brevoTime(contact.createdAt),
    modifiedAt: brevoTime(contact.modifiedAt),
    listIds: contact.listIds,
    ...(contact.unsubscribedListIds.length === 0 ? {} : { listUnsubscribed: contact.unsubscribedListIds }),
    attributes: contact.attributes,
  };
}

/** One page of contacts, newest first unless `sort` says otherwise. */
export function contactPage(input: {
  readonly contacts: Iterable<Contact>;
  readonly modifiedSince: number | undefined;
  readonly createdSince?: number | undefined;
  readonly sort: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}) {
  const { modifiedSince = Number.NEGATIVE_INFINITY, createdSince = Number.NEGATIVE_INFINITY } = input;
  const matching: Contact[] = [];
  for (const contact of input.contacts) {
    if (Date.parse(contact.modifiedAt) >= modifiedSince && Date.parse(contact.createdAt) >= createdSince) {
      matching.push(contact);
    }
  }
  matching.sort((a, b) => (input.sort === 'asc' ? a.id - b.id : b.id - a.id));
  const page = matching.slice(input.offset, input.offset + input.limit);
  return { contacts: page.map(contactView), count: matching.length };
}

/**
 * The contact that an identifier in a path means.
 * @throws Refusal 400 for an identifier of no known form, 404 `document_not_found` when there is no such contact.
 */
export function requireContact(
  book: ContactBook,
  input: { readonly identifier: string; readonly type: (typeof IDENTIFIER_TYPES)[number] | undefined },
): Contact {
  const { identifier, type = guessType(identifier) } = input;
  const contact = lookUp(book, { identifier, type });
  if (contact === undefined) {
    throw notFound('Contact does not exist');
  }
  return contact;
}

function lookUp(
  book: ContactBook,
  { identifier, type }: { readonly identifier: string; readonly type: (typeof IDENTIFIER_TYPES)[number] },
): Contact | undefined {
  switch (type) {
    case 'email_id':
      return book.byEmail(identifier);
    case 'contact_id':
      return book.byId(Number(identifier));
    case 'ext_id':
      return book.byExtId(identifier);
    case 'phone_id':
      return book.bySms(identifier);
    default:
      return undefined;
  }
}

function guessType(identifier: string): (typeof IDENTIFIER_TYPES)[number] {
  if (identifier.includes('@')) {
    return 'email_id';
  }
  if (/^\d+$/.test(identifier)) {
    return 'contact_id';
  }
  throw invalidParameter('Invalid email / id / phone number');
}
