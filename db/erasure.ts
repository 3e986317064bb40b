import { and, eq, gt, or } from 'drizzle-orm';
import { SluiceError } from '../domain/errors.ts';
import { blankFunnels } from './blank-funnels.ts';
import { blankContact, blankMentions } from './blank-person.ts';
import type { PersonKeys } from './contact-data.ts';
import { lockScoring } from './lead-scoring.ts';
import type { Database, Executor } from './pool.ts';
import { brevoChanges } from './schema.ts';
import { journeyRuns } from './schema-journeys.ts';
import { messages } from './schema-messages.ts';
import { contacts, erasures } from './schema-people.ts';
import { suppress } from './suppressions.ts';

/** A call that has been under way for longer has ended, whatever was noted of it. */
const CALL_MAY_RUN_MS = 120_000;

/**
 * The intent: from here on nobody mails the address, nobody takes it in, and the erasure counts as begun until
 * `completeErasure`.
 */
export async function beginErasure(
  database: Database,
  { addressHash, now }: { readonly addressHash: string; readonly now: Date },
): Promise<void> {
  await database.orm.transaction(async (tx) => {
    await suppress(tx, [{ addressHash, scope: 'all', reason: 'erased', source: 'erasure', since: now }]);
    await tx
      .insert(erasures)
      .values({ addressHash, requestedAt: now })
      .onDuplicateKeyUpdate({ set: { completedAt: null } });
  });
}

/** Workflow ids of the person's journeys that have not ended. */
export async function runningJourneys(db: Executor, email: string): Promise<readonly string[]> {
  const rows = await db
    .select({ workflowId: journeyRuns.workflowId })
    .from(journeyRuns)
    .innerJoin(contacts, eq(contacts.id, journeyRuns.contactId))
    .where(and(eq(contacts.email, email), eq(journeyRuns.state, 'running')));
  return rows.map(({ workflowId }) => workflowId);
}

/** A journey whose workflow is not there: it never began, or its history is gone. */
export async function noteStopped(
  db: Executor,
  { workflowId, now }: { readonly workflowId: string; readonly now: Date },
): Promise<void> {
  await db
    .update(journeyRuns)
    .set({ state: 'stopped', reason: 'erasure', endedAt: now, dueAt: null })
    .where(and(eq(journeyRuns.workflowId, workflowId), eq(journeyRuns.state, 'running')));
}

/**
 * Blanks everything that our tables hold of a person, in one transaction. Rows that counts rest on stay, under a
 * pseudonym that is the same in all tables.
 * @throws SluiceError `erasure_waits` while a call with the address may be under way; nothing is changed then.
 */
export async function blankPerson(
  database: Database,
  { email, addressHash, now }: PersonKeys & { readonly now: Date },
): Promise<void> {
  await database.orm.transaction(async (tx) => {
    await lockScoring(tx);
    // The contact's row first, as everybody does who decides about mails to a person.
    const [contact] = await tx
      .select({ id: contacts.id })
      .from(contacts)
      .where(eq(contacts.email, email))
      .for('update');
    await refuseWhileCalling(tx, { email, contactId: contact?.id ?? 0, now });
    await blankFunnels(tx, { email, addressHash, now });
    await blankContact(tx, { email, contactId: contact?.id, now });
    await blankMentions(tx, { email, contactId: contact?.id });
  });
}

/** What has gone out of these rows may reach Brevo after the contact was deleted there, and bring it back. */
async function refuseWhileCalling(
  tx: Executor,
  { email, contactId, now }: { readonly email: string; readonly contactId: number; readonly now: Date },
): Promise<void> {
  const since = new Date(now.getTime() - CALL_MAY_RUN_MS);
  const changes = await tx
    .select({ state: brevoChanges.state })
    .from(brevoChanges)
    .where(eq(brevoChanges.email, email))
    .for('update');
  const mails = await tx
    .select({ id: messages.id })
    .from(messages)
    .where(
      and(
        or(eq(messages.contactId, contactId), eq(messages.email, email)),
        eq(messages.state, 'sending'),
        gt(messages.triedAt, since),
      ),
    )
    .for('update');
  if (mails.length === 0 && !changes.some(({ state }) => state === 'sending')) return;
  throw new SluiceError('a call to Brevo about this person is under way', {
    code: 'erasure_waits',
    sort: 'retry',
    hint: 'Nobody mails the address any more. Run the command again in a minute, with a worker running, to complete the erasure.',
  });
}

/** Brevo has confirmed that it has no such contact. */
export async function completeErasure(
  db: Executor,
  { addressHash, now }: { readonly addressHash: string; readonly now: Date },
): Promise<void> {
  await db
    .update(erasures)
    .set({ brevoDeletedAt: now, completedAt: now })
    .where(eq(erasures.addressHash, addressHash));
}
