import { LIST_MISSING } from '../brevo/errors.ts';
import { SluiceError } from '../domain/errors.ts';

/** Stops the delivery: with a wrong list every contact would be refused. */
export function listMissing(listId: number): SluiceError {
  return new SluiceError(`Brevo has no list ${listId}`, {
    code: LIST_MISSING,
    sort: 'stop',
    hint: 'Set BREVO_LANGUAGE_LIST_ID and BREVO_NON_LANGUAGE_LIST_ID to lists of this account (sluice brevo setup shows them) and restart the worker; no change is lost.',
  });
}
