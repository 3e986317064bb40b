import { invalidParameter, notFound, Refusal } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';
import * as schema from '../schemas/contacts.ts';
import type { Contact, ContactList } from '../state/records.ts';
import { brevoTime, contactPage } from './contact-views.ts';

interface Members {
  readonly emails?: readonly string[] | undefined;
  readonly ids?: readonly number[] | undefined;
  readonly extIds?: readonly string[] | undefined;
}

/** `/contacts/lists` and `/contacts/folders`, and who is in a list. */
export function listOperations({ state, book }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      route: '/contacts/lists',
      query: schema.pageOfLists,
      run: ({ query }) => {
        const lists = [...state.lists.values()].sort((a, b) =>
          query.sort === 'asc' ? a.id - b.id : b.id - a.id,
        );
        const page = lists.slice(query.offset, query.offset + query.limit);
        return { status: 200, body: { lists: page.map(listView), count: lists.length } };
      },
    }),

    operation({
      method: 'POST',
      route: '/contacts/lists',
      body: schema.createList,
      run: ({ body, origin }) => {
        if (!state.folders.has(body.folderId)) {
          throw invalidParameter('Folder ID is invalid');
        }
        const list = {
          id: state.lists.nextId(),
          name: body.name,
          folderId: body.folderId,
          createdAt: origin.at,
        };
        state.lists.put(list.id, list);
        return { status: 201, body: { id: list.id }, effect: 'created' };
      },
    }),

    operation({
      method: 'GET',
      route: '/contacts/lists/{listId}',
      run: ({ params }) => {
        const list = requireList(params['listId']);
        return {
          status: 200,
          body: {
            ...listView(list),
            createdAt: brevoTime(list.createdAt),
            campaignStats: [],
            dynamicList: false,
          },
        };
      },
    }),

    operation({
      method: 'DELETE',
      route: '/contacts/lists/{listId}',
      run: ({ params, origin }) => {
        const list = requireList(params['listId']);
        for (const contact of members(list)) {
          book.update(contact, { unlinkListIds: [list.id] }, origin);
        }
        state.lists.delete(list.id);
        return { status: 204, effect: 'deleted' };
      },
    }),

    operation({
      method: 'GET',
      route: '/contacts/lists/{listId}/contacts',
      query: schema.pageOfListContacts,
      run: ({ params, query }) => {
        const { modifiedSince, sort, limit, offset } = query;
        const contacts = members(requireList(params['listId']));
        return { status: 200, body: contactPage({ contacts, modifiedSince, sort, limit, offset }) };
      },
    }),

    operation({
      method: 'POST',
      route: '/contacts/lists/{listId}/contacts/add',
      body: schema.listMembers,
      run: ({ params, body, origin }) => {
        const list = requireList(params['listId']);
        const named = namedMembers(body);
        const able = named.filter(
          ({ contact }) => contact !== undefined && !contact.listIds.includes(list.id),
        );
        if (able.length === 0) {
          throw invalidParameter('Contact already in list and/or does not exist');
        }
        for (const { contact } of able) {
          if (contact !== undefined) {
            book.update(contact, { listIds: [list.id] }, origin);
          }
        }
        return { status: 201, body: { contacts: outcome({ named, able }) }, effect: 'updated' };
      },
    }),

    operation({
      method: 'POST',
      route: '/contacts/lists/{listId}/contacts/remove',
      body: schema.removeListMembers,
      run: ({ params, body, origin }) => {
        const list = requireList(params['listId']);
        if (body.all === true) {
          const everybody = members(list);
          for (const contact of everybody) {
            book.update(contact, { unlinkListIds: [list.id] }, origin);
          }
          return { status: 201, body: { contacts: { total: everybody.length } }, effect: 'updated' };
        }
        const named = namedMembers(body);
        const able = named.filter(({ contact }) => contact?.listIds.includes(list.id) === true);
        if (able.length === 0) {
          throw invalidParameter('Contact already removed from list and/or does not exist');
        }
        for (const { contact } of able) {
          if (contact !== undefined) {
            book.update(contact, { unlinkListIds: [list.id] }, origin);
          }
        }
        return { status: 201, body: { contacts: outcome({ named, able }) }, effect: 'updated' };
      },
    }),

    operation({
      method: 'GET',
      route: '/contacts/folders',
      query: schema.pageOfLists,
      run: ({ query }) => {
        const folders = [...state.folders.values()];
        const page = folders.slice(query.offset, query.offset + query.limit);
        const counts = { totalSubscribers: 0, totalBlacklisted: 0, uniqueSubscribers: 0 };
        return {
          status: 200,
          body: { folders: page.map((folder) => ({ ...folder, ...counts })), count: folders.length },
        };
      },
    }),

    operation({
      method: 'POST',
      route: '/contacts/folders',
      body: schema.createFolder,
      run: ({ body }) => {
        const id = state.folders.nextId();
        state.folders.put(id, { id, name: body.name });
        return { status: 201, body: { id }, effect: 'created' };
      },
    }),
  ];

  function requireList(id: string | undefined): ContactList {
    if (id === undefined || !/^\d+$/.test(id)) {
      throw invalidParameter('List ID is invalid');
    }
    const list = state.lists.get(Number(id));
    if (list === undefined) {
      throw notFound('List ID does not exist');
    }
    return list;
  }

  function members(list: ContactList): readonly Contact[] {
    return [...state.contactIndex.inList(list.id)].flatMap((id) => state.contacts.get(id) ?? []);
  }

  function listView(list: ContactList) {
    const contacts = members(list);
    const blacklisted = contacts.filter((contact) => contact.emailBlacklisted).length;
    return {
      id: list.id,
      name: list.name,
      folderId: list.folderId,
      totalSubscribers: contacts.length - blacklisted,
      totalBlacklisted: blacklisted,
      uniqueSubscribers: contacts.length,
    };
  }

  function namedMembers(body: Members) {
    const kinds = [body.emails, body.ids, body.extIds].filter((kind) => kind !== undefined);
    if (kinds.length !== 1) {
      throw new Refusal(400, {
        code: kinds.length === 0 ? 'missing_parameter' : 'invalid_parameter',
        message: 'Exactly one of emails, ids or extIds is required',
      });
    }
    return [
      ...(body.emails ?? []).map((name) => ({ name, contact: book.byEmail(name) })),
      ...(body.ids ?? []).map((name) => ({ name, contact: book.byId(name) })),
      ...(body.extIds ?? []).map((name) => ({ name, contact: book.byExtId(name) })),
    ];
  }
}

function outcome<T extends { readonly name: string | number }>(input: {
  readonly named: readonly T[];
  readonly able: readonly T[];
}) {
  return {
    success: input.able.map(({ name }) => name),
    failure: input.named.filter((entry) => !input.able.includes(entry)).map(({ name }) => name),
  };
}
