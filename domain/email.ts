import { domainToASCII } from 'node:url';

/** Why a text is not an address that Brevo can take. The words are those of the quarantine. */
export type EmailFault = 'no_email' | 'invalid_email' | 'unsupported_email';

export type CanonicalEmail =
  | { readonly ok: true; readonly email: string }
  | { readonly ok: false; readonly fault: EmailFault };

// WHATWG HTML, "valid e-mail address": https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
const LOCAL = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+$/;
const DOMAIN =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

const EDGES = /^[\p{White_Space}\uFEFF]+|[\p{White_Space}\uFEFF]+$/gu;
// oxlint-disable-next-line no-control-regex -- "outside ASCII" is exactly what is meant
const NON_ASCII = /[^\x00-\x7F]/;
const NON_ASCII_ALL = new RegExp(NON_ASCII, 'gu');

const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/**
 * The canonical form under which a person is known everywhere: Unicode white space and U+FEFF stripped at both
 * ends, lower case, a non-ASCII domain in its ASCII form (UTS 46, non-transitional). Two texts are the same person
 * exactly when their canonical forms are equal byte for byte.
 *
 * Valid means valid by the WHATWG HTML rule with a local part of at most 64 and a whole of at most 254 characters,
 * counted on the canonical form. `unsupported_email` is an address whose only fault is a local part outside ASCII,
 * which Brevo refuses.
 */
export function canonicalEmail(raw: string | null): CanonicalEmail {
  const stripped = (raw ?? '').replace(EDGES, '');
  if (stripped === '') return fault('no_email');
  const at = stripped.lastIndexOf('@');
  if (at < 1) return fault('invalid_email');
  const writtenLocal = stripped.slice(0, at);
  const domain = canonicalDomain(stripped.slice(at + 1));
  if (domain === undefined) return fault('invalid_email');

  // Asked before lower-casing: KELVIN SIGN lower-cases to an ASCII k, and a look-alike must not become its twin.
  const foreign = NON_ASCII.test(writtenLocal);
  const local = writtenLocal.toLowerCase();
  const email = `${local}@${domain}`;
  const looksValid = LOCAL.test(foreign ? local.replace(NON_ASCII_ALL, 'x') : local);
  if (!looksValid || lengthOf(local) > MAX_LOCAL || lengthOf(email) > MAX_ADDRESS)
    return fault('invalid_email');
  return foreign ? fault('unsupported_email') : { ok: true, email };
}

function canonicalDomain(written: string): string | undefined {
  const ascii = NON_ASCII.test(written) ? toAscii(written) : written.toLowerCase();
  return ascii !== undefined && DOMAIN.test(ascii) ? ascii : undefined;
}

/** Node's conversion is that of a URL's host, so what only a URL would accept is refused here first. */
function toAscii(domain: string): string | undefined {
  const normalized = domain.normalize('NFKC');
  if (/[%/\\?#:@[\]]/.test(normalized)) return undefined;
  const ascii = domainToASCII(domain);
  // A host that ends in a number is read as an IPv4 address by a URL parser: not a mail domain.
  if (ascii === '' || /^[\d.]+$/.test(ascii)) return undefined;
  return ascii;
}

function lengthOf(value: string): number {
  return Array.from(value).length;
}

function fault(reason: EmailFault): CanonicalEmail {
  return { ok: false, fault: reason };
}
