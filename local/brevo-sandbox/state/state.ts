import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultRule } from '../faults/rules.ts';
import { AttachmentFiles } from './attachment-files.ts';
import { ContactIndex } from './contact-index.ts';
import { FRESH_ATTRIBUTES, FRESH_FOLDER, FRESH_SENDER } from './fresh-account.ts';
import { ImportRows } from './import-rows.ts';
import { Journal } from './journal.ts';
import { MultiMap } from './multi-map.ts';
import type {
  Attribute,
  BlockedContact,
  Contact,
  ContactChange,
  ContactList,
  CustomEvent,
  Delivery,
  Folder,
  IdempotencyKey,
  ImportProcess,
  LedgerEntry,
  Mail,
  MailEvent,
  OptIn,
  Sender,
  Template,
  Webhook,
  WebhookBatch,
} from './records.ts';
import { FRESH_SETTINGS, type StoredSettings } from './settings.ts';
import { type Change, type Collection, Log, type ReplayedChange, Table } from './table.ts';

/** A journal is written anew at start when it has this many more lines than there are things to remember. */
const COMPACT_ABOVE_LINES = 20_000;
const CHANGES_A_LINE = 500;

/**
 * Everything the sandbox remembers: served from memory, written to the journal before a caller hears of it.
 *
 * Changes collect until `commit`, which writes them as one line; a crash leaves all of them or none. Between the first
 * change and `commit` nothing may be awaited, so that no other request gets in between.
 */
export class State {
  readonly directory: string;
  readonly importRows: ImportRows;
  readonly attachmentFiles: AttachmentFiles;
  #journal: Journal | undefined;
  #pending: Change[] = [];
  readonly #write = (change: Change): void => {
    this.#pending.push(change);
  };

  readonly contactIndex = new ContactIndex();
  readonly changesByEmail = new MultiMap<string, ContactChange>();
  readonly ledgerByEmail = new MultiMap<string, LedgerEntry>();
  readonly eventsByMessage = new MultiMap<string, MailEvent>();
  readonly #uuidByMessageId = new Map<string, string>();

  readonly contacts = new Table<number, Contact>('contacts', this.#write, (change) =>
    this.contactIndex.follow(change),
  );
  readonly contactChanges = new Log<ContactChange>('contactChanges', this.#write, (change) => {
    this.changesByEmail.add(change.email ?? `#${change.contactId}`, change);
  });
  readonly lists = new Table<number, ContactList>('lists', this.#write);
  readonly folders = new Table<number, Folder>('folders', this.#write);
  readonly attributes = new Table<string, Attribute>('attributes', this.#write);
  readonly processes = new Table<number, ImportProcess>('processes', this.#write);
  readonly senders = new Table<number, Sender>('senders', this.#write);
  readonly templates = new Table<number, Template>('templates', this.#write);
  readonly mails = new Table<string, Mail>('mails', this.#write, ({ after }) => {
    if (after !== undefined) {
      this.#uuidByMessageId.set(after.messageId, after.uuid);
    }
  });
  readonly mailEvents = new Log<MailEvent>('mailEvents', this.#write, (event) => {
    this.eventsByMessage.add(event.messageId, event);
  });
  readonly blocked = new Table<string, BlockedContact>('blocked', this.#write);
  readonly idempotencyKeys = new Table<string, IdempotencyKey>('idempotencyKeys', this.#write);
  readonly customEvents = new Table<number, CustomEvent>('customEvents', this.#write);
  readonly webhooks = new Table<number, Webhook>('webhooks', this.#write);
  readonly deliveries = new Table<number, Delivery>('deliveries', this.#write);
  readonly webhookBatches = new Table<number, WebhookBatch>('webhookBatches', this.#write);
  readonly optIns = new Table<string, OptIn>('optIns', this.#write);
  readonly faults = new Table<number, FaultRule>('faults', this.#write);
  readonly ledger = new Log<LedgerEntry>('ledger', this.#write, (entry) => {
    for (const email of entry.emails) {
      this.ledgerByEmail.add(email, entry);
    }
  });
  readonly #settings = new Table<'settings', StoredSettings>('settings', this.#write);

  readonly #collections: readonly Collection[] = [
    this.contacts,
    this.contactChanges,
    this.lists,
    this.folders,
    this.attributes,
    this.processes,
    this.senders,
    this.templates,
    this.mails,
    this.mailEvents,
    this.blocked,
    this.idempotencyKeys,
    this.customEvents,
    this.webhooks,
    this.deliveries,
    this.webhookBatches,
    this.optIns,
    this.faults,
    this.ledger,
    this.#settings,
  ];

  private constructor(directory: string) {
    this.directory = directory;
    this.importRows = new ImportRows(join(directory, 'imports'));
    this.attachmentFiles = new AttachmentFiles(join(directory, 'attachments'));
  }

  /**
   * Opens the state in a directory, as it was, or as a fresh account.
   * @throws SluiceError `sandbox_journal_broken` when the journal is not one.
   */
  static async open(directory: string): Promise<State> {
    for (const folder of ['imports', 'attachments']) mkdirSync(join(directory, folder), { recursive: true });
    const state = new State(directory);
    const collections = new Map(state.#collections.map((collection) => [collection.name, collection]));
    const journal = await Journal.open(join(directory, 'journal.jsonl'), (line) => {
      for (const change of line as readonly ReplayedChange[]) {
        collections.get(change.put ?? change.drop ?? change.add ?? change.last ?? '')?.replay(change);
      }
    });
    state.#journal = journal;
    if (journal.lines === 0) {
      state.#fillFreshAccount();
      state.commit();
    } else if (journal.lines > COMPACT_ABOVE_LINES) {
      journal.replace(state.#lines());
    }
    return state;
  }

  get settings(): StoredSettings {
    return this.#settings.get('settings') ?? FRESH_SETTINGS;
  }

  changeSettings(change: Partial<StoredSettings>): StoredSettings {
    return this.#settings.put('settings', { ...this.settings, ...change });
  }

  mailByMessageId(messageId: string): Mail | undefined {
    return this.mails.get(this.#uuidByMessageId.get(messageId) ?? messageId);
  }

  /** Writes all changes since the last commit as one line. Returns once they survive a kill. */
  commit(): void {
    if (this.#pending.length > 0) {
      const changes = this.#pending;
      this.#pending = [];
      this.#journal?.append(changes);
    }
  }

  /** Forgets everything; what is left is a fresh account with the limits of before. */
  reset(): void {
    const { limits } = this.settings;
    for (const collection of this.#collections) {
      collection.clear();
    }
    this.contactIndex.clear();
    this.changesByEmail.clear();
    this.ledgerByEmail.clear();
    this.eventsByMessage.clear();
    this.#uuidByMessageId.clear();
    this.#pending = [];
    this.#fillFreshAccount();
    this.changeSettings({ limits });
    this.#pending = [];
    this.#journal?.replace(this.#lines());
    this.importRows.clear();
    this.attachmentFiles.clear();
  }

  close(): void {
    this.commit();
    this.#journal?.close();
    this.#journal = undefined;
  }

  #fillFreshAccount(): void {
    this.folders.put(FRESH_FOLDER.id, FRESH_FOLDER);
    this.senders.put(FRESH_SENDER.id, FRESH_SENDER);
    for (const attribute of FRESH_ATTRIBUTES) {
      this.attributes.put(attribute.name, attribute);
    }
    this.#settings.put('settings', FRESH_SETTINGS);
  }

  *#lines(): Iterable<readonly Change[]> {
    let line: Change[] = [];
    for (const collection of this.#collections) {
      for (const change of collection.changes()) {
        line.push(change);
        if (line.length === CHANGES_A_LINE) {
          yield line;
          line = [];
        }
      }
    }
    yield line;
  }
}
