/** Which flow a mail belongs to. */
export const MESSAGE_KINDS = [
  'journey',
  'campaign',
  'reminder',
  'report',
  'query_report',
  'notification',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/**
 * - `prepared`: to be sent; no call was made yet, or its outcome is certain to be "not taken".
 * - `sending`: a call was made or is under way and its outcome is not noted.
 * - `accepted`: Brevo took it, and will not take it again.
 * - `rejected`: Brevo refused it for good, or it cannot be rendered.
 * - `uncertain`: nobody can tell any more whether Brevo took it; held until a webhook or an operator settles it.
 * - `withheld`: it must not go out; `reason` says why.
 */
export const MESSAGE_STATES = [
  'prepared',
  'sending',
  'accepted',
  'rejected',
  'uncertain',
  'withheld',
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** What a flow asks for. Ids and plain values only: it passes through Temporal's histories. */
export interface MessageRequest {
  /** What, to whom, which step or period: up to 190 visible ASCII characters without `#`. UNIQUE in the ledger. */
  readonly key: string;
  readonly kind: MessageKind;
  readonly contactId: number;
  readonly template: string;
  /** Variables beyond those of the contact; never personal data. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** When the step is due, ISO 8601 UTC. */
  readonly dueAt: string;
  readonly policy: SendPolicy;
  readonly journeyRunId?: number;
}

/** A file of ours (db/artefacts.ts) under the name that its reader sees. */
export interface MailFile {
  readonly artefactId: number;
  readonly name: string;
}

export interface SendPolicy {
  /** Local hours and weekdays of the person in which mail may go out; absent: any time. */
  readonly window?: SendWindow;
  /** Of mails of scope marketing to one person, over all flows. */
  readonly cap?: { readonly most: number; readonly inHours: number };
  /** After so many hours past `dueAt` it is news no more and is withheld. */
  readonly freshHours?: number;
  /** What to do when nobody can tell whether it was taken: wait for an operator, or risk a second one. */
  readonly uncertain: 'hold' | 'resend';
}

export interface SendWindow {
  /** `HH:MM` to `HH:MM`, person's local time; the end is excluded. `from` after `to` crosses midnight. */
  readonly from: string;
  readonly to: string;
  /** Monday is 1, Sunday 7; absent: every day. */
  readonly weekdays?: readonly number[];
}

/** `later`: not now; ask again at `at` (ISO 8601 UTC). */
export type SendResult =
  | { readonly status: 'accepted' | 'uncertain'; readonly messageId: number }
  | { readonly status: 'rejected' | 'withheld'; readonly messageId: number; readonly reason: string }
  | { readonly status: 'later'; readonly at: string; readonly reason: string };

/** How many mails of a batch have come to which end; `uncertain` ones wait for an operator and hold nobody up. */
export interface BatchCounts {
  readonly accepted: number;
  readonly rejected: number;
  readonly withheld: number;
  readonly uncertain: number;
}
