import type { z } from 'zod';
import type { Sandbox } from '../sandbox.ts';
import type { Attribute } from '../state/records.ts';
import type { seedSchema } from './schemas.ts';

/** Puts things into the account that were there before the story of a test begins. They are in no ledger. */
export function seed({ state, book, clock }: Sandbox, input: z.output<typeof seedSchema>): void {
  const at = clock.nowIso();
  const origin = { sequence: 0, at, by: 'seed' };
  for (const { name } of input.folders) {
    const id = state.folders.nextId();
    state.folders.put(id, { id, name });
  }
  for (const { id = state.lists.nextId(), name, folderId } of input.lists) {
    if (!state.lists.has(id)) {
      state.lists.put(id, { id, name, folderId, createdAt: at });
    }
  }
  for (const { name, category, type, enumeration, multiCategoryOptions } of input.attributes) {
    const attribute: Attribute = {
      name,
      category,
      type: type ?? (category === 'category' ? 'category' : 'text'),
      ...(enumeration === undefined ? {} : { enumeration }),
      ...(multiCategoryOptions === undefined ? {} : { multiCategoryOptions }),
    };
    state.attributes.put(name, attribute);
  }
  for (const contact of input.contacts) {
    const existing = book.byEmail(contact.email);
    if (existing === undefined) {
      book.create(contact, origin);
    } else {
      book.update(existing, contact, origin);
    }
  }
  for (const sender of input.senders) {
    const id = state.senders.nextId();
    state.senders.put(id, { id, ...sender });
  }
}
