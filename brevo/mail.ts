import { z } from 'zod';
import { SluiceError } from '../domain/errors.ts';
import type { BrevoClient, CallOptions } from './client.ts';
import type { BrevoRequest } from './requests.ts';

export interface Mailbox {
  readonly email: string;
  readonly name?: string;
}

/** A template kept at Brevo with its variables, or a mail that we made. */
export type MailContent =
  | { readonly kind: 'template'; readonly id: number; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'made'; readonly subject: string; readonly html: string; readonly text: string };

export interface Attachment {
  /** As its reader sees it; Brevo takes those of known endings only. */
  readonly name: string;
  readonly content: Buffer;
}

export interface OutgoingMail {
  /** Idempotency key, tag and custom header at once. */
  readonly uuid: string;
  readonly to: Mailbox;
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  readonly content: MailContent;
  /** https; takes a POST by RFC 8058. Absent for mail that nobody can unsubscribe from. */
  readonly unsubscribeUrl?: string;
  readonly attachments?: readonly Attachment[];
}

/** Brevo's bound for names. */
const MOST_NAME = 70;
/** Mails to one address that are looked through, newest first. */
const LOOKUP_LIMIT = 100;

/** The tag by which a mail is found at Brevo. */
function mailTag(uuid: string): string {
  return `snd-${uuid}`;
}

/**
 * One mail. The key goes where each of Brevo's own texts has it, in the body's `headers` and as an HTTP header.
 * https://developers.brevo.com/reference/sendtransacemail
 */
function mailRequest(mail: OutgoingMail): BrevoRequest {
  const { uuid, content, unsubscribeUrl, attachments = [] } = mail;
  return {
    method: 'POST',
    path: '/smtp/email',
    headers: { idempotencyKey: uuid },
    body: {
      sender: mailbox(mail.from),
      to: [mailbox(mail.to)],
      ...(mail.replyTo === undefined ? {} : { replyTo: mailbox(mail.replyTo) }),
      ...(content.kind === 'template'
        ? { templateId: content.id, params: content.params }
        : { subject: content.subject, htmlContent: content.html, textContent: content.text }),
      ...(attachments.length === 0 ? {} : { attachment: attachments.map(encoded) }),
      tags: [mailTag(uuid)],
      headers: {
        idempotencyKey: uuid,
        'X-Mailin-custom': uuid,
        // RFC 8058: one click, no page in between.
        ...(unsubscribeUrl === undefined
          ? {}
          : {
              'List-Unsubscribe': `<${unsubscribeUrl}>`,
              'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
            }),
      },
    },
  };
}

function encoded({ name, content }: Attachment) {
  return { name, content: content.toString('base64') };
}

function mailbox({ email, name }: Mailbox): Mailbox {
  return name === undefined || name.trim() === ''
    ? { email }
    : { email, name: Array.from(name.trim()).slice(0, MOST_NAME).join('') };
}

const accepted = z.object({ messageId: z.string().min(1) });

/**
 * Hands a mail to Brevo, which has it when this returns. A key that Brevo has seen means that an earlier call of ours was
 * taken; its id is then not told.
 * @returns Brevo's id of the mail, where it tells it.
 * @throws SluiceError by brevo/errors.ts: `item` refused for good, `retry` and `stop` certainly not taken, `unknown`.
 */
export async function sendMail(
  brevo: BrevoClient,
  mail: OutgoingMail,
  options?: CallOptions,
): Promise<{ readonly messageId: string | undefined }> {
  try {
    // A mail whose call is broken off may have been taken, and nobody would know.
    return await brevo.call(mailRequest(mail), accepted, { ...options, onceBegun: 'finish' });
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'duplicate_parameter') return { messageId: undefined };
    throw error;
  }
}

const mails = z.object({
  transactionalEmails: z
    .array(z.object({ messageId: z.string(), tags: z.array(z.string()).nullish() }))
    .nullish(),
});
const events = z.object({ events: z.array(z.object({ messageId: z.string() })).nullish() });

/**
 * Looks for a mail that may have been taken, first among those to its address (the roomier limit), then among all events
 * by its tag. Brevo says nowhere how soon a mail shows up, so "not found" proves nothing about the last minutes.
 * @param email where it went; undefined when that is not known any more.
 */
export async function findMail(
  brevo: BrevoClient,
  { uuid, email }: { readonly uuid: string; readonly email: string | undefined },
  options?: CallOptions,
): Promise<{ readonly messageId: string } | undefined> {
  const tag = mailTag(uuid);
  if (email !== undefined) {
    const query = new URLSearchParams({ email, sort: 'desc', limit: String(LOOKUP_LIMIT) });
    const page = await brevo.call(
      { method: 'GET', path: `/smtp/emails?${query.toString()}` },
      mails,
      options,
    );
    const found = page.transactionalEmails?.find((one) => one.tags?.includes(tag) === true);
    if (found !== undefined) return { messageId: found.messageId };
  }
  const query = new URLSearchParams({ tags: JSON.stringify([tag]), limit: '1' });
  const path = `/smtp/statistics/events?${query.toString()}`;
  const found = (await brevo.call({ method: 'GET', path }, events, options)).events?.[0];
  return found === undefined ? undefined : { messageId: found.messageId };
}
