import { and, asc, count, desc, eq, gt, sql } from 'drizzle-orm';
import type { MessageState } from '../domain/sending/message.ts';
import { isCounted, isOfRun } from './campaign-pages.ts';
import type { Message } from './messages.ts';
import type { Executor } from './pool.ts';
import { campaignPages } from './schema-campaigns.ts';
import { exposures } from './schema-journeys.ts';
import { messages } from './schema-messages.ts';

/** How many mails of a run have come to which end, and why. */
export function ledgerOfRun(
  db: Executor,
  runId: number,
): Promise<
  readonly { readonly state: MessageState; readonly reason: string | null; readonly mails: number }[]
> {
  return db
    .select({ state: messages.state, reason: messages.reason, mails: count() })
    .from(messages)
    .where(and(isOfRun(runId), isCounted()))
    .groupBy(messages.state, messages.reason)
    .orderBy(asc(messages.state), desc(count()));
}

export interface Response {
  readonly accepted: number;
  readonly delivered: number;
  readonly opened: number;
  readonly clicked: number;
  readonly bounced: number;
  readonly unsubscribed: number;
}

/** What webhooks have told of the run's mails, by arm; without arms one row with `arm` null. */
export async function responsesOfRun(
  db: Executor,
  { runId, experiment }: { readonly runId: number; readonly experiment: string },
): Promise<readonly (Response & { readonly arm: string | null })[]> {
  return db
    .select({
      arm: exposures.arm,
      accepted: count(),
      delivered: count(messages.deliveredAt),
      opened: count(messages.openedAt),
      clicked: count(messages.clickedAt),
      bounced: count(messages.bouncedAt),
      unsubscribed: count(messages.unsubscribedAt),
    })
    .from(messages)
    .leftJoin(
      exposures,
      and(eq(exposures.experiment, experiment), eq(exposures.contactId, messages.contactId)),
    )
    .where(and(isOfRun(runId), eq(messages.state, 'accepted')))
    .groupBy(exposures.arm)
    .orderBy(asc(exposures.arm));
}

/** When how many mails of a run are due, as they were planned; the earliest first. */
export async function dueTimesOfRun(
  db: Executor,
  runId: number,
): Promise<readonly { readonly dueAt: Date; readonly mails: number }[]> {
  return db
    .select({ dueAt: campaignPages.dueAt, mails: sql<number>`SUM(${campaignPages.mails})`.mapWith(Number) })
    .from(campaignPages)
    .where(eq(campaignPages.runId, runId))
    .groupBy(campaignPages.dueAt)
    .orderBy(asc(campaignPages.dueAt));
}

/** The run's rows of the ledger from behind one, in the order in which they were written. */
export async function recipientsOfRun(
  db: Executor,
  {
    runId,
    state,
    after,
    limit,
  }: {
    readonly runId: number;
    readonly state: MessageState | undefined;
    readonly after: number;
    readonly limit: number;
  },
): Promise<readonly Message[]> {
  return db
    .select()
    .from(messages)
    .where(
      and(
        isOfRun(runId),
        gt(messages.id, after),
        state === undefined ? undefined : eq(messages.state, state),
      ),
    )
    .orderBy(asc(messages.id))
    .limit(limit);
}
