import { findMessage } from '../db/messages.ts';
import type { MessageRequest, SendPolicy, SendResult } from '../domain/sending/message.ts';
import { checkMessageKey, resendKey } from '../domain/sending/message-key.ts';
import { type CourseDeps, createMessageCourse, notResendable, wishOf } from './message-course.ts';

export interface MessageDeps extends CourseDeps {
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

export function createMessageActivities(deps: MessageDeps) {
  const { database, dryRun } = deps;
  const { bringAbout, replace } = createMessageCourse(deps);

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
      return bringAbout({
        ...request,
        params: { ...deps.variables, ...request.params },
        batch: undefined,
        files: [],
      });
    },

    /**
     * Sends a mail once more as a new one, with a key of its own and what is known of the person now. It goes out at once:
     * window, cap and freshness were for the first one; suppressions and consent are asked. A second call does nothing.
     * @throws SluiceError `message_not_resendable`
     */
    async resendMessage({ messageId }: ResendRequest): Promise<SendResult> {
      if (dryRun) return DRY;
      const row = await findMessage(database.orm, messageId);
      if (row === undefined) throw notResendable(`there is no message ${messageId}`);
      const again = wishOf(row, HOLD);
      if (!(await replace(row, again))) {
        throw notResendable(
          `message ${messageId} is ${row.state}; only uncertain and rejected ones are resent`,
        );
      }
      return bringAbout({ ...again, key: resendKey(row.messageKey) });
    },
  };
}

export type MessageActivities = ReturnType<typeof createMessageActivities>;
