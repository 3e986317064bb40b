import { and, eq, inArray } from 'drizzle-orm';
import { ERASED_FINGERPRINT, pseudonymOf } from '../domain/erasure.ts';
import type { PersonKeys } from './contact-data.ts';
import type { Executor } from './pool.ts';
import { sittingsMentioning } from './quarantine-mentions.ts';
import { brevoChanges, certificatePurchases, funnelEntries, quarantine } from './schema.ts';

/** Blanks what the funnels hold of a person. Entries, purchases and changes stay, without the address. */
export async function blankFunnels(
  tx: Executor,
  { email, addressHash, now }: PersonKeys & { readonly now: Date },
): Promise<void> {
  const pseudonym = pseudonymOf(addressHash);
  await blankChanges(tx, { email, pseudonym, now });
  await blankEntries(tx, { email, pseudonym });
  await tx
    .update(certificatePurchases)
    .set({ email: pseudonym })
    .where(eq(certificatePurchases.email, email));
  await blankQuarantine(tx, email);
}

/** What had not gone out never will. */
async function blankChanges(
  tx: Executor,
  { email, pseudonym, now }: { readonly email: string; readonly pseudonym: string; readonly now: Date },
): Promise<void> {
  await tx
    .update(brevoChanges)
    .set({ state: 'rejected', code: 'erased', settledAt: now })
    .where(and(eq(brevoChanges.email, email), eq(brevoChanges.state, 'pending')));
  await tx.update(brevoChanges).set({ email: pseudonym }).where(eq(brevoChanges.email, email));
}

async function blankEntries(
  tx: Executor,
  { email, pseudonym }: { readonly email: string; readonly pseudonym: string },
): Promise<void> {
  await tx
    .update(funnelEntries)
    .set({ state: 'rejected', rejectedCode: 'erased' })
    .where(and(eq(funnelEntries.email, email), eq(funnelEntries.state, 'pending')));
  const [entries, former] = await Promise.all([
    tx.select().from(funnelEntries).where(eq(funnelEntries.email, email)).for('update'),
    tx.select().from(funnelEntries).where(eq(funnelEntries.email, pseudonym)),
  ]);
  for (const { id, funnelType } of entries) {
    // Erased once before, released and entered anew: the first entry has the pseudonym already.
    const isTaken = former.some((one) => one.funnelType === funnelType);
    await tx
      .update(funnelEntries)
      .set({ email: isTaken ? `${pseudonym}:${id}` : pseudonym })
      .where(eq(funnelEntries.id, id));
  }
}

/** Locking, so that a run that is just writing a sitting of this person is waited for. */
async function blankQuarantine(tx: Executor, email: string): Promise<void> {
  const theirs = (await sittingsMentioning(tx, email, 'locked')).map(({ id }) => id);
  if (theirs.length === 0) return;
  await tx
    .update(quarantine)
    .set({ rawEmail: null, reason: 'erased', fingerprint: ERASED_FINGERPRINT })
    .where(inArray(quarantine.id, theirs));
}
