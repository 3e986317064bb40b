import { and, eq, or, sql } from 'drizzle-orm';
import type { MySqlColumn, MySqlTable } from 'drizzle-orm/mysql-core';
import { addressesIn, withoutAddress } from '../domain/erasure.ts';
import { blankHotLeadMails } from './hot-leads.ts';
import { eraseLead } from './leads.ts';
import type { Executor } from './pool.ts';
import { forgetFigures } from './quiz-month-figures.ts';
import { forgetInReports } from './report-recipients.ts';
import { engagements, events } from './schema-events.ts';
import { messages } from './schema-messages.ts';
import { contactResources, contacts } from './schema-people.ts';
import { reportRuns } from './schema-reports.ts';

/** The form of `messages.params`, with nothing in it. */
const NO_PARAMS = JSON.stringify({ given: {}, contact: {} });

/** Blanks what events, mail and journeys hold of a person. Ids, times, states and templates stay: reports count them. */
export async function blankContact(
  tx: Executor,
  {
    email,
    contactId,
    now,
  }: { readonly email: string; readonly contactId: number | undefined; readonly now: Date },
): Promise<void> {
  const isTheirs = or(
    eq(messages.email, email),
    contactId === undefined ? undefined : eq(messages.contactId, contactId),
  );
  await tx
    .update(messages)
    .set({ state: 'withheld', reason: 'erased', settledAt: now })
    .where(and(isTheirs, eq(messages.state, 'prepared')));
  if (contactId !== undefined) await blankById(tx, { contactId, now });
  await forgetInReports(tx, { email, now });
  await tx.update(messages).set({ email: '', params: NO_PARAMS }).where(isTheirs);
}

async function blankById(
  tx: Executor,
  { contactId, now }: { readonly contactId: number; readonly now: Date },
): Promise<void> {
  const theirMessages = tx
    .select({ id: messages.id })
    .from(messages)
    .where(eq(messages.contactId, contactId));
  await tx
    .update(engagements)
    .set({ link: null })
    .where(or(eq(engagements.contactId, contactId), sql`${engagements.messageId} IN ${theirMessages}`));
  await tx
    .update(events)
    .set({ state: 'dispatched', dispatchedAt: now, retryAt: null })
    .where(and(eq(events.contactId, contactId), eq(events.state, 'accepted')));
  await tx.update(events).set({ data: '{}', resource: 'erased' }).where(eq(events.contactId, contactId));
  await eraseLead(tx, contactId);
  await blankHotLeadMails(tx, { contactId, now, params: NO_PARAMS });
  await forgetFigures(tx, contactId);
  await tx.delete(contactResources).where(eq(contactResources.contactId, contactId));
  await tx
    .update(contacts)
    .set({
      email: `erased:${contactId}`,
      firstName: null,
      name: null,
      timezone: null,
      fields: '{}',
      consent: 'withdrawn',
      consentAt: now,
      updatedAt: now,
      erasedAt: now,
    })
    .where(eq(contacts.id, contactId));
}

interface TextColumn {
  readonly table: MySqlTable & { readonly id: MySqlColumn };
  readonly column: MySqlColumn;
  readonly name: string;
}

/** JSON of other people's rows that may speak of this one (somebody who recommended them, for example). */
const DOCUMENTS: readonly TextColumn[] = [
  { table: events, column: events.data, name: 'data' },
  { table: contacts, column: contacts.fields, name: 'fields' },
  { table: messages, column: messages.params, name: 'params' },
  { table: reportRuns, column: reportRuns.request, name: 'request' },
  { table: reportRuns, column: reportRuns.body, name: 'body' },
];

/** Keys that senders make up may hold an address, too. */
const KEYS: readonly (TextColumn & { readonly owner: MySqlColumn })[] = [
  { table: events, column: events.eventId, name: 'eventId', owner: events.contactId },
  { table: messages, column: messages.messageKey, name: 'messageKey', owner: messages.contactId },
];

/** Takes the address out of keys, and out of rows that are about somebody else, or about nobody. */
export async function blankMentions(
  tx: Executor,
  { email, contactId }: { readonly email: string; readonly contactId: number | undefined },
): Promise<void> {
  for (const { table, column, name } of DOCUMENTS) {
    for (const { id, text } of await mentioning(tx, { table, column, email })) {
      const cleared = withoutAddress(text, email);
      if (cleared !== text)
        await tx
          .update(table)
          .set({ [name]: cleared })
          .where(eq(table.id, id));
    }
  }
  for (const { table, column, name, owner } of KEYS) {
    for (const { id, text, ownerId } of await mentioning(tx, { table, column, owner, email })) {
      // Of others only the address itself: a longer one that ends like it is theirs.
      if (ownerId !== contactId && !addressesIn(text).has(email)) continue;
      await tx
        .update(table)
        .set({ [name]: `erased:${id}` })
        .where(eq(table.id, id));
    }
  }
}

async function mentioning(
  tx: Executor,
  {
    table,
    column,
    owner = column,
    email,
  }: Omit<TextColumn, 'name'> & { readonly owner?: MySqlColumn; readonly email: string },
): Promise<readonly { readonly id: number; readonly text: string; readonly ownerId: unknown }[]> {
  const rows = await tx
    .select({ id: table.id, text: column, ownerId: owner })
    .from(table)
    // Tables in mails let long words be broken.
    .where(sql`LOCATE(${email}, REPLACE(LOWER(${column}), '<wbr>', '')) > 0`);
  return rows.map(({ id, text, ownerId }) => ({ id: Number(id), text: String(text), ownerId }));
}
