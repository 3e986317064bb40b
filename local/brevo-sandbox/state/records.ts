/** What the sandbox remembers. All times are ISO 8601 in UTC, on the sandbox's clock; all e-mails are lower-case. */

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface Contact {
  readonly id: number;
  readonly email: string | null;
  readonly extId: string | null;
  readonly attributes: Attributes;
  readonly listIds: readonly number[];
  readonly unsubscribedListIds: readonly number[];
  readonly emailBlacklisted: boolean;
  readonly smsBlacklisted: boolean;
  readonly createdAt: string;
  readonly modifiedAt: string;
}

/** One application of a request to one contact, also when nothing looked different afterwards. */
export interface ContactChange {
  readonly contactId: number;
  readonly email: string | null;
  readonly at: string;
  /** The ledger entry that brought it; 0 for changes by the control API. */
  readonly sequence: number;
  /** Route, import or control call. */
  readonly by: string;
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly attributes: Attributes;
  readonly attributesRemoved: readonly string[];
  readonly listsAdded: readonly number[];
  readonly listsRemoved: readonly number[];
  readonly emailBlacklisted: boolean;
}

export interface ContactList {
  readonly id: number;
  readonly name: string;
  readonly folderId: number;
  readonly createdAt: string;
}

export interface Folder {
  readonly id: number;
  readonly name: string;
}

type AttributeType = 'text' | 'date' | 'float' | 'boolean' | 'id' | 'category' | 'multiple-choice' | 'user';
type AttributeCategory = 'normal' | 'transactional' | 'category' | 'calculated' | 'global';

export interface Attribute {
  readonly name: string;
  readonly category: AttributeCategory;
  readonly type?: AttributeType;
  readonly enumeration?: readonly { readonly value: number; readonly label: string }[];
  readonly multiCategoryOptions?: readonly string[];
  readonly calculatedValue?: string;
}

type ImportStatus = 'queued' | 'in_process' | 'completed' | 'failed';

/** An import. Its rows lie in a file of their own (`imports/<id>.json`). */
export interface ImportProcess {
  readonly id: number;
  readonly sequence: number;
  readonly createdAt: string;
  readonly startsAt: string;
  readonly appliesAt: string;
  readonly status: ImportStatus;
  readonly rows: number;
  /** Rows done so far; where a restarted sandbox goes on. */
  readonly applied: number;
  readonly created: number;
  readonly updated: number;
  readonly listIds: readonly number[];
  readonly updateExisting: boolean;
  readonly emptyErases: boolean;
  readonly blacklistEmail: boolean;
  readonly blacklistSms: boolean;
  readonly notifyUrl: string | null;
  readonly invalidEmails: readonly string[];
  readonly duplicateEmails: readonly string[];
  /** Faults chosen when the import was taken. */
  readonly willFail: boolean;
  readonly willRefuse: readonly string[];
}

export interface Sender {
  readonly id: number;
  readonly name: string;
  readonly email: string;
}

export interface Person {
  readonly email: string;
  readonly name?: string | undefined;
}

type MailState = 'scheduled' | 'sent' | 'cancelled';

export interface Mail {
  readonly uuid: string;
  readonly messageId: string;
  readonly sequence: number;
  readonly acceptedAt: string;
  readonly scheduledAt: string | null;
  readonly batchId: string | null;
  readonly state: MailState;
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
  readonly replyTo: Person | null;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly templateId: number | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Their names, or addresses. */
  readonly attachments: readonly string[];
  /** Of the content of each (state/attachment-files.ts); null where there is only an address. Old mails have none. */
  readonly attachmentDigests?: readonly (string | null)[];
  readonly idempotencyKey: string | null;
}

export interface MailEvent {
  readonly messageId: string;
  readonly email: string;
  /** The word that `GET /smtp/statistics/events` uses. */
  readonly event: string;
  readonly at: string;
  readonly reason: string | null;
  readonly link: string | null;
}

export interface Template {
  readonly id: number;
  readonly name: string;
  readonly subject: string;
  readonly htmlContent: string;
  readonly isActive: boolean;
  readonly tag: string;
  readonly sender: Person;
  readonly replyTo: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
}

export interface BlockedContact {
  readonly email: string;
  /** Null: blocked for every sender. */
  readonly senderEmail: string | null;
  readonly blockedAt: string;
  readonly code: string;
  readonly message: string;
}

export interface IdempotencyKey {
  readonly key: string;
  readonly usedAt: string;
  readonly sequence: number;
}

export interface CustomEvent {
  readonly id: number;
  readonly sequence: number;
  readonly contactId: number;
  readonly name: string;
  readonly date: string;
  readonly eventProperties: Readonly<Record<string, unknown>>;
  readonly contactProperties: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
}

export type WebhookType = 'transactional' | 'marketing';

export interface Webhook {
  readonly id: number;
  readonly url: string;
  readonly type: WebhookType;
  readonly events: readonly string[];
  readonly description: string;
  readonly batched: boolean;
  readonly auth: { readonly type: string; readonly token: string } | null;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  readonly createdAt: string;
  readonly modifiedAt: string;
}

interface DeliveryAttempt {
  readonly at: string;
  /** HTTP status of the receiver's answer; null when there was none. */
  readonly status: number | null;
  readonly note: string | null;
}

/** One POST to a receiver, with its retries. */
export interface Delivery {
  readonly id: number;
  /** Null for the `notifyUrl` of an import. */
  readonly webhookId: number | null;
  readonly url: string;
  readonly body: unknown;
  readonly state: 'pending' | 'delivered' | 'discarded';
  readonly attempts: readonly DeliveryAttempt[];
  readonly nextAt: string | null;
}

/** Events of a batched webhook that wait for their window to close. */
export interface WebhookBatch {
  readonly webhookId: number;
  readonly closesAt: string;
  readonly events: readonly unknown[];
}

/** A double opt-in that waits for its click. */
export interface OptIn {
  readonly token: string;
  readonly email: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly includeListIds: readonly number[];
  readonly excludeListIds: readonly number[];
  readonly redirectionUrl: string;
}

export type Effect = 'created' | 'updated' | 'deleted' | 'queued' | 'sent' | 'none';

export interface LedgerEntry {
  readonly sequence: number;
  readonly at: string;
  readonly method: string;
  /** Template of the route, like `/contacts/{identifier}`; null where Brevo has no such route. */
  readonly route: string | null;
  readonly path: string;
  /** Every e-mail address named in path, query or body, lower-case. */
  readonly emails: readonly string[];
  /** True: the request was understood and its change, if it makes one, is applied. Also where the answer got lost. */
  readonly accepted: boolean;
  /** The status that was decided, which a fault may have kept from the caller. */
  readonly status: number;
  readonly code: string | null;
  readonly effect: Effect;
  /** Kind of the fault that was played, and whether the caller got a whole answer. */
  readonly fault: string | null;
  readonly answered: boolean;
  readonly idempotencyKey: string | null;
  readonly body: unknown;
  /** For an import: the process, whose rows stand in a file of their own. */
  readonly processId: number | null;
}
