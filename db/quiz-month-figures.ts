import { and, asc, eq, gt, inArray, like, lt, sql } from 'drizzle-orm';
import type { MonthFigures } from '../domain/quiz/figures.ts';
import type { Executor } from './pool.ts';
import { contactResources } from './schema-people.ts';
import { quizMonthFigures } from './schema-quiz.ts';

export interface CountedMonth {
  readonly userId: number;
  readonly figures: MonthFigures;
}

const RESOURCE = 'quiz-user.';

/** Name under which a user of the quiz is a contact of ours. */
export function quizResource(userId: number): string {
  return `${RESOURCE}${userId}`;
}

/** Keeps what a run has counted; a repetition replaces it. */
export async function keepFigures(
  db: Executor,
  {
    snapshot,
    months,
    now,
  }: { readonly snapshot: string; readonly months: readonly CountedMonth[]; readonly now: Date },
): Promise<void> {
  if (months.length === 0) return;
  await db
    .insert(quizMonthFigures)
    .values(
      months.map(({ userId, figures }) => ({
        snapshot,
        userId,
        figures: JSON.stringify(figures),
        countedAt: now,
      })),
    )
    .onDuplicateKeyUpdate({
      set: { figures: sql`VALUES(figures)`, countedAt: sql`VALUES(counted_at)` },
    });
}

/** A page of what a run has counted, in the order of user ids. */
export async function keptFigures(
  db: Executor,
  {
    snapshot,
    after,
    limit,
    userIds,
  }: {
    readonly snapshot: string;
    readonly after: number;
    readonly limit: number;
    /** Only these; undefined: all. */
    readonly userIds: readonly number[] | undefined;
  },
): Promise<readonly CountedMonth[]> {
  const rows = await db
    .select({ userId: quizMonthFigures.userId, figures: quizMonthFigures.figures })
    .from(quizMonthFigures)
    .where(
      and(
        eq(quizMonthFigures.snapshot, snapshot),
        gt(quizMonthFigures.userId, after),
        userIds === undefined ? undefined : inArray(quizMonthFigures.userId, [...userIds]),
      ),
    )
    .orderBy(asc(quizMonthFigures.userId))
    .limit(limit);
  return rows.map(({ userId, figures }) => ({ userId, figures: JSON.parse(figures) as MonthFigures }));
}

const ROWS_AT_ONCE = 5_000;

/** Deletes what a run has counted, and what runs that never came to their end left behind. */
export async function dropFigures(
  db: Executor,
  { snapshot, leftBefore }: { readonly snapshot: string; readonly leftBefore: Date },
): Promise<void> {
  for (const which of [eq(quizMonthFigures.snapshot, snapshot), lt(quizMonthFigures.countedAt, leftBefore)]) {
    for (;;) {
      const [{ affectedRows }] = await db.delete(quizMonthFigures).where(which).limit(ROWS_AT_ONCE);
      if (affectedRows < ROWS_AT_ONCE) break;
    }
  }
}

/** What is kept of one person at this moment, by the names under which the quiz knows the contact. */
export async function figuresOfContact(db: Executor, contactId: number) {
  const ids = await quizUserIds(db, contactId);
  return ids.length === 0
    ? []
    : db
        .select()
        .from(quizMonthFigures)
        .where(inArray(quizMonthFigures.userId, [...ids]));
}

export async function forgetFigures(db: Executor, contactId: number): Promise<void> {
  const ids = await quizUserIds(db, contactId);
  if (ids.length > 0) await db.delete(quizMonthFigures).where(inArray(quizMonthFigures.userId, [...ids]));
}

async function quizUserIds(db: Executor, contactId: number): Promise<readonly number[]> {
  const rows = await db
    .select({ resource: contactResources.resource })
    .from(contactResources)
    .where(and(eq(contactResources.contactId, contactId), like(contactResources.resource, `${RESOURCE}%`)));
  return rows.map(({ resource }) => Number(resource.slice(RESOURCE.length))).filter(Number.isSafeInteger);
}
