import { SluiceError } from '../errors.ts';

/** Leaves room in the ledger's column for the number of a resend. */
const LONGEST_MESSAGE_KEY = 190;

/**
 * @throws SluiceError `message_key_invalid` for what cannot be a key: up to 190 visible ASCII characters, `#` not among
 *   them, which marks a resend.
 */
export function checkMessageKey(key: string): void {
  if (/^[\x21\x22\x24-\x7e]+$/.test(key) && key.length <= LONGEST_MESSAGE_KEY) return;
  throw new SluiceError(
    `a message key must be 1 to ${LONGEST_MESSAGE_KEY} visible ASCII characters without #`,
    {
      code: 'message_key_invalid',
      hint: 'Correct the flow that asks for the mail.',
    },
  );
}

/** The key of the mail that is sent in this one's place: `key#2`, then `key#3`. */
export function resendKey(key: string): string {
  const [, base = key, number = '1'] = /^(.*)#(\d+)$/.exec(key) ?? [];
  return `${base}#${Number(number) + 1}`;
}

export function isResend(key: string): boolean {
  return key.includes('#');
}

/** The key of the first mail of those that were sent in each other's place. */
export function originalKey(key: string): string {
  return key.replace(/#\d+$/, '');
}
