import { canonicalEmail } from './email.ts';

/** No address begins like this: a colon is not allowed before the @, and these have no @. */
const PREFIX = 'erased:';
const HASH_DIGITS = 32;

/** What `quarantine.fingerprint` holds of an erased person's sitting: nothing that tells of the address. */
export const ERASED_FINGERPRINT = 'erased';

/**
 * What stands in place of an erased person's address in rows that are kept for their counts: the same in every table, so
 * that an entry and its purchase still belong together.
 * @param addressHash keyed hash of the canonical address, hex
 */
export function pseudonymOf(addressHash: string): string {
  return `${PREFIX}${addressHash.slice(0, HASH_DIGITS)}`;
}

const SEPARATORS = /[\s<>()[\]{},;:"|\\]+/;
const EDGE_MARKS = /^[.'`]+|[.'`]+$/g;

/**
 * The addresses that a text of people is or holds, canonical: `Ann <ann@example.com>` holds one. Also where HTML lets a long
 * one be broken.
 */
export function addressesIn(html: string): ReadonlySet<string> {
  const text = html.replaceAll('<wbr>', '');
  const parts = [text, ...text.split(SEPARATORS).map((part) => part.replace(EDGE_MARKS, ''))];
  return new Set(
    parts.flatMap((part) => {
      const address = part.includes('@') ? canonicalEmail(part) : undefined;
      return address?.ok === true ? [address.email] : [];
    }),
  );
}

/**
 * A JSON document without the texts that hold an address; they become empty, and so do names of fields that do.
 * @param email canonical
 */
export function withoutAddress(json: string, email: string): string {
  return JSON.stringify(cleared(JSON.parse(json), (text) => addressesIn(text).has(email)));
}

function cleared(value: unknown, isAbout: (text: string) => boolean): unknown {
  if (typeof value === 'string') return isAbout(value) ? '' : value;
  if (Array.isArray(value)) return value.map((one) => cleared(one, isAbout));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [isAbout(name) ? '' : name, cleared(part, isAbout)]),
  );
}
