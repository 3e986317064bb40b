import { batchState, dueMessages, prepareMessages, withholdMessages } from '../db/message-batches.ts';
import { findRecipients, type Message, type NewMessage, type Recipient } from '../db/messages.ts';
import type { Database } from '../db/pool.ts';
import type { BatchCounts, MailFile, MessageKind, SendPolicy } from '../domain/sending/message.ts';
import { checkMessageKey } from '../domain/sending/message-key.ts';
import type { Template } from '../mail/template.ts';
import { BatchPass } from './batch-pass.ts';
import { paramsOf } from './message-content.ts';
import { createMessageCourse, wishOf } from './message-course.ts';
import { messageUuid } from './message-uuid.ts';
import type { MessageDeps } from './messages.ts';

/** A mail of a batch. Unlike a `MessageRequest` it never passes through Temporal. */
export interface PlannedMessage {
  /** What, to whom, which step or period: up to 190 visible ASCII characters without `#`. */
  readonly key: string;
  readonly kind: MessageKind;
  readonly contactId: number;
  readonly template: string;
  /** Not before then. */
  readonly dueAt: Date;
  /** Variables beyond those of the contact: texts, numbers, booleans, lists, HTML that we have made. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly files?: readonly MailFile[];
}

export interface PlanDeps {
  readonly database: Database;
  readonly templates: { get(name: string): Template };
  /** Keyed hash of a canonical address (mail/keys.ts). */
  readonly hashAddress: (canonicalEmail: string) => string;
  /** Known to every mail, by name; what a plan says goes before it. */
  readonly variables?: Readonly<Record<string, string>>;
}

const ROWS_A_STATEMENT = 250;

/**
 * Writes mails into the ledger that are sent together later, by `sendBatch`. Safe to repeat: a key is written once, and
 * mails of it that an earlier planner left untried come into this batch.
 * @param batch up to 100 visible ASCII characters, like `reminder/2026-11-21/7`
 * @returns how many are new.
 * @throws SluiceError `message_key_invalid`
 */
export async function prepareBatch(
  { database, templates, hashAddress, variables }: PlanDeps,
  {
    batch,
    messages,
    now,
  }: { readonly batch: string; readonly messages: readonly PlannedMessage[]; readonly now: Date },
): Promise<number> {
  let fresh = 0;
  for (let from = 0; from < messages.length; from += ROWS_A_STATEMENT) {
    const page = messages.slice(from, from + ROWS_A_STATEMENT);
    const ids = page.map(({ contactId }) => contactId);
    const recipients = await findRecipients(database.orm, ids);
    const mails = page.map((mail) => rowOf(mail, recipients.get(mail.contactId)));
    fresh += await prepareMessages(database.orm, { batch, mails });
  }
  return fresh;

  function rowOf(
    { key, params, files = [], ...mail }: PlannedMessage,
    recipient: Recipient | undefined,
  ): NewMessage {
    checkMessageKey(key);
    const template = templates.get(mail.template);
    const email = recipient === undefined || recipient.isErased ? '' : recipient.email;
    return {
      ...mail,
      key,
      batch,
      files,
      uuid: messageUuid({ key, addressHash: hashAddress(email) }),
      journeyRunId: undefined,
      preparedAt: now,
      content: {
        scope: template.scope,
        email,
        templateVersion: template.version,
        params: paramsOf({ template, given: { ...variables, ...params }, recipient }),
      },
    };
  }
}

export interface SendBatchRequest {
  readonly batch: string;
  readonly policy: SendPolicy;
  /** At most so many are begun in a second; absent: as fast as the account allows. */
  readonly perSecond?: number;
}

export interface BatchProgress extends BatchCounts {
  /** Not settled yet. */
  readonly open: number;
  /** When to call again for these, ISO 8601 UTC; undefined: nothing is open. */
  readonly askAgainAt: string | undefined;
}

const ROWS_A_LOOK = 200;
/** One call of a slow batch ends after so long, so that it is never near its time-out. */
const CALL_MS = 120_000;
const NOTHING: BatchCounts = { accepted: 0, rejected: 0, withheld: 0, uncertain: 0 };

export function createMessageBatchActivities(deps: MessageDeps) {
  const { database, dryRun, now = () => new Date() } = deps;
  const { bringAbout } = createMessageCourse(deps);
  const isUpToDate = ({ template, templateVersion }: Message) =>
    deps.templates.get(template).version === templateVersion;

  return {
    /**
     * Sends the mails of a batch that are due, each by the rules of `sendMessage`; one that fails stops no other. Repeated
     * as often as one likes: the rows say what was done. In a dry run nothing is sent.
     * @throws SluiceError the first trouble that passes or asks for an operator, after everything else was tried.
     */
    async sendBatch({ batch, policy, perSecond }: SendBatchRequest): Promise<BatchProgress> {
      if (dryRun) return { ...NOTHING, open: 0, askAgainAt: undefined };
      const pass = new BatchPass({ lastsMs: CALL_MS, perSecond });
      for (let afterId = 0; ; ) {
        const rows = await dueMessages(database.orm, { batch, now: now(), afterId, most: ROWS_A_LOOK });
        if (rows.length === 0) break;
        await pass.work(rows, ({ row, isCurrent }) =>
          bringAbout(wishOf(row, policy), isCurrent && isUpToDate(row) ? row : undefined),
        );
        if (pass.isOver()) break;
        afterId = rows.at(-1)?.row.id ?? afterId;
      }
      pass.throwTrouble();
      const { counts, open, nextDueAt } = await batchState(database.orm, { batch, now: now() });
      if (open === 0) return { ...counts, open, askAgainAt: undefined };
      const again = [pass.isOver() ? now() : undefined, pass.laterAt, nextDueAt]
        .filter((at) => at !== undefined)
        .toSorted((a, b) => a.getTime() - b.getTime());
      return { ...counts, open, askAgainAt: (again[0] ?? now()).toISOString() };
    },

    /** Closes the mails of a batch that nobody has tried to send yet. @returns how many were closed by this. */
    async withholdBatch({
      batch,
      reason,
    }: {
      readonly batch: string;
      readonly reason: string;
    }): Promise<number> {
      return withholdMessages(database.orm, { batch, reason, now: now() });
    },
  };
}

export type MessageBatchActivities = ReturnType<typeof createMessageBatchActivities>;
