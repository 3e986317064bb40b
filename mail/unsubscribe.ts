import type { MailScope } from '../domain/sending/scopes.ts';
import { isTagOf, tagOf } from './keys.ts';

/** What a link can stop. Mail of scope `service` has no such link: the person asked for it by an action. */
export type StoppableScope = Exclude<MailScope, 'service'>;

/** What an unsubscribe link says: the mail it was in, whose it is, and which kind of mail it stops. */
export interface UnsubscribeLink {
  readonly messageUuid: string;
  readonly contactId: number;
  readonly scope: StoppableScope;
}

const PURPOSE = 'unsubscribe-link';
// Layout: version (1 byte), scope (1), contact (8), message (16), first half of an HMAC-SHA256 of these (16).
// 42 bytes are exactly 56 characters of base64url: no spare bits that could be changed unseen.
const VERSION = 1;
const SIGNED_BYTES = 26;
const TOKEN = /^[A-Za-z0-9_-]{56}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Links in old mails must work for ever, so a number never gets another meaning. */
const SCOPE_NUMBERS = { all: 0, marketing: 1, reminders: 2, reports: 3 } as const satisfies Record<
  StoppableScope,
  number
>;

/**
 * The link of one mail with which its reader unsubscribes, without login; for the footer and for `List-Unsubscribe`.
 * It does not expire: a link in an old mail must work.
 * @param publicUrl where people reach the gateway, without a slash at the end.
 * @throws RangeError for a message or contact id that is none.
 */
export function unsubscribeUrl({
  publicUrl,
  secret,
  ...link
}: UnsubscribeLink & { readonly publicUrl: string; readonly secret: string }): string {
  return `${publicUrl}/u/${signToken(secret, link)}`;
}

/**
 * Reads the token at the end of an unsubscribe link.
 * @returns undefined for everything that this installation did not sign; compared in constant time.
 */
export function readUnsubscribeToken(secret: string, token: string): UnsubscribeLink | undefined {
  if (!TOKEN.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const signed = bytes.subarray(0, SIGNED_BYTES);
  if (!isTagOf(bytes.subarray(SIGNED_BYTES), { secret, purpose: PURPOSE, content: signed })) return undefined;
  const scope = scopeOf(signed.readUInt8(1));
  if (signed.readUInt8(0) !== VERSION || scope === undefined) return undefined;
  return { messageUuid: uuidOf(signed.subarray(10)), contactId: Number(signed.readBigUInt64BE(2)), scope };
}

/**
 * What a POST to an unsubscribe link stops. The body of a mail program (RFC 8058, `List-Unsubscribe=One-Click`) stops the
 * kind of mail that the link is for; the form of our page may choose all. Anything unknown counts as the link's own.
 */
export function chosenScope(
  { scope }: Pick<UnsubscribeLink, 'scope'>,
  form: Readonly<Record<string, unknown>>,
): StoppableScope {
  return form.stop === 'all' ? 'all' : scope;
}

function signToken(secret: string, { messageUuid, contactId, scope }: UnsubscribeLink): string {
  const uuid = messageUuid.toLowerCase();
  if (!UUID.test(uuid)) throw new RangeError('the message id of an unsubscribe link must be a UUID');
  if (!Number.isSafeInteger(contactId) || contactId < 0) {
    throw new RangeError('the contact id of an unsubscribe link must be a whole number');
  }
  const signed = Buffer.alloc(SIGNED_BYTES);
  signed.writeUInt8(VERSION, 0);
  signed.writeUInt8(SCOPE_NUMBERS[scope], 1);
  signed.writeBigUInt64BE(BigInt(contactId), 2);
  signed.write(uuid.replaceAll('-', ''), 10, 'hex');
  return Buffer.concat([signed, tagOf({ secret, purpose: PURPOSE, content: signed })]).toString('base64url');
}

function scopeOf(number: number): StoppableScope | undefined {
  return (Object.keys(SCOPE_NUMBERS) as StoppableScope[]).find((scope) => SCOPE_NUMBERS[scope] === number);
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
