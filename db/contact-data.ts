import { asc, eq, inArray, or, type SQL } from 'drizzle-orm';
import { type EntryHistory, entryHistory } from './entry-history.ts';
import { leadOf } from './leads.ts';
import type { Executor } from './pool.ts';
import { sittingsMentioning } from './quarantine-mentions.ts';
import { figuresOfContact } from './quiz-month-figures.ts';
import { type ReportMention, reportsNaming } from './report-recipients.ts';
import { engagements, eventRuns, events } from './schema-events.ts';
import { exposures, journeyRuns } from './schema-journeys.ts';
import type { leadCrossings, leadScoreHistory, leadScores } from './schema-leads.ts';
import { messages, notifications } from './schema-messages.ts';
import { contactResources, contacts, erasures, suppressions } from './schema-people.ts';
import type { quizMonthFigures } from './schema-quiz.ts';

type Row<Table extends { readonly $inferSelect: object }> = Table['$inferSelect'];

/** All that our tables hold of one person, as it is there. */
export interface ContactData extends EntryHistory {
  readonly contact: Row<typeof contacts> | undefined;
  readonly resources: readonly Row<typeof contactResources>[];
  readonly events: readonly Row<typeof events>[];
  readonly eventRuns: readonly Row<typeof eventRuns>[];
  readonly messages: readonly Row<typeof messages>[];
  readonly engagements: readonly Row<typeof engagements>[];
  readonly journeyRuns: readonly Row<typeof journeyRuns>[];
  readonly exposures: readonly Row<typeof exposures>[];
  readonly notifications: readonly Row<typeof notifications>[];
  readonly leadScores: readonly Row<typeof leadScores>[];
  readonly leadScoreHistory: readonly Row<typeof leadScoreHistory>[];
  readonly leadCrossings: readonly Row<typeof leadCrossings>[];
  /** Reports, with the numbers of their versions, that are sent to them or theirs. */
  readonly reports: readonly ReportMention[];
  readonly quizMonthFigures: readonly Row<typeof quizMonthFigures>[];
  readonly suppressions: readonly Row<typeof suppressions>[];
  readonly erasures: readonly Row<typeof erasures>[];
}

/** Whose data: the canonical address and the keyed hash of it. */
export interface PersonKeys {
  readonly email: string;
  readonly addressHash: string;
}

export async function contactData(db: Executor, { email, addressHash }: PersonKeys): Promise<ContactData> {
  const [contact] = await db.select().from(contacts).where(eq(contacts.email, email));
  // No row has the id 0: without a contact nothing is found by it.
  const contactId = contact?.id ?? 0;
  const [history, theirEvents, theirMessages, byContact] = await Promise.all([
    entryHistory(db, email),
    db.select().from(events).where(eq(events.contactId, contactId)).orderBy(asc(events.id)),
    db
      .select()
      .from(messages)
      .where(or(eq(messages.contactId, contactId), eq(messages.email, email)))
      .orderBy(asc(messages.id)),
    rowsOfContact(db, contactId),
  ]);
  const [runs, told, listed, erased, held, reports] = await Promise.all([
    rowsIn(
      theirEvents.map(({ id }) => id),
      (ids) => db.select().from(eventRuns).where(inArray(eventRuns.eventId, ids)).orderBy(asc(eventRuns.id)),
    ),
    engagementsOf(db, { contactId, messageIds: theirMessages.map(({ id }) => id) }),
    db.select().from(suppressions).where(eq(suppressions.addressHash, addressHash)),
    db.select().from(erasures).where(eq(erasures.addressHash, addressHash)),
    sittingsMentioning(db, email),
    reportsNaming(db, email),
  ]);
  return {
    contact,
    ...byContact,
    events: theirEvents,
    eventRuns: runs,
    messages: theirMessages,
    engagements: told,
    reports,
    suppressions: listed,
    erasures: erased,
    ...history,
    held,
  };
}

async function rowsOfContact(db: Executor, contactId: number) {
  const [resources, runs, arms, alerts, lead, figures] = await Promise.all([
    db.select().from(contactResources).where(eq(contactResources.contactId, contactId)),
    db.select().from(journeyRuns).where(eq(journeyRuns.contactId, contactId)).orderBy(asc(journeyRuns.id)),
    db.select().from(exposures).where(eq(exposures.contactId, contactId)).orderBy(asc(exposures.id)),
    db
      .select()
      .from(notifications)
      .where(eq(notifications.contactId, contactId))
      .orderBy(asc(notifications.id)),
    leadOf(db, contactId),
    figuresOfContact(db, contactId),
  ]);
  return {
    resources,
    journeyRuns: runs,
    exposures: arms,
    notifications: alerts,
    ...lead,
    quizMonthFigures: figures,
  };
}

async function engagementsOf(
  db: Executor,
  { contactId, messageIds }: { readonly contactId: number; readonly messageIds: readonly number[] },
) {
  const isTheirs: SQL | undefined =
    messageIds.length === 0
      ? eq(engagements.contactId, contactId)
      : or(eq(engagements.contactId, contactId), inArray(engagements.messageId, [...messageIds]));
  return db.select().from(engagements).where(isTheirs).orderBy(asc(engagements.id));
}

async function rowsIn<Result>(
  ids: readonly number[],
  find: (ids: number[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  return ids.length === 0 ? [] : find([...ids]);
}
