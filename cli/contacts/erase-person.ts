import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { BrevoClient } from '../../brevo/client.ts';
import { deleteContact } from '../../brevo/contacts.ts';
import type { PersonKeys } from '../../db/contact-data.ts';
import {
  beginErasure,
  blankPerson,
  completeErasure,
  noteStopped,
  runningJourneys,
} from '../../db/erasure.ts';
import type { Database } from '../../db/pool.ts';
import { stopSignal } from '../../workflows/journey/messages.ts';

export interface ErasureReport {
  readonly journeysStopped: number;
  /** `unknown`: Brevo had no such contact. */
  readonly brevo: 'deleted' | 'unknown';
}

/**
 * Erases a person. Each step may be repeated, and the command that broke off is completed by the same command: first
 * nobody mails the address or takes it in any more, then its journeys end, then our rows are blanked, from which nothing
 * can go out any more, and last the contact is deleted at Brevo.
 * @throws SluiceError `erasure_waits` while a call with the address may be under way.
 */
export async function erasePerson({
  database,
  client,
  brevo,
  email,
  addressHash,
}: PersonKeys & {
  readonly database: Database;
  readonly client: Client;
  readonly brevo: BrevoClient;
}): Promise<ErasureReport> {
  const now = new Date();
  await beginErasure(database, { addressHash, now });
  const journeys = await runningJourneys(database.orm, email);
  for (const workflowId of journeys) await stopJourney({ client, database, workflowId, now });
  await blankPerson(database, { email, addressHash, now });
  const answer = await deleteContact(brevo, email);
  await completeErasure(database.orm, { addressHash, now: new Date() });
  return { journeysStopped: journeys.length, brevo: answer };
}

async function stopJourney({
  client,
  database,
  workflowId,
  now,
}: {
  readonly client: Client;
  readonly database: Database;
  readonly workflowId: string;
  readonly now: Date;
}): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal(stopSignal, { reason: 'erasure' });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    await noteStopped(database.orm, { workflowId, now });
  }
}
