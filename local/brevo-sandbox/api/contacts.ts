import type { ContactWish } from '../contacts/contact-book.ts';
import { invalidParameter, missingParameter, notFound } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import * as schema from '../schemas/contacts.ts';
import type { Contact } from '../state/records.ts';
import { contactPage, contactView, requireContact } from './contact-views.ts';

/** `/contacts`: create, read, update, delete one; read many; update a batch. */
export function contactOperations({ state, book }: Sandbox): readonly Operation[] {
  const statistics = { messagesSent: [], opened: [], clicked: [], delivered: [] };

  return [
    operation({
      method: 'POST',
      route: '/contacts',
      body: schema.createContact,
      run: ({ body, origin }) => {
        const wish = wishOf(body);
        if (
          wish.email === undefined &&
          wish.extId === undefined &&
          typeof body.attributes?.['SMS'] !== 'string'
        ) {
          throw missingParameter('At least one of email, ext_id or attributes.SMS is required');
        }
        checkWish(wish);
        const existing = ownerOf(wish);
        if (existing === undefined) {
          book.requireFreeIdentifiers(wish);
          return { status: 201, body: { id: book.create(wish, origin).id }, effect: 'created' };
        }
        book.requireFreeIdentifiers(wish, body.updateEnabled ? existing : undefined);
        book.update(existing, wish, origin);
        return { status: 204, effect: 'updated' };
      },
    }),

    operation({
      method: 'GET',
      route: '/contacts',
      query: schema.listContacts,
      run: ({ query }) => {
        const lists = query.listIds;
        const inLists = (contact: Contact) =>
          lists === undefined || contact.listIds.some((id) => lists.includes(id));
        const contacts = [...state.contacts.values()].filter(inLists);
        const { modifiedSince, createdSince, sort, limit, offset } = query;
        return {
          status: 200,
          body: contactPage({ contacts, modifiedSince, createdSince, sort, limit, offset }),
        };
      },
    }),

    operation({
      method: 'POST',
      route: '/contacts/batch',
      body: schema.updateContacts,
      run: ({ body, origin }) => {
        const updates = body.contacts.map((entry) => ({ contact: batchTarget(entry), wish: wishOf(entry) }));
        for (const { contact, wish } of updates) {
          checkWish(wish);
          book.requireFreeIdentifiers(wish, contact);
        }
        for (const { contact, wish } of updates) {
          book.update(state.contacts.get(contact.id) ?? contact, wish, origin);
        }
        return { status: 204, effect: 'updated' };
      },
    }),

    operation({
      method: 'GET',
      route: '/contacts/{identifier}',
      query: schema.identifierQuery,
      run: ({ params, query }) => {
        const contact = requireContact(book, {
          identifier: params['identifier'] ?? '',
          type: query.identifierType,
        });
        return { status: 200, body: { ...contactView(contact), statistics } };
      },
    }),

    operation({
      method: 'PUT',
      route: '/contacts/{identifier}',
      query: schema.identifierQuery,
      body: schema.updateContact,
      run: ({ params, query, body, origin }) => {
        const contact = requireContact(book, {
          identifier: params['identifier'] ?? '',
          type: query.identifierType,
        });
        const wish: ContactWish = { ...wishOf(body), unlinkListIds: body.unlinkListIds };
        checkWish(wish);
        if (contact.email !== null) {
          book.requireAddress(contact.email);
        }
        book.requireFreeIdentifiers(wish, contact);
        book.update(contact, wish, origin);
        return { status: 204, effect: 'updated' };
      },
    }),

    operation({
      method: 'DELETE',
      route: '/contacts/{identifier}',
      query: schema.identifierQuery,
      run: ({ params, query, origin }) => {
        const contact = requireContact(book, {
          identifier: params['identifier'] ?? '',
          type: query.identifierType,
        });
        book.delete(contact, origin);
        return { status: 204, effect: 'deleted' };
      },
    }),
  ];

  function checkWish(wish: ContactWish): void {
    if (wish.email !== undefined) {
      book.requireAddress(wish.email);
    }
    book.requireLists(wish.listIds);
  }

  function ownerOf(wish: ContactWish): Contact | undefined {
    const sms = wish.attributes?.['SMS'];
    return wish.email !== undefined
      ? book.byEmail(wish.email)
      : wish.extId !== undefined
        ? book.byExtId(wish.extId)
        : book.bySms(String(sms));
  }

  function batchTarget(entry: {
    id?: number | undefined;
    email?: string | undefined;
    sms?: string | undefined;
  }) {
    if (entry.id === undefined && entry.email === undefined && entry.sms === undefined) {
      throw invalidParameter('Each contact needs one of id, email or sms');
    }
    const contact =
      entry.id !== undefined
        ? book.byId(entry.id)
        : entry.email !== undefined
          ? book.byEmail(entry.email)
          : book.bySms(entry.sms ?? '');
    if (contact === undefined) {
      throw notFound('Contact does not exist');
    }
    return contact;
  }
}

/** `EMAIL` among the attributes of an update renames the contact, as `email` does in a create. */
function wishOf(body: {
  readonly email?: string | undefined;
  readonly ext_id?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly listIds?: readonly number[] | undefined;
  readonly unlinkListIds?: unknown;
  readonly emailBlacklisted?: boolean | undefined;
  readonly smsBlacklisted?: boolean | undefined;
}): ContactWish {
  const renamed = body.attributes?.['EMAIL'];
  return {
    email: body.email ?? (typeof renamed === 'string' && renamed !== '' ? renamed : undefined),
    extId: body.ext_id,
    attributes: body.attributes,
    listIds: body.listIds,
    unlinkListIds: Array.isArray(body.unlinkListIds) ? body.unlinkListIds : undefined,
    emailBlacklisted: body.emailBlacklisted,
    smsBlacklisted: body.smsBlacklisted,
  };
}
