/** The WHATWG HTML rule for an e-mail address, which is ASCII only, as Brevo is. */
const ADDRESS =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** How Brevo stores and compares an address: trimmed and lower-case. */
export function canonicalEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** Whether a canonical address is one that Brevo takes: local part ≤ 64, whole ≤ 254. */
export function isEmailAddress(email: string): boolean {
  return email.length <= 254 && email.indexOf('@') <= 64 && ADDRESS.test(email);
}
