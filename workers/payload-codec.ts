import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { SluiceError } from '../domain/errors.ts';

/** `hex`: 256 bits as 64 hex digits. */
export interface PayloadKey {
  readonly id: string;
  readonly hex: string;
}

/** As the id of the first key: nothing is encrypted any more, and the keys after it still decrypt. */
const NO_ENCRYPTION = 'none';

const ENCODING = 'encoding';
const KEY_ID = 'encryption-key-id';
const ENCRYPTED = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** Whether new payloads are encrypted with these keys. */
export function encrypts(keys: readonly PayloadKey[]): boolean {
  return keys[0] !== undefined && keys[0].id !== NO_ENCRYPTION;
}

/**
 * Encrypts whole payloads with AES-256-GCM under the first key; each payload names its key, so that all listed keys
 * decrypt. What is not encrypted passes, so old histories stay readable when encryption is switched on.
 *
 * The form is that of Temporal's own examples: 96-bit random nonce, ciphertext and 128-bit tag over the payload as
 * protobuf (https://github.com/temporalio/samples-typescript/tree/main/encryption), so codec servers of other languages
 * read it, too.
 *
 * Decoding throws SluiceError `payload_key_unknown` naming the key's id, `payload_damaged` for one that is not as it was
 * written.
 */
export function createPayloadCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const secrets = new Map(
    keys
      .filter(({ id }) => id !== NO_ENCRYPTION)
      .map(({ id, hex }) => [id, createSecretKey(Buffer.from(hex, 'hex'))]),
  );
  const current = keys[0] === undefined ? undefined : secrets.get(keys[0].id);
  const currentId = keys[0]?.id ?? NO_ENCRYPTION;
  return {
    async encode(payloads) {
      if (current === undefined) return payloads;
      return payloads.map((payload) => encrypted(payload, { id: currentId, secret: current }));
    },
    async decode(payloads) {
      return payloads.map((payload) => (isEncrypted(payload) ? decrypted(payload, secrets) : payload));
    },
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.[ENCODING]) === ENCRYPTED;
}

function encrypted(
  payload: Payload,
  { id, secret }: { readonly id: string; readonly secret: KeyObject },
): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce);
  const data = [cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  return {
    metadata: { [ENCODING]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([nonce, ...data]),
  };
}

function decrypted({ metadata, data }: Payload, secrets: ReadonlyMap<string, KeyObject>): Payload {
  const id = textOf(metadata?.[KEY_ID]);
  const secret = secrets.get(id);
  if (secret === undefined) throw unknownKey(id);
  const bytes = Buffer.from(data ?? []);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw damaged(id);
  try {
    const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return PayloadMessage.decode(Buffer.concat(plain));
  } catch (cause) {
    throw damaged(id, cause);
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes).toString() : '';
}

function unknownKey(id: string): SluiceError {
  const name = id === '' ? 'a key that it does not name' : `the key "${id}"`;
  return new SluiceError(`a payload is encrypted with ${name}, which is not in TEMPORAL_PAYLOAD_KEYS`, {
    code: 'payload_key_unknown',
    hint: `Add ${id === '' ? 'it' : `"${id}"`} behind the first key; docs/privacy.md says how keys are exchanged.`,
  });
}

function damaged(id: string, cause?: unknown): SluiceError {
  return new SluiceError(`a payload encrypted with the key "${id}" is not as it was written`, {
    code: 'payload_damaged',
    hint: `Either the key "${id}" in TEMPORAL_PAYLOAD_KEYS is another one of the same name, or the payload was changed.`,
    cause,
  });
}
