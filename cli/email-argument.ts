import { canonicalEmail, type EmailFault } from '../domain/email.ts';
import { UsageError } from '../domain/errors.ts';
import { visibleText } from './visible-text.ts';

const FAULTS: Readonly<Record<EmailFault, string>> = {
  no_email: 'is empty',
  invalid_email: 'is not a valid e-mail address',
  unsupported_email: 'has letters outside ASCII before the @, which Brevo refuses: nobody enters with it',
};

/** @returns the canonical address. @throws UsageError that says what is wrong with it. */
export function parseEmail(written: string): string {
  const address = canonicalEmail(written);
  if (address.ok) return address.email;
  throw new UsageError(
    `"${visibleText(written)}" ${FAULTS[address.fault]}`,
    'Sittings with such an address are in: sluice quarantine list.',
  );
}
