import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Executor } from './pool.ts';
import { exposures } from './schema-journeys.ts';

/** The arms that were drawn for these people before, by contact. */
export async function armsOfPeople(
  db: Executor,
  { experiment, contactIds }: { readonly experiment: string; readonly contactIds: readonly number[] },
): Promise<ReadonlyMap<number, string>> {
  if (contactIds.length === 0) return new Map();
  const rows = await db
    .select({ contactId: exposures.contactId, arm: exposures.arm })
    .from(exposures)
    .where(and(eq(exposures.experiment, experiment), inArray(exposures.contactId, [...contactIds])));
  return new Map(rows.map(({ contactId, arm }) => [contactId, arm]));
}

/** Keeps who has which arm; what is kept already stays. */
export async function keepArms(
  db: Executor,
  {
    experiment,
    people,
    now,
  }: {
    readonly experiment: string;
    readonly people: readonly { readonly contactId: number; readonly arm: string }[];
    readonly now: Date;
  },
): Promise<void> {
  if (people.length === 0) return;
  await db
    .insert(exposures)
    .values(people.map(({ contactId, arm }) => ({ experiment, contactId, arm, exposedAt: now })))
    .onDuplicateKeyUpdate({ set: { arm: sql`${exposures.arm}` } });
}
