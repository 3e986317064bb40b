import { findContact, type JourneyRun, listRuns, loadRun } from '../../db/journey-runs.ts';
import type { Executor } from '../../db/pool.ts';
import { UsageError } from '../../domain/errors.ts';
import { parseEmail } from '../email-argument.ts';
import { visibleText } from '../visible-text.ts';

/** @throws UsageError when nobody has the address */
export async function contactOf(db: Executor, written: string): Promise<number> {
  const contact = await findContact(db, parseEmail(written));
  if (contact !== undefined) return contact.id;
  throw new UsageError('there is no contact with this address', 'Contacts come with events: docs/events.md.');
}

/** @throws UsageError for a number that no run has */
export async function runOf(db: Executor, word: string): Promise<JourneyRun> {
  const run = /^\d{1,15}$/.test(word) ? await loadRun(db, Number(word)) : undefined;
  if (run !== undefined) return run;
  throw new UsageError(`there is no run "${visibleText(word)}"`, 'sluice journeys runs shows their numbers.');
}

/** Runs of a person that are under way. */
export async function runningRuns(db: Executor, contactId: number): Promise<readonly JourneyRun[]> {
  return listRuns(db, { contactId, states: ['running'], limit: 1000 });
}
