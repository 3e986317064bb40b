import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import { WARM_FROM } from '../domain/lead-score.ts';
import type { Executor } from './pool.ts';
import { leadCrossings, leadScores } from './schema-leads.ts';
import { messages } from './schema-messages.ts';
import { contacts } from './schema-people.ts';

/** The two ways in which sales is told; neither waits for the other. */
export type Notice = 'channel' | 'mail';

const stateOf = (notice: Notice) => sql.raw(`x.${notice}_state`);
const reasonOf = (notice: Notice) => sql.raw(`x.${notice}_reason`);

/** A lead that became hot, as it is told: what it was then, and what the person did in the last 24 hours. */
export interface HotLead {
  readonly crossingId: number;
  readonly contactId: number;
  /** The person's how manieth crossing. */
  readonly number: number;
  readonly crossedAt: Date;
  /** When it became hot, and now. */
  readonly score: number;
  readonly scoreNow: number;
  readonly opens: number;
  readonly clicks: number;
  readonly replies: number;
  readonly pageViews: number;
  readonly minutes: number;
  readonly salesPageVisits: number;
}

/**
 * Drops what is no news any more: of who is cold again, of who has been erased, and the earlier of two crossings of the
 * same person. @returns how many.
 */
export async function dropStaleNews(db: Executor): Promise<number> {
  let dropped = 0;
  for (const notice of ['channel', 'mail'] as const) {
    const state = stateOf(notice);
    const [{ affectedRows }] = (await db.execute(sql`
      UPDATE ${leadCrossings} x
      LEFT JOIN ${leadScores} s ON s.contact_id = x.contact_id
      LEFT JOIN ${contacts} c ON c.id = x.contact_id AND c.erased_at IS NULL
      LEFT JOIN ${leadCrossings} later
        ON later.contact_id = x.contact_id AND later.number > x.number AND later.direction = 'hot'
      SET ${state} = 'dropped',
          ${reasonOf(notice)} = IF(c.id IS NULL, 'erased', IF(later.id IS NULL, 'cold_again', 'hot_again'))
      WHERE ${state} = 'open'
        AND (c.id IS NULL OR later.id IS NOT NULL OR s.contact_id IS NULL OR s.score < ${WARM_FROM})`)) as unknown as readonly [
      { readonly affectedRows: number },
    ];
    dropped += affectedRows;
  }
  return dropped;
}

/** Hot leads that nobody was told of by this way, those who waited longest first. */
export async function untoldLeads(
  db: Executor,
  { notice, limit }: { readonly notice: Notice; readonly limit: number },
): Promise<readonly HotLead[]> {
  return db
    .select({
      crossingId: leadCrossings.id,
      contactId: leadCrossings.contactId,
      number: leadCrossings.number,
      crossedAt: leadCrossings.crossedAt,
      score: leadCrossings.score,
      scoreNow: leadScores.score,
      opens: leadScores.opens,
      clicks: leadScores.clicks,
      replies: leadScores.replies,
      pageViews: leadScores.pageViews,
      minutes: leadScores.minutes,
      salesPageVisits: leadScores.salesPageVisits,
    })
    .from(leadCrossings)
    .innerJoin(leadScores, eq(leadScores.contactId, leadCrossings.contactId))
    .innerJoin(contacts, and(eq(contacts.id, leadCrossings.contactId), isNull(contacts.erasedAt)))
    .where(eq(notice === 'mail' ? leadCrossings.mailState : leadCrossings.channelState, 'open'))
    .orderBy(asc(leadCrossings.id))
    .limit(limit);
}

export async function countUntold(db: Executor): Promise<Readonly<Record<Notice, number>>> {
  const [[row]] = (await db.execute(sql`
    SELECT (SELECT COUNT(*) FROM ${leadCrossings} WHERE channel_state = 'open') AS channel,
           (SELECT COUNT(*) FROM ${leadCrossings} WHERE mail_state = 'open') AS mail`)) as unknown as readonly [
    readonly Readonly<Record<Notice, number>>[],
  ];
  return { channel: row?.channel ?? 0, mail: row?.mail ?? 0 };
}

/** A call is about to be made. @returns false where another run is making it, or made it. */
export async function claimCall(
  db: Executor,
  { crossingId, now }: { readonly crossingId: number; readonly now: Date },
): Promise<boolean> {
  const [{ affectedRows }] = await db
    .update(leadCrossings)
    .set({ channelState: 'calling', channelReason: null, channelTriedAt: now })
    .where(and(eq(leadCrossings.id, crossingId), eq(leadCrossings.channelState, 'open')));
  return affectedRows === 1;
}

/** Notes how a call ended; `open`: it was certainly not taken, and is made again. */
export async function settleCall(
  db: Executor,
  {
    crossingId,
    state,
    reason,
    now,
  }: {
    readonly crossingId: number;
    readonly state: 'open' | 'told' | 'unconfirmed' | 'refused';
    readonly reason: string | undefined;
    readonly now: Date;
  },
): Promise<void> {
  const isOut = state === 'told' || state === 'unconfirmed';
  await db
    .update(leadCrossings)
    .set({
      channelState: state,
      channelReason: reason ?? null,
      ...(isOut ? { toldAt: sql`COALESCE(${leadCrossings.toldAt}, ${now})` } : {}),
    })
    .where(and(eq(leadCrossings.id, crossingId), eq(leadCrossings.channelState, 'calling')));
}

/** Calls whose worker died before it noted how they ended: nobody can tell whether they were taken. */
export async function settleLostCalls(
  db: Executor,
  { before, now }: { readonly before: Date; readonly now: Date },
): Promise<number> {
  const [{ affectedRows }] = await db
    .update(leadCrossings)
    .set({
      channelState: 'unconfirmed',
      channelReason: 'worker_died',
      toldAt: sql`COALESCE(${leadCrossings.toldAt}, ${now})`,
    })
    .where(and(eq(leadCrossings.channelState, 'calling'), lt(leadCrossings.channelTriedAt, before)));
  return affectedRows;
}

/** Their mails are in the ledger, which sees to the rest. */
export async function noteMailsPlanned(
  db: Executor,
  { crossingIds, now }: { readonly crossingIds: readonly number[]; readonly now: Date },
): Promise<void> {
  if (crossingIds.length === 0) return;
  await db
    .update(leadCrossings)
    .set({ mailState: 'told', toldAt: sql`COALESCE(${leadCrossings.toldAt}, ${now})` })
    .where(and(inArray(leadCrossings.id, [...crossingIds]), eq(leadCrossings.mailState, 'open')));
}

/** Nobody is to be told by this way: there is no channel, or no recipient. */
export async function dropNotices(
  db: Executor,
  { notice, reason }: { readonly notice: Notice; readonly reason: string },
): Promise<number> {
  const [{ affectedRows }] = (await db.execute(sql`
    UPDATE ${leadCrossings} x SET ${stateOf(notice)} = 'dropped', ${reasonOf(notice)} = ${reason}
    WHERE ${stateOf(notice)} = 'open'`)) as unknown as readonly [{ readonly affectedRows: number }];
  return affectedRows;
}

/** Beginning of the keys of all mails about one lead. */
export function hotLeadKey(contactId: number): string {
  return `hot-lead/${contactId}/`;
}

/** Mails to colleagues that describe the lead: what is in them goes, and those that are not out yet stay here. */
export async function blankHotLeadMails(
  tx: Executor,
  { contactId, now, params }: { readonly contactId: number; readonly now: Date; readonly params: string },
): Promise<void> {
  const isAboutThem = sql`${messages.messageKey} LIKE ${`${hotLeadKey(contactId)}%`}`;
  await tx
    .update(messages)
    .set({ state: 'withheld', reason: 'erased', settledAt: now })
    .where(and(isAboutThem, eq(messages.state, 'prepared')));
  await tx.update(messages).set({ params }).where(isAboutThem);
}
