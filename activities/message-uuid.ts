import { createHash } from 'node:crypto';

/** Sluice's own namespace, a random UUID. Changing it would make every mail that is under way a new one to Brevo. */
const NAMESPACE = '6f2c1f0e-7d0b-4f8e-9a52-3b6c8f4f2d17';

/**
 * The UUIDv5 of a message: Brevo's idempotency key, tag and custom header.
 * @param key of the ledger.
 * @param addressHash keyed by this installation's secret, so that two installations on one Brevo account, whose contact
 *   numbers are the same, do not take each other's keys.
 * RFC 9562, section 5.5.
 */
export function messageUuid({
  key,
  addressHash,
}: {
  readonly key: string;
  readonly addressHash: string;
}): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(`${key}\n${addressHash}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
