import { Refusal } from '../http/answers.ts';
import type { Contact, ContactChange } from '../state/records.ts';
import type { State } from '../state/state.ts';
import { readAttributes } from './attribute-values.ts';
import { canonicalEmail, isEmailAddress } from './email-address.ts';

/** What a request wants of a contact. Anything left out stays as it is. */
export interface ContactWish {
  readonly email?: string | undefined;
  readonly extId?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly listIds?: readonly number[] | undefined;
  readonly unlinkListIds?: readonly number[] | undefined;
  readonly emailBlacklisted?: boolean | undefined;
  readonly smsBlacklisted?: boolean | undefined;
}

/** Who changes a contact, and when (ISO 8601 UTC). */
export interface Origin {
  readonly sequence: number;
  readonly by: string;
  readonly at: string;
}

/** Every change of a contact goes through here, so that its history is complete and its identifiers stay unique. */
export class ContactBook {
  readonly #state: State;
  readonly #changed: (change: ContactChange, contact: Contact) => void;

  constructor(state: State, changed: (change: ContactChange, contact: Contact) => void) {
    this.#state = state;
    this.#changed = changed;
  }

  byEmail(email: string): Contact | undefined {
    return this.#byId(this.#state.contactIndex.byEmail(canonicalEmail(email)));
  }

  byExtId(extId: string): Contact | undefined {
    return this.#byId(this.#state.contactIndex.byExtId(extId));
  }

  bySms(sms: string): Contact | undefined {
    return this.#byId(this.#state.contactIndex.bySms(sms));
  }

  byId(id: number): Contact | undefined {
    return this.#byId(id);
  }

  /** @throws Refusal 400 `invalid_parameter` when a list does not exist. */
  requireLists(listIds: readonly number[] | undefined): void {
    if (listIds?.some((id) => !this.#state.lists.has(id)) === true) {
      throw new Refusal(400, { code: 'invalid_parameter', message: 'List ID is invalid' });
    }
  }

  /** @throws Refusal 400 `invalid_parameter` unless Brevo would take this address. */
  requireAddress(email: string): void {
    const canonical = canonicalEmail(email);
    if (!isEmailAddress(canonical) || this.isRefused(canonical)) {
      throw new Refusal(400, { code: 'invalid_parameter', message: 'Invalid email address' });
    }
  }

  /** Whether the fault script has this address refused for ever. */
  isRefused(canonical: string): boolean {
    return this.#state.settings.refusedEmails.includes(canonical);
  }

  /**
   * @param self the contact that may already have these identifiers
   * @throws Refusal 400 `duplicate_parameter` when another contact has one of them.
   */
  requireFreeIdentifiers(wish: ContactWish, self?: Contact): void {
    const sms = wish.attributes?.['SMS'];
    const taken = [
      ['email', wish.email === undefined ? undefined : this.byEmail(wish.email)],
      ['ext_id', wish.extId === undefined ? undefined : this.byExtId(wish.extId)],
      ['SMS', typeof sms === 'string' && sms !== '' ? this.bySms(sms) : undefined],
    ] as const;
    const duplicates = taken
      .filter(([, owner]) => owner !== undefined && owner.id !== self?.id)
      .map(([name]) => name);
    if (duplicates.length > 0) {
      throw new Refusal(400, {
        code: 'duplicate_parameter',
        message: `Unable to ${self === undefined ? 'create' : 'update'} contact, ${duplicates.join(', ')} is already associated with another Contact`,
        metadata: { duplicate_identifiers: duplicates },
      });
    }
  }

  create(wish: ContactWish, origin: Origin): Contact {
    const blank: Contact = {
      id: this.#state.contacts.nextId(),
      email: wish.email === undefined ? null : canonicalEmail(wish.email),
      extId: wish.extId ?? null,
      attributes: {},
      listIds: [],
      unsubscribedListIds: [],
      emailBlacklisted: false,
      smsBlacklisted: false,
      createdAt: origin.at,
      modifiedAt: origin.at,
    };
    return this.#apply({ contact: blank, wish, origin, kind: 'created' });
  }

  update(contact: Contact, wish: ContactWish, origin: Origin): Contact {
    return this.#apply({ contact, wish, origin, kind: 'updated' });
  }

  delete(contact: Contact, origin: Origin): void {
    this.#state.contacts.delete(contact.id);
    const change = this.#state.contactChanges.append({
      contactId: contact.id,
      email: contact.email,
      ...origin,
      kind: 'deleted',
      attributes: {},
      attributesRemoved: [],
      listsAdded: [],
      listsRemoved: contact.listIds,
      emailBlacklisted: contact.emailBlacklisted,
    });
    this.#changed(change, contact);
  }

  #apply(input: {
    readonly contact: Contact;
    readonly wish: ContactWish;
    readonly origin: Origin;
    readonly kind: 'created' | 'updated';
  }): Contact {
    const { contact, wish, origin, kind } = input;
    const { set, erase } = readAttributes({
      sent: wish.attributes ?? {},
      declared: (name) => this.#state.attributes.get(name),
    });
    const listsAdded = [...new Set(wish.listIds)].filter((id) => !contact.listIds.includes(id));
    const listsRemoved = contact.listIds.filter((id) => wish.unlinkListIds?.includes(id) === true);
    const email = wish.email === undefined ? contact.email : canonicalEmail(wish.email);
    const after: Contact = {
      ...contact,
      email,
      extId: wish.extId ?? contact.extId,
      attributes: Object.fromEntries(
        Object.entries({ ...contact.attributes, ...set }).filter(([name]) => !erase.includes(name)),
      ),
      listIds: [...contact.listIds.filter((id) => !listsRemoved.includes(id)), ...listsAdded],
      // Brevo takes a contact off the blocklist when its address changes: it is then another mailbox.
      emailBlacklisted: wish.emailBlacklisted ?? (email === contact.email ? contact.emailBlacklisted : false),
      smsBlacklisted: wish.smsBlacklisted ?? contact.smsBlacklisted,
      modifiedAt: origin.at,
    };
    this.#state.contacts.put(after.id, after);
    const change = this.#state.contactChanges.append({
      contactId: after.id,
      email: after.email,
      ...origin,
      kind,
      attributes: set,
      attributesRemoved: erase,
      listsAdded,
      listsRemoved,
      emailBlacklisted: after.emailBlacklisted,
    });
    this.#changed(change, after);
    return after;
  }

  #byId(id: number | undefined): Contact | undefined {
    return id === undefined ? undefined : this.#state.contacts.get(id);
  }
}
