import { randomBytes, timingSafeEqual } from 'node:crypto';
import { SluiceError } from '../../domain/errors.ts';

/** Brevo's own API and SMTP keys: a fixed prefix and 64 hex digits, an API key with a short tail. */
const REAL_KEY = /^x(keysib|smtpsib)-[0-9a-f]{32}/i;

/** What a caller with a real-looking key is told. The key itself is neither kept nor written anywhere. */
export const REAL_KEY_MESSAGE =
  'This is a Brevo sandbox and it refuses keys that look real. Treat the key as exposed: revoke it at Brevo and make a new one.';

/** Whether a text has the shape of a key of a real Brevo account. */
function looksLikeRealKey(key: string): boolean {
  return REAL_KEY.test(key.trim());
}

/** A random key that no one can take for a real one. */
export function generateSandboxKey(): string {
  return `sandbox-${randomBytes(16).toString('hex')}`;
}

/**
 * @throws SluiceError `real_key_refused` when one of the keys looks real; it never repeats the key.
 */
function refuseRealKeys(keys: readonly string[]): void {
  if (keys.some(looksLikeRealKey)) {
    throw new SluiceError('The Brevo sandbox refuses to accept a key that looks real.', {
      code: 'real_key_refused',
      hint: 'Use any other text as the sandbox key; if the key is real, revoke it at Brevo.',
    });
  }
}

export type KeyVerdict = 'accepted' | 'missing' | 'wrong' | 'real';

/** The API keys that the sandbox accepts at the moment. */
export class SandboxKeys {
  #accepted: readonly string[];

  constructor(accepted: readonly string[]) {
    refuseRealKeys(accepted);
    this.#accepted = accepted;
  }

  /** @throws SluiceError `real_key_refused`; the keys accepted so far stay. */
  replace(accepted: readonly string[]): void {
    refuseRealKeys(accepted);
    this.#accepted = accepted;
  }

  check(key: string | undefined): KeyVerdict {
    if (key === undefined || key.trim() === '') {
      return 'missing';
    }
    if (looksLikeRealKey(key)) {
      return 'real';
    }
    return this.#accepted.some((accepted) => equalText(accepted, key)) ? 'accepted' : 'wrong';
  }
}

function equalText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
