import type { Contact } from './records.ts';

/** Finds contacts by what identifies them, and by list; follows every change of the contact table. */
export class ContactIndex {
  readonly #byEmail = new Map<string, number>();
  readonly #byExtId = new Map<string, number>();
  readonly #bySms = new Map<string, number>();
  readonly #byList = new Map<number, Set<number>>();

  byEmail(email: string): number | undefined {
    return this.#byEmail.get(email);
  }

  byExtId(extId: string): number | undefined {
    return this.#byExtId.get(extId);
  }

  bySms(sms: string): number | undefined {
    return this.#bySms.get(sms);
  }

  /** Ids of a list's contacts, in the order in which they joined it. */
  inList(listId: number): ReadonlySet<number> {
    return this.#byList.get(listId) ?? new Set();
  }

  clear(): void {
    this.#byEmail.clear();
    this.#byExtId.clear();
    this.#bySms.clear();
    this.#byList.clear();
  }

  follow({
    before,
    after,
  }: {
    readonly before: Contact | undefined;
    readonly after: Contact | undefined;
  }): void {
    if (before !== undefined) {
      this.#forget(before, after);
    }
    if (after !== undefined) {
      this.#learn(after);
    }
  }

  #learn(contact: Contact): void {
    if (contact.email !== null) {
      this.#byEmail.set(contact.email, contact.id);
    }
    if (contact.extId !== null) {
      this.#byExtId.set(contact.extId, contact.id);
    }
    const sms = contact.attributes['SMS'];
    if (typeof sms === 'string') {
      this.#bySms.set(sms, contact.id);
    }
    for (const listId of contact.listIds) {
      const members = this.#byList.get(listId) ?? new Set();
      this.#byList.set(listId, members.add(contact.id));
    }
  }

  #forget(before: Contact, after: Contact | undefined): void {
    if (before.email !== null && before.email !== after?.email) {
      this.#byEmail.delete(before.email);
    }
    if (before.extId !== null && before.extId !== after?.extId) {
      this.#byExtId.delete(before.extId);
    }
    const sms = before.attributes['SMS'];
    if (typeof sms === 'string' && sms !== after?.attributes['SMS']) {
      this.#bySms.delete(sms);
    }
    for (const listId of before.listIds) {
      if (after?.listIds.includes(listId) !== true) {
        this.#byList.get(listId)?.delete(before.id);
      }
    }
  }
}
