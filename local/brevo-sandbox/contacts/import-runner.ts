import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SandboxClock } from '../clock.ts';
import type { ImportRow } from '../state/import-rows.ts';
import type { Contact, ImportProcess } from '../state/records.ts';
import type { State } from '../state/state.ts';
import type { ContactBook } from './contact-book.ts';
import { canonicalEmail, isEmailAddress } from './email-address.ts';

/** Rows that are applied in one go: small enough to let other calls through, written as one line of the journal. */
const ROWS_A_TURN = 500;

/**
 * Takes imports through queued → in_process → completed. They are applied one after the other, in the order in which
 * they were taken, and go on where they stood after a restart.
 */
export class ImportRunner {
  readonly #state: State;
  readonly #clock: SandboxClock;
  readonly #book: ContactBook;
  readonly #finished: (process: ImportProcess) => void;
  #line: Promise<void> = Promise.resolve();
  /** Goes up at a reset or close, so that an import of before stops. */
  #generation = 0;

  constructor(input: {
    readonly state: State;
    readonly clock: SandboxClock;
    readonly book: ContactBook;
    readonly finished: (process: ImportProcess) => void;
  }) {
    this.#state = input.state;
    this.#clock = input.clock;
    this.#book = input.book;
    this.#finished = input.finished;
  }

  /** Goes on with every import that a stopped sandbox left unfinished. */
  resume(): void {
    for (const process of this.#state.processes.values()) {
      if (process.status === 'queued' || process.status === 'in_process') {
        this.schedule(process);
      }
    }
  }

  schedule(process: ImportProcess): void {
    const generation = this.#generation;
    this.#clock.at(Date.parse(process.startsAt), () => {
      this.#change(process.id, { status: 'in_process' });
    });
    this.#clock.at(Date.parse(process.appliesAt), () => {
      this.#line = this.#line.then(() => this.#run(process.id, generation));
    });
  }

  /** Stops every import; what is unfinished stays so. */
  async stop(): Promise<void> {
    this.#generation += 1;
    await this.#line;
  }

  async #run(id: number, generation: number): Promise<void> {
    const rows = this.#state.importRows.read(id);
    let process = generation === this.#generation ? this.#state.processes.get(id) : undefined;
    if (process?.willFail === true) {
      process = this.#change(id, { status: 'failed' });
    }
    while (process !== undefined && process.status === 'in_process') {
      process = this.#applyTurn(process, rows.slice(process.applied, process.applied + ROWS_A_TURN));
      await nextTurn();
      process = generation === this.#generation ? process : undefined;
    }
    if (process !== undefined) {
      this.#finished(process);
      this.#state.commit();
    }
  }

  #applyTurn(process: ImportProcess, rows: readonly ImportRow[]): ImportProcess {
    const origin = { sequence: process.sequence, by: `import ${process.id}`, at: this.#clock.nowIso() };
    const lists = process.listIds.filter((listId) => this.#state.lists.has(listId));
    const invalid: string[] = [];
    let [created, updated] = [0, 0];
    for (const row of rows) {
      const email = row.email === null ? undefined : canonicalEmail(row.email);
      const existing = this.#find(row);
      if (email !== undefined && (!isEmailAddress(email) || this.#isRefused(process, email))) {
        invalid.push(row.email ?? email);
      } else if (existing !== undefined) {
        this.#book.update(existing, wishFor({ process, row, lists, existing }), origin);
        updated += 1;
      } else if (email !== undefined || row.extId !== null || typeof row.attributes['SMS'] === 'string') {
        this.#book.create(wishFor({ process, row, lists, existing: undefined }), origin);
        created += 1;
      }
    }
    const applied = process.applied + rows.length;
    return this.#change(process.id, {
      applied,
      created: process.created + created,
      updated: process.updated + updated,
      invalidEmails: [...process.invalidEmails, ...invalid],
      status: applied >= process.rows ? 'completed' : 'in_process',
    });
  }

  #find(row: ImportRow): Contact | undefined {
    const sms = row.attributes['SMS'];
    return row.contactId !== null
      ? this.#book.byId(row.contactId)
      : row.email !== null
        ? this.#book.byEmail(row.email)
        : row.extId !== null
          ? this.#book.byExtId(row.extId)
          : typeof sms === 'string'
            ? this.#book.bySms(sms)
            : undefined;
  }

  #isRefused(process: ImportProcess, email: string): boolean {
    return process.willRefuse.includes(email) || this.#book.isRefused(email);
  }

  #change(id: number, change: Partial<ImportProcess>): ImportProcess {
    const process = this.#state.processes.get(id);
    if (process === undefined) {
      throw new Error(`There is no import ${id}.`);
    }
    const changed = this.#state.processes.put(id, { ...process, ...change });
    this.#state.commit();
    return changed;
  }
}

/**
 * With `updateExistingContacts: false` an existing contact keeps its attributes and still joins the list. Blacklisting
 * is only ever switched on by an import.
 */
function wishFor(input: {
  readonly process: ImportProcess;
  readonly row: ImportRow;
  readonly lists: readonly number[];
  readonly existing: Contact | undefined;
}) {
  const { process, row, existing } = input;
  const keeps = existing !== undefined && !process.updateExisting;
  const sent = Object.entries(row.attributes).filter(([, value]) => value !== '' || process.emptyErases);
  return {
    email: row.email ?? undefined,
    extId: row.extId ?? undefined,
    attributes: keeps ? {} : Object.fromEntries(sent),
    listIds: input.lists,
    emailBlacklisted: process.blacklistEmail ? true : undefined,
    smsBlacklisted: process.blacklistSms ? true : undefined,
  };
}
