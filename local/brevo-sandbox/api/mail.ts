import { randomUUID } from 'node:crypto';
import type { Origin } from '../contacts/contact-book.ts';
import { type Answer, invalidParameter, notFound, Refusal } from '../http/answers.ts';
import { type Operation, operation } from '../http/operation.ts';
import { draftsOf } from '../mail/drafts.ts';
import { newMessageId } from '../mail/mail-room.ts';
import type { Sandbox } from '../sandbox.ts';
import { read } from '../schemas/fields.ts';
import { type SendMail, sendMail } from '../schemas/mail.ts';
import type { Mail } from '../state/records.ts';

const MOST_DAYS_AHEAD_MS = 3 * 24 * 3_600_000;

/** Sending: `POST /smtp/email`, and what became of scheduled mail. */
export function mailOperations({ state, clock, mailRoom, idempotency }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'POST',
      route: '/smtp/email',
      run: ({ headers, origin, raw }) => {
        const key = idempotency.keyOf({ headers, body: raw });
        idempotency.requireUnused(key);
        try {
          const answer = send({ body: read(sendMail, raw), key, origin });
          idempotency.spend(key, origin.sequence);
          return answer;
        } catch (error) {
          if (error instanceof Refusal && state.settings.idempotencyKeySpentByRefusal) {
            idempotency.spend(key, origin.sequence);
          }
          throw error;
        }
      },
    }),

    operation({
      method: 'GET',
      route: '/smtp/emailStatus/{identifier}',
      run: ({ params }) => {
        const mails = scheduled(params['identifier'] ?? '');
        if (mails.length === 0) {
          throw notFound('No scheduled emails found for this identifier');
        }
        const batches = [...Map.groupBy(mails, (mail) => mail.sequence).values()].map(([first]) => ({
          createdAt: first?.acceptedAt,
          scheduledAt: first?.scheduledAt,
          status: first?.state === 'sent' ? 'processed' : first?.state === 'cancelled' ? 'error' : 'queued',
        }));
        const byBatch = mails.some((mail) => mail.batchId === params['identifier']);
        return { status: 200, body: byBatch ? { count: batches.length, batches } : batches[0] };
      },
    }),

    operation({
      method: 'DELETE',
      route: '/smtp/email/{identifier}',
      run: ({ params }) => {
        const waiting = scheduled(params['identifier'] ?? '').filter((mail) => mail.state === 'scheduled');
        if (waiting.length === 0) {
          throw notFound('No scheduled emails found for this identifier');
        }
        for (const mail of waiting) {
          mailRoom.cancel(mail);
        }
        return { status: 204, effect: 'deleted' };
      },
    }),
  ];

  function send(input: {
    readonly body: SendMail;
    readonly key: string | null;
    readonly origin: Origin;
  }): Answer {
    const { body, key, origin } = input;
    const drafts = draftsOf(state, body);
    const scheduledAt = scheduleOf(body.scheduledAt);
    const isDropped = Object.entries(body.headers ?? {}).some(
      ([name, value]) => name.toLowerCase() === 'x-sib-sandbox' && value === 'drop',
    );
    const batchId = scheduledAt === null ? null : (body.batchId ?? randomUUID());
    const ids = isDropped
      ? drafts.map(() => newMessageId(origin.at))
      : drafts.map(
          (draft) =>
            mailRoom.accept({ ...draft, idempotencyKey: key, scheduledAt, batchId }, origin).messageId,
        );
    return {
      status: scheduledAt === null ? 201 : 202,
      body: {
        ...(body.messageVersions === undefined ? { messageId: ids[0] } : { messageIds: ids }),
        ...(batchId === null ? {} : { batchId }),
      },
      effect: isDropped ? 'none' : 'sent',
    };
  }

  function scheduleOf(text: string | undefined): string | null {
    if (text === undefined) {
      return null;
    }
    const atMs = Date.parse(text);
    if (atMs <= clock.nowMs() || atMs > clock.nowMs() + MOST_DAYS_AHEAD_MS) {
      throw invalidParameter('scheduledAt must lie in the future, at most 72 hours ahead');
    }
    return new Date(atMs).toISOString();
  }

  function scheduled(identifier: string): readonly Mail[] {
    return [...state.mails.values()].filter(
      (mail) => mail.scheduledAt !== null && (mail.batchId === identifier || mail.messageId === identifier),
    );
  }
}
