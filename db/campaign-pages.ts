import { and, asc, count, desc, eq, inArray, isNotNull, min, notInArray, sql, sum } from 'drizzle-orm';
import { batchPrefix, type PassedPage, pageBatch } from '../domain/campaigns/run.ts';
import type { BatchCounts } from '../domain/sending/message.ts';
import type { Executor } from './pool.ts';
import { campaignPages } from './schema-campaigns.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

export type CampaignPage = typeof campaignPages.$inferSelect;
export type NewCampaignPage = Omit<typeof campaignPages.$inferInsert, 'id'>;

export async function lastPage(db: Executor, runId: number): Promise<CampaignPage | undefined> {
  const [row] = await db
    .select()
    .from(campaignPages)
    .where(eq(campaignPages.runId, runId))
    .orderBy(desc(campaignPages.page))
    .limit(1);
  return row;
}

/** Once by its number. */
export async function addPage(db: Executor, page: NewCampaignPage): Promise<void> {
  await db
    .insert(campaignPages)
    .values(page)
    .onDuplicateKeyUpdate({ set: { page: page.page } });
}

export async function notePages(
  db: Executor,
  { runId, passed }: { readonly runId: number; readonly passed: readonly PassedPage[] },
): Promise<void> {
  for (const { page, nextAt, accepted, rejected, withheld, uncertain } of passed) {
    await db
      .update(campaignPages)
      .set({
        nextAt: nextAt === undefined ? null : new Date(nextAt),
        accepted,
        rejected,
        withheld,
        uncertain,
      })
      .where(and(eq(campaignPages.runId, runId), eq(campaignPages.page, page)));
  }
}

/** Pages that are to be looked at, the earliest first, but for those that somebody has in hand. */
export async function openPages(
  db: Executor,
  { runId, busy, most }: { readonly runId: number; readonly busy: readonly number[]; readonly most: number },
): Promise<readonly { readonly page: number; readonly nextAt: Date }[]> {
  const rows = await db
    .select({ page: campaignPages.page, nextAt: campaignPages.nextAt })
    .from(campaignPages)
    .where(
      and(
        eq(campaignPages.runId, runId),
        isNotNull(campaignPages.nextAt),
        busy.length === 0 ? undefined : notInArray(campaignPages.page, [...busy]),
      ),
    )
    .orderBy(asc(campaignPages.nextAt), asc(campaignPages.page))
    .limit(most);
  return rows.flatMap(({ page, nextAt }) => (nextAt === null ? [] : [{ page, nextAt }]));
}

/** Sums over the pages of a run, as of the last look at each. */
export interface PageTotals extends BatchCounts {
  readonly pages: number;
  readonly openPages: number;
  readonly people: number;
  readonly mails: number;
  readonly firstDueAt: Date | undefined;
}

const total = (
  column: (typeof campaignPages)['people' | 'mails' | 'accepted' | 'rejected' | 'withheld' | 'uncertain'],
) => sum(column).mapWith(Number);

export async function pageTotals(db: Executor, runId: number): Promise<PageTotals> {
  const [row] = await db
    .select({
      pages: count(),
      openPages: count(campaignPages.nextAt),
      people: total(campaignPages.people),
      mails: total(campaignPages.mails),
      accepted: total(campaignPages.accepted),
      rejected: total(campaignPages.rejected),
      withheld: total(campaignPages.withheld),
      uncertain: total(campaignPages.uncertain),
      firstDueAt: min(campaignPages.dueAt),
    })
    .from(campaignPages)
    .where(eq(campaignPages.runId, runId));
  return {
    pages: row?.pages ?? 0,
    openPages: row?.openPages ?? 0,
    people: row?.people ?? 0,
    mails: row?.mails ?? 0,
    accepted: row?.accepted ?? 0,
    rejected: row?.rejected ?? 0,
    withheld: row?.withheld ?? 0,
    uncertain: row?.uncertain ?? 0,
    firstDueAt: row?.firstDueAt ?? undefined,
  };
}

/** The form of `messages.params`, with nothing in it. */
const NO_PARAMS = JSON.stringify({ given: {}, contact: {} });
const ROWS_A_STATEMENT = 5_000;

/**
 * Closes every mail of a run that nobody has tried to send, some thousand at a time.
 * @param onRows after each statement: a long closing stays alive by it
 * @returns how many were closed.
 */
export async function withholdRun(
  db: Executor,
  {
    runId,
    reason,
    now,
    onRows,
  }: {
    readonly runId: number;
    readonly reason: string;
    readonly now: Date;
    readonly onRows?: () => void;
  },
): Promise<number> {
  let closed = 0;
  for (;;) {
    const [{ affectedRows }] = await db
      .update(messages)
      .set({ state: 'withheld', reason, settledAt: now })
      .where(and(isOfRun(runId), eq(messages.state, 'prepared')))
      .limit(ROWS_A_STATEMENT);
    closed += affectedRows;
    if (affectedRows < ROWS_A_STATEMENT) return closed;
    onRows?.();
  }
}

/** Looks at every open page anew: those whose mails are all settled are closed, the others are due now. */
export async function recountPages(
  db: Executor,
  { runId, now }: { readonly runId: number; readonly now: Date },
): Promise<void> {
  const open = await openPages(db, { runId, busy: [], most: Number.MAX_SAFE_INTEGER });
  for (const { page } of open) {
    const rows = await db
      .select({ state: messages.state, number: count() })
      .from(messages)
      .where(and(eq(messages.batch, pageBatch({ runId, page })), isCounted()))
      .groupBy(messages.state);
    const of = (state: (typeof rows)[number]['state']) =>
      rows.find((row) => row.state === state)?.number ?? 0;
    const isOpen = of('prepared') + of('sending') > 0;
    await notePages(db, {
      runId,
      passed: [
        {
          page,
          nextAt: isOpen ? now.toISOString() : undefined,
          accepted: of('accepted'),
          rejected: of('rejected'),
          withheld: of('withheld'),
          uncertain: of('uncertain'),
        },
      ],
    });
  }
}

/**
 * Leaves these mails out from the start, or (their owners were erased while they were written) for good.
 * @param keys of mails that nobody can have tried yet
 */
export async function withholdPlanned(
  db: Executor,
  { keys, reason, now }: { readonly keys: readonly string[]; readonly reason: string; readonly now: Date },
): Promise<void> {
  if (keys.length === 0) return;
  await db
    .update(messages)
    .set({ state: 'withheld', reason, settledAt: now })
    .where(and(inArray(messages.messageKey, [...keys]), eq(messages.state, 'prepared')));
}

/** Whoever was erased while a page was written must not come back with it. */
export async function blankErased(
  db: Executor,
  { batch, now }: { readonly batch: string; readonly now: Date },
): Promise<void> {
  await db.execute(sql`
    UPDATE ${messages} JOIN ${contacts} ON ${contacts.id} = ${messages.contactId}
       SET ${messages.state} = IF(${messages.state} = 'prepared', 'withheld', ${messages.state}),
           ${messages.reason} = 'erased', ${messages.settledAt} = ${now}, ${messages.email} = '',
           ${messages.params} = ${NO_PARAMS}
     WHERE ${messages.batch} = ${batch} AND ${contacts.erasedAt} IS NOT NULL AND ${messages.email} <> ''`);
}

export function isOfRun(runId: number) {
  return sql`${messages.batch} LIKE ${`${batchPrefix(runId)}%`}`;
}

/** Of a mail that was sent once more the one that counts is the last. */
export function isCounted() {
  return sql`COALESCE(${messages.reason}, '') <> 'resent'`;
}
