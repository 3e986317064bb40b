import {
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
import type { MessageRequest, SendPolicy, SendResult } from '../domain/sending/message.ts';
import { checkMessageKey, isResend, resendKey } from '../domain/sending/message-key.ts';
import type { Template } from '../mail/template.ts';
import { type AttemptDeps, createAttempt } from './message-attempt.ts';
import { paramsOf, readParams } from './message-content.ts';
import { messageUuid } from './message-uuid.ts';

export interface MessageDeps extends AttemptDeps {
  readonly templates: { get(name: string): Template };
  /** Known to every mail, by name; what a request says goes before it. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
}

/** A mail that somebody asked for again: `uncertain`, or `rejected` with its cause repaired. */
export interface ResendRequest {
  readonly messageId: number;
}

const DRY: SendResult = { status: 'withheld', messageId: 0, reason: 'dry_run' };
const HOLD: SendPolicy = { uncertain: 'hold' };

type WhoseMail = Omit<MessageRequest, 'params'> & { readonly params: Readonly<Record<string, unknown>> };

export function createMessageActivities(deps: MessageDeps) {
  const { database, templates, hashAddress, dryRun, now = () => new Date() } = deps;
  const db = database.orm;
  const attempt = createAttempt(deps);

  return {
    /**
     * Brings one mail to where nothing is left to be done, or says when to ask again. Repeated as often as one likes: the
     * row of its key says what was done. In a dry run nothing is written or sent, and the message id is 0.
     *
     * @throws SluiceError sort `unknown` or `retry`: call it again; `stop` (Brevo refuses our key, no such template): the
     *   mail stays `prepared` and goes out when it is asked for once more.
     */
    async sendMessage(request: MessageRequest): Promise<SendResult> {
      if (dryRun) return DRY;
      checkMessageKey(request.key);
      return bringAbout({ ...request, params: { ...deps.variables, ...request.params } });
    },

    /**
     * Sends a mail once more as a new one, with a key of its own and what is known of the person now. It goes out at once:
     * window, cap and freshness were for the first one; suppressions and consent are asked. A second call does nothing.
     * @throws SluiceError `message_not_resendable`
     */
    async resendMessage({ messageId }: ResendRequest): Promise<SendResult> {
      if (dryRun) return DRY;
      const row = await findMessage(db, messageId);
      if (row === undefined) throw notResendable(`there is no message ${messageId}`);
      const again = requestOf(row);
      if (!(await replace(row, again))) {
        throw notResendable(
          `message ${messageId} is ${row.state}; only uncertain and rejected ones are resent`,
        );
      }
      return bringAbout({ ...again, key: resendKey(row.messageKey) });
    },
  };

  async function bringAbout(request: WhoseMail): Promise<SendResult> {
    const template = templates.get(request.template);
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
    { asked, template }: { readonly asked: WhoseMail; readonly template: Template },
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
    { asked, template }: { readonly asked: WhoseMail; readonly template: Template },
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
      preparedAt: now(),
      content: {
        scope: template.scope,
        email,
        templateVersion: template.version,
        params: paramsOf({ template, given: asked.params, recipient }),
      },
    });
  }

  /** Puts a new mail in a settled one's place, both in one transaction. @returns whether one is there now. */
  function replace(row: Message, asked: WhoseMail): Promise<boolean> {
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

export type MessageActivities = ReturnType<typeof createMessageActivities>;

function requestOf(row: Message): WhoseMail {
  return {
    key: row.messageKey,
    kind: row.kind,
    contactId: row.contactId ?? 0,
    template: row.template,
    params: readParams(row).given,
    dueAt: row.dueAt.toISOString(),
    policy: HOLD,
    ...(row.journeyRunId === null ? {} : { journeyRunId: row.journeyRunId }),
  };
}

function notResendable(message: string): SluiceError {
  return new SluiceError(message, {
    code: 'message_not_resendable',
    hint: 'sluice messages list shows what there is.',
  });
}
