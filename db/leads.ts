import { asc, desc, eq, sql } from 'drizzle-orm';
import { type Band, HOT_FROM, WARM_FROM } from '../domain/lead-score.ts';
import type { Executor } from './pool.ts';
import { leadCrossings, leadScoreHistory, leadScores } from './schema-leads.ts';
import { contacts } from './schema-people.ts';

const LEAST: Readonly<Record<Band, number>> = { hot: HOT_FROM, warm: WARM_FROM, cold: 1 };

/** Leads of this band or a warmer one, the warmest first. */
export async function listLeads(
  db: Executor,
  { band, limit }: { readonly band: Band; readonly limit: number },
) {
  return db
    .select({
      contactId: leadScores.contactId,
      email: contacts.email,
      name: sql<string | null>`COALESCE(${contacts.name}, ${contacts.firstName})`,
      score: leadScores.score,
      previous: leadScores.previous,
      points: leadScores.points,
      scoredAt: leadScores.scoredAt,
    })
    .from(leadScores)
    .innerJoin(contacts, eq(contacts.id, leadScores.contactId))
    .where(sql`${leadScores.score} >= ${LEAST[band]} AND ${contacts.erasedAt} IS NULL`)
    .orderBy(desc(leadScores.score), asc(leadScores.contactId))
    .limit(limit);
}

/** How many leads there are of each band; who never did anything has no score and is not counted. */
export async function countLeads(db: Executor): Promise<Readonly<Record<Band, number>>> {
  const [[row]] = (await db.execute(sql`
    SELECT SUM(score >= ${HOT_FROM}) AS hot, SUM(score >= ${WARM_FROM} AND score < ${HOT_FROM}) AS warm,
           SUM(score < ${WARM_FROM}) AS cold
    FROM ${leadScores}`)) as unknown as readonly [readonly Readonly<Record<Band, string | null>>[]];
  return { hot: Number(row?.hot ?? 0), warm: Number(row?.warm ?? 0), cold: Number(row?.cold ?? 0) };
}

/** All that is kept of one lead: score (one row, or none), its changes and the crossings, oldest first. */
export async function leadOf(db: Executor, contactId: number) {
  const [scores, history, crossings] = await Promise.all([
    db.select().from(leadScores).where(eq(leadScores.contactId, contactId)),
    db
      .select()
      .from(leadScoreHistory)
      .where(eq(leadScoreHistory.contactId, contactId))
      .orderBy(asc(leadScoreHistory.scoredAt)),
    db
      .select()
      .from(leadCrossings)
      .where(eq(leadCrossings.contactId, contactId))
      .orderBy(asc(leadCrossings.number)),
  ]);
  return { leadScores: scores, leadScoreHistory: history, leadCrossings: crossings };
}

/** Takes out what describes a person. That they became hot or cold stays, as a number among others. */
export async function eraseLead(tx: Executor, contactId: number): Promise<void> {
  await tx.delete(leadScores).where(eq(leadScores.contactId, contactId));
  await tx.delete(leadScoreHistory).where(eq(leadScoreHistory.contactId, contactId));
  for (const notice of ['channel', 'mail'] as const) {
    await tx.execute(sql`
      UPDATE ${leadCrossings}
      SET ${sql.raw(`${notice}_state`)} = 'dropped', ${sql.raw(`${notice}_reason`)} = 'erased'
      WHERE contact_id = ${contactId} AND ${sql.raw(`${notice}_state`)} = 'open'`);
  }
}
