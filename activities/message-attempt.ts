import { Context } from '@temporalio/activity';
import type { BrevoClient } from '../brevo/client.ts';
import { findMail, type Mailbox, type OutgoingMail, sendMail } from '../brevo/mail.ts';
import { filesOf, type Message, noteAccepted, noteTrouble, settleMessage } from '../db/messages.ts';
import type { Database } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import type { SendPolicy, SendResult } from '../domain/sending/message.ts';
import { createTurns } from '../domain/turns.ts';
import type { Template } from '../mail/template.ts';
import { createAttachmentReader } from './message-attachments.ts';
import { claimMessage } from './message-claim.ts';
import { type MessageLinks, mailOf } from './message-content.ts';

export interface AttemptDeps {
  readonly database: Database;
  readonly brevo: BrevoClient;
  readonly links: MessageLinks;
  /** Keyed hash of a canonical address (mail/keys.ts). */
  readonly hashAddress: (canonicalEmail: string) => string;
  /** IANA zone of people who have none of their own. */
  readonly contactTimezone: string;
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  readonly postalAddress?: string;
  readonly now?: () => Date;
  /** How long Brevo has to answer. */
  readonly callTimeoutMs?: number;
}

const CALL_TIMEOUT_MS = 15_000;
/** Longer, for a mail with files: they take their time on a slow line. */
const CALL_WITH_FILES_TIMEOUT_MS = 60_000;
/** Mails with files that are made and called for at a time: each has its files in memory, several times over. */
const FILES_AT_ONCE = 4;
/** A mail that Brevo took shows up in its reports late; only after so long does "not found" mean something. */
const INDEXING_MS = 120_000;

interface Wanted {
  readonly row: Message;
  readonly asked: { readonly contactId: number; readonly policy: SendPolicy };
  readonly template: Template;
}

/**
 * One try to send a mail of the ledger that is `prepared` or `sending`: at most one call.
 * @returns a function that gives `again` when the row has changed and must be looked at once more.
 */
export function createAttempt(deps: AttemptDeps) {
  const { database, brevo } = deps;
  const { now = () => new Date() } = deps;
  const db = database.orm;
  const attachmentsOf = createAttachmentReader(deps);
  const turnWithFiles = createTurns({ atOnce: FILES_AT_ONCE, waiting: Number.POSITIVE_INFINITY });

  return (wanted: Wanted): Promise<SendResult | 'again'> =>
    wanted.row.files === null ? attempt(wanted) : turnWithFiles(() => attempt(wanted));

  async function attempt({ row, asked, template }: Wanted): Promise<SendResult | 'again'> {
    const mail = await made({ message: row, template });
    if (mail instanceof SluiceError) {
      // A mail that was tried and can no longer be made is not tried again, but it may have gone out.
      if (row.state === 'sending') await lookUp(row, mail.code);
      else await settleMessage(db, { id: row.id, state: 'rejected', reason: mail.code, now: now() });
      return 'again';
    }
    const claim = await db.transaction((tx) =>
      claimMessage(tx, { id: row.id, asked, deps, now: now(), callTimeoutMs: timeoutOf(row) }),
    );
    if (claim.kind === 'later') return { status: 'later', at: claim.at.toISOString(), reason: claim.reason };
    if (claim.kind === 'lookUp') await lookUp(row, claim.reason);
    if (claim.kind === 'claimed') await call(mail, { row, isFirst: claim.isFirst });
    return 'again';
  }

  async function made(what: {
    readonly message: Message;
    readonly template: Template;
  }): Promise<OutgoingMail | SluiceError> {
    try {
      const { links, from, replyTo, postalAddress } = deps;
      const mail = mailOf(what, { links, from, replyTo, postalAddress });
      return { ...mail, attachments: await attachmentsOf(filesOf(what.message)) };
    } catch (error) {
      if (error instanceof SluiceError && error.sort === 'item') return error;
      throw error;
    }
  }

  /** @param isFirst no earlier call of this mail can have been taken. */
  async function call(
    mail: OutgoingMail,
    { row, isFirst }: { readonly row: Message; readonly isFirst: boolean },
  ): Promise<void> {
    const { id } = row;
    let taken: Awaited<ReturnType<typeof sendMail>>;
    try {
      taken = await sendMail(brevo, mail, options(row));
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      const { code: reason, sort } = error;
      if (sort === 'item') {
        // Had an earlier call been taken, Brevo would have known the key: so none was.
        await settleMessage(db, { id, state: 'rejected', reason, now: now() });
        return;
      }
      const outcome = sort === 'unknown' || !isFirst ? 'unknown' : 'notTaken';
      await noteTrouble(db, { id, reason, outcome });
      throw error;
    }
    await noteAccepted(db, { id, now: now(), brevoMessageId: taken.messageId });
  }

  /** Past the life of the key, or when the mail must not be called for again: whether Brevo has it is looked up. */
  async function lookUp(row: Message, reason: string): Promise<void> {
    const email = row.email === '' ? undefined : row.email;
    const found = await findMail(brevo, { uuid: row.uuid, email }, options(row));
    if (found !== undefined) {
      await noteAccepted(db, { id: row.id, now: now(), brevoMessageId: found.messageId });
      return;
    }
    const unseenMs = now().getTime() - (row.triedAt ?? row.preparedAt).getTime();
    if (unseenMs < INDEXING_MS) {
      throw new SluiceError('Brevo may have the mail and does not show it yet', {
        code: 'message_not_shown_yet',
        sort: 'retry',
        retryAfterMs: INDEXING_MS - unseenMs,
      });
    }
    await settleMessage(db, { id: row.id, state: 'uncertain', reason, now: now() });
  }

  function options(row: Message) {
    return { signal: Context.current().cancellationSignal, timeoutMs: timeoutOf(row) };
  }

  function timeoutOf({ files }: Message): number {
    return deps.callTimeoutMs ?? (files === null ? CALL_TIMEOUT_MS : CALL_WITH_FILES_TIMEOUT_MS);
  }
}
