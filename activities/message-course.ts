import {
  filesOf,
  findMessage,
  findMessageByKey,
  lockMessage,
  lockRecipient,
  type Message,
  prepareMessage,
  settleMessage,
} from '../db/messages.ts';
import type { Executor } from '../db/pool.ts';
import { SluiceError } from '../domain/errors.ts';
import type { MailFile, MessageRequest, SendPolicy, SendResult } from '../domain/sending/message.ts';
import { isResend, resendKey } from '../domain/sending/message-key.ts';
import type { Template } from '../mail/template.ts';
import { type AttemptDeps, createAttempt } from './message-attempt.ts';
import { paramsOf, readParams } from './message-content.ts';
import { messageUuid } from './message-uuid.ts';

export interface CourseDeps extends AttemptDeps {
  readonly templates: { get(name: string): Template };
}

/** A mail that somebody wants, by its key. */
export type WantedMail = Omit<MessageRequest, 'params'> & {
  readonly params: Readonly<Record<string, unknown>>;
  readonly batch: string | undefined;
  readonly files: readonly MailFile[];
};

/** The course of one mail, from the wish to where nothing is left to be done. */
export interface MessageCourse {
  /**
   * Repeated as often as one likes: the row of its key says what was done.
   * @param current its row, where that is known to say what is so: nothing is read anew for it then.
   * @throws as `sendMessage`
   */
  readonly bringAbout: (asked: WantedMail, current?: Message) => Promise<SendResult>;
  /** Puts a new mail in a settled one's place, both in one transaction. @returns whether one is there now. */
  readonly replace: (row: Message, asked: WantedMail) => Promise<boolean>;
}

export function createMessageCourse(deps: CourseDeps): MessageCourse {
  const { database, templates, hashAddress, now = () => new Date() } = deps;
  const db = database.orm;
  const attempt = createAttempt(deps);

  return { bringAbout, replace };

  async function bringAbout(request: WantedMail, current?: Message): Promise<SendResult> {
    const template = templates.get(request.template);
    if (current !== undefined) {
      const result = await settle(current, { asked: request, template });
      if (result !== 'replaced') return result;
    }
    for (let asked = request; ; asked = { ...asked, key: resendKey(asked.key) }) {
      const known = await findMessageByKey(db, asked.key);
      // Until the first call the mail may take what is new: another address, another name.
      const row =
        known === undefined || (known.state === 'prepared' && known.firstTriedAt === null)
          ? await db.transaction((tx) => prepare(tx, { asked, template }))
          : known;
      const result = await settle(row, { asked, template });
      if (result !== 'replaced') return result;
    }
  }

  /** Follows one row until it is settled, or until another stands in its place. */
  async function settle(
    known: Message,
    { asked, template }: { readonly asked: WantedMail; readonly template: Template },
  ): Promise<SendResult | 'replaced'> {
    for (let row = known; ; row = await reload(row)) {
      const { id: messageId, state } = row;
      if (state === 'accepted') return { status: 'accepted', messageId };
      if (state === 'prepared' || state === 'sending') {
        const result = await attempt({ row, asked, template });
        if (result !== 'again') return result;
        continue;
      }
      if ((await findMessageByKey(db, resendKey(row.messageKey))) !== undefined) return 'replaced';
      if (state === 'uncertain') {
        const mayRepeat = asked.policy.uncertain === 'resend' && !isResend(row.messageKey);
        if (mayRepeat && (await replace(row, asked))) return 'replaced';
        return { status: 'uncertain', messageId };
      }
      return { status: state, messageId, reason: row.reason ?? state };
    }
  }

  async function prepare(
    tx: Executor,
    { asked, template }: { readonly asked: WantedMail; readonly template: Template },
  ): Promise<Message> {
    const recipient = await lockRecipient(tx, asked.contactId);
    const email = recipient === undefined || recipient.isErased ? '' : recipient.email;
    return prepareMessage(tx, {
      key: asked.key,
      uuid: messageUuid({ key: asked.key, addressHash: hashAddress(email) }),
      kind: asked.kind,
      contactId: asked.contactId,
      template: asked.template,
      dueAt: new Date(asked.dueAt),
      journeyRunId: asked.journeyRunId,
      batch: asked.batch,
      files: asked.files,
      preparedAt: now(),
      content: {
        scope: template.scope,
        email,
        templateVersion: template.version,
        params: paramsOf({ template, given: asked.params, recipient }),
      },
    });
  }

  function replace(row: Message, asked: WantedMail): Promise<boolean> {
    const key = resendKey(row.messageKey);
    return db.transaction(async (tx) => {
      await lockRecipient(tx, asked.contactId);
      const current = await lockMessage(tx, row.id);
      if ((await findMessageByKey(tx, key)) !== undefined) return true;
      if (current?.state !== 'uncertain' && current?.state !== 'rejected') return false;
      await settleMessage(tx, { id: row.id, state: 'withheld', reason: 'resent', now: now() });
      await prepare(tx, { asked: { ...asked, key }, template: templates.get(asked.template) });
      return true;
    });
  }

  async function reload(row: Message): Promise<Message> {
    const current = await findMessage(db, row.id);
    if (current === undefined) throw notResendable(`message ${row.id} is gone`);
    return current;
  }
}

/** A row as the wish that it came from, with another policy. */
export function wishOf(row: Message, policy: SendPolicy): WantedMail {
  return {
    key: row.messageKey,
    kind: row.kind,
    contactId: row.contactId ?? 0,
    template: row.template,
    params: readParams(row).given,
    dueAt: row.dueAt.toISOString(),
    policy,
    batch: row.batch ?? undefined,
    files: filesOf(row),
    ...(row.journeyRunId === null ? {} : { journeyRunId: row.journeyRunId }),
  };
}

export function notResendable(message: string): SluiceError {
  return new SluiceError(message, {
    code: 'message_not_resendable',
    hint: 'sluice messages list shows what there is.',
  });
}
