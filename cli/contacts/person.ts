import { loadSettings, required, type Settings } from '../../config.ts';
import type { PersonKeys } from '../../db/contact-data.ts';
import { SluiceError } from '../../domain/errors.ts';
import { addressHash } from '../../mail/keys.ts';
import { parseEmail } from '../email-argument.ts';

/** A person as commands name them. */
export interface NamedPerson extends PersonKeys {
  readonly settings: Settings;
}

/** @throws SluiceError `setting_missing` without SLUICE_SECRET, by which addresses are recognised. */
export function namedPerson(written: string): NamedPerson {
  const email = parseEmail(written);
  const settings = loadSettings();
  return { settings, email, addressHash: addressHash(required('SLUICE_SECRET', settings.secret), email) };
}

/** @throws SluiceError `dry_run` */
export function refuseDryRun({ dryRun }: Settings): void {
  if (!dryRun) return;
  throw new SluiceError('nothing is written while APP_DRY_RUN is true', {
    code: 'dry_run',
    hint: 'Set APP_DRY_RUN=false.',
  });
}
