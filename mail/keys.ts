import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;

/**
 * A key of 32 bytes for one purpose, from the installation's one secret (HKDF-SHA256, RFC 5869), so that what is signed
 * for one purpose never passes for another.
 * @param purpose changes the key; once it is in use it stays as it is, like the secret itself.
 */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `sluice/${purpose}`, KEY_BYTES));
}

/**
 * What stands for an address where the address itself must not be kept (suppressions of erased people): 64 hex digits.
 * Keyed, so that nobody without the secret can try addresses on it.
 * @param canonicalEmail as `canonicalEmail` of domain/email.ts gives it.
 */
export function addressHash(secret: string, canonicalEmail: string): string {
  return createHmac('sha256', deriveKey(secret, 'address-hash')).update(canonicalEmail).digest('hex');
}

/** Half of an HMAC-SHA256: enough for what cannot be tried in bulk, and short in an address. */
export const TAG_BYTES = 16;

interface Signed {
  readonly secret: string;
  /** As for `deriveKey`. */
  readonly purpose: string;
  readonly content: Buffer;
}

/** The signature of a link, `TAG_BYTES` long. */
export function tagOf({ secret, purpose, content }: Signed): Buffer {
  return createHmac('sha256', deriveKey(secret, purpose)).update(content).digest().subarray(0, TAG_BYTES);
}

/** Whether a tag of `TAG_BYTES` is that of the content; compared in constant time. */
export function isTagOf(tag: Buffer, signed: Signed): boolean {
  return timingSafeEqual(tagOf(signed), tag);
}
