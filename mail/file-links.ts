import { isTagOf, tagOf } from './keys.ts';

/** What a link to a file says: which of the stored ones, and until when it works. */
export interface FileLink {
  readonly artefactId: number;
  /** Whole seconds count; what is beyond them is cut off. */
  readonly expiresAt: Date;
}

const PURPOSE = 'file-link';
// Layout: version (1 byte), artefact (8), end in seconds since 1970 (5), first half of an HMAC-SHA256 of these (16).
// 30 bytes are exactly 40 characters of base64url: no spare bits that could be changed unseen.
const VERSION = 1;
const SIGNED_BYTES = 14;
const END_BYTES = 5;
const TOKEN = /^[A-Za-z0-9_-]{40}$/;
const LATEST_SECOND = 2 ** (8 * END_BYTES) - 1;

/**
 * A link with which whoever has it downloads one stored file (db/artefacts.ts) until `expiresAt`, without login.
 * @param publicUrl where people reach the gateway, without a slash at the end.
 * @throws RangeError for an artefact or a time that is none.
 */
export function fileUrl({
  publicUrl,
  secret,
  artefactId,
  expiresAt,
}: FileLink & { readonly publicUrl: string; readonly secret: string }): string {
  const end = Math.floor(expiresAt.getTime() / 1000);
  if (!Number.isSafeInteger(artefactId) || artefactId < 1) {
    throw new RangeError('the artefact of a link must be a whole number from 1');
  }
  if (!(end >= 0 && end <= LATEST_SECOND))
    throw new RangeError('the end of a link must be a time from 1970 on');
  const signed = Buffer.alloc(SIGNED_BYTES);
  signed.writeUInt8(VERSION, 0);
  signed.writeBigUInt64BE(BigInt(artefactId), 1);
  signed.writeUIntBE(end, 9, END_BYTES);
  return `${publicUrl}/f/${Buffer.concat([signed, tagOf({ secret, purpose: PURPOSE, content: signed })]).toString('base64url')}`;
}

/**
 * Reads the token at the end of a link to a file; whether it has expired is for the caller to see.
 * @returns undefined for everything that this installation did not sign; compared in constant time.
 */
export function readFileToken({
  secret,
  token,
}: {
  readonly secret: string;
  readonly token: string;
}): FileLink | undefined {
  if (!TOKEN.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const signed = bytes.subarray(0, SIGNED_BYTES);
  if (!isTagOf(bytes.subarray(SIGNED_BYTES), { secret, purpose: PURPOSE, content: signed })) return undefined;
  if (signed.readUInt8(0) !== VERSION) return undefined;
  return {
    artefactId: Number(signed.readBigUInt64BE(1)),
    expiresAt: new Date(signed.readUIntBE(9, END_BYTES) * 1000),
  };
}
