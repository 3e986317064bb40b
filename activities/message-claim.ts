import {
  lockMessage,
  lockRecipient,
  noteCall,
  noteWaiting,
  recentMarketing,
  settleMessage,
} from '../db/messages.ts';
import type { Executor } from '../db/pool.ts';
import { suppressionsInForce } from '../db/suppressions.ts';
import { SluiceError } from '../domain/errors.ts';
import { mayISend } from '../domain/sending/may-i-send.ts';
import type { SendPolicy } from '../domain/sending/message.ts';

/**
 * Brevo forgets an idempotency key after 30 minutes by its guide and after 15 by its older text; calls stop well before.
 * Counted from the first call, which the row keeps, so that no new run of a workflow begins anew.
 */
const KEY_LIFE_MS = 12 * 60_000;
/** Time that a call may wait for the account's turn, and some for noting what came of it. */
const AROUND_CALL_MS = 8_000;
const HOUR_MS = 3_600_000;

export type Claim =
  /** The row says `sending`; `isFirst`: no earlier call can have been taken. */
  | { readonly kind: 'claimed'; readonly isFirst: boolean }
  | { readonly kind: 'later'; readonly at: Date; readonly reason: string }
  /** Not to be called for again, but an earlier call may have been taken. */
  | { readonly kind: 'lookUp'; readonly reason: string }
  /** Settled by this, or by somebody else meanwhile. */
  | { readonly kind: 'changed' };

/**
 * Decides whether a mail is called for now and takes it, in one transaction that holds the person's row and the mail's: of
 * two workers with the same mail one gets it, and of two mails under one cap one goes.
 * @throws SluiceError `message_under_way`, sort `retry`: another worker is calling right now.
 */
export async function claimMessage(
  tx: Executor,
  {
    id,
    asked,
    deps,
    now,
    callTimeoutMs,
  }: {
    readonly id: number;
    readonly asked: { readonly contactId: number; readonly policy: SendPolicy };
    readonly deps: { readonly hashAddress: (email: string) => string; readonly contactTimezone: string };
    readonly now: Date;
    readonly callTimeoutMs: number;
  },
): Promise<Claim> {
  const recipient = await lockRecipient(tx, asked.contactId);
  const row = await lockMessage(tx, id);
  if (row === undefined || (row.state !== 'prepared' && row.state !== 'sending')) return { kind: 'changed' };

  // While a call is under way its row has no trouble noted; a worker that died is believed dead after this.
  if (row.state === 'sending' && row.reason === null) {
    const leftMs = (row.triedAt ?? now).getTime() + callTimeoutMs + AROUND_CALL_MS - now.getTime();
    if (leftMs > 0) throw underWay(leftMs);
  }
  const wasTried = row.state === 'sending';
  const end = async (reason: string): Promise<Claim> => {
    if (wasTried) return { kind: 'lookUp', reason };
    await settleMessage(tx, { id, state: 'withheld', reason, now });
    return { kind: 'changed' };
  };
  if (recipient === undefined) return end('contact_missing');
  if (recipient.isErased) return end('suppressed_erased');
  if (row.firstTriedAt !== null && now.getTime() - row.firstTriedAt.getTime() >= KEY_LIFE_MS)
    return end('key_expired');

  const { cap } = asked.policy;
  const verdict = mayISend({
    now,
    dueAt: row.dueAt,
    scope: row.scope,
    consent: recipient.consent,
    zone: zoneOf(recipient.timezone, deps.contactTimezone),
    suppressions: await suppressionsInForce(tx, deps.hashAddress(recipient.email)),
    recentMarketing:
      cap === undefined
        ? []
        : await recentMarketing(tx, {
            contactId: recipient.id,
            since: new Date(now.getTime() - cap.inHours * HOUR_MS),
            except: id,
          }),
    // A mail that may have gone out already is not put off any more; what the person wants still counts.
    policy: wasTried ? { uncertain: asked.policy.uncertain } : asked.policy,
  });
  if (verdict.answer === 'never') return end(verdict.reason);
  if (verdict.answer === 'later') {
    await noteWaiting(tx, { id, reason: verdict.reason });
    return { kind: 'later', at: verdict.at, reason: verdict.reason };
  }
  await noteCall(tx, { id, now });
  return { kind: 'claimed', isFirst: !wasTried };
}

/** A zone that this machine does not know is worth no lost mail. */
function zoneOf(own: string | null, fallback: string): string {
  if (own === null) return fallback;
  try {
    return Intl.DateTimeFormat('en', { timeZone: own }).resolvedOptions().timeZone;
  } catch {
    return fallback;
  }
}

function underWay(leftMs: number): SluiceError {
  return new SluiceError('another worker is sending this mail', {
    code: 'message_under_way',
    sort: 'retry',
    retryAfterMs: leftMs,
  });
}
