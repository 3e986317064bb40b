import { eq, inArray, sql } from 'drizzle-orm';
import { correctionOf, type EntryCorrection, type ImportedEntry } from '../domain/entry-import.ts';
import { FUNNEL_TYPES, type FunnelType } from '../domain/funnels.ts';
import { personKey } from '../domain/intake.ts';
import { chunks } from './chunks.ts';
import { isLockTrouble } from './errno.ts';
import type { Database, Executor } from './pool.ts';
import { brevoChanges, funnelEntries } from './schema.ts';

/** What an import did, or would do. People, not rows. */
export interface ImportOutcome {
  readonly imported: Readonly<Record<FunnelType, number>>;
  /** Had an entry of ours that the old tool knew better: an earlier date of entry, or a purchase. */
  readonly corrected: number;
  readonly unchanged: number;
}

const PAGE = 1_000;
const TRIES = 5;

/** What `writeImport` would do now. Writes nothing. */
export async function planImport(db: Executor, people: readonly ImportedEntry[]): Promise<ImportOutcome> {
  const outcomes: ImportOutcome[] = [];
  for (const page of chunks(people, PAGE)) {
    const known = await knownEntries(db, page);
    const strangers = page.filter((one) => !known.has(personKey(one)));
    outcomes.push(
      outcomeOf(page, {
        imported: countByFunnel(strangers),
        corrected: correctionsOf(page, known).length,
      }),
    );
  }
  return sum(outcomes);
}

/**
 * Writes imported people, a page a transaction: an entry each, and accepted changes that keep everybody from being
 * told to Brevo again. Safe to repeat, and beside runs: whom a run took in meanwhile keeps that entry.
 */
export async function writeImport(
  database: Database,
  { people, runId }: { readonly people: readonly ImportedEntry[]; readonly runId: string },
): Promise<ImportOutcome> {
  const outcomes: ImportOutcome[] = [];
  for (const page of chunks(people, PAGE)) {
    outcomes.push(await tryAgain(() => database.orm.transaction((tx) => writePage(tx, { page, runId }))));
  }
  return sum(outcomes);
}

async function writePage(
  tx: Executor,
  { page, runId }: { readonly page: readonly ImportedEntry[]; readonly runId: string },
): Promise<ImportOutcome> {
  const imported = { language: 0, non_language: 0 };
  for (const funnel of FUNNEL_TYPES) {
    imported[funnel] = await insertNew(
      tx,
      page.filter((one) => one.funnel === funnel),
    );
  }
  // Read after the insert, which has locked what was there: nobody changes these rows until the end.
  const known = await knownEntries(tx, page, 'locked');
  const corrections = correctionsOf(page, known);
  for (const { id, correction } of corrections) await correct(tx, { id, correction });
  const ids = page.flatMap((one) => known.get(personKey(one))?.id ?? []);
  await noteAccepted(tx, { ids, runId });
  return outcomeOf(page, { imported, corrected: corrections.length });
}

async function insertNew(tx: Executor, people: readonly ImportedEntry[]): Promise<number> {
  if (people.length === 0) return 0;
  const [result] = await tx
    .insert(funnelEntries)
    .values(
      people.map(({ email, funnel, userId, testId, enteredAt, purchasedAt }) => ({
        email,
        funnelType: funnel,
        userId,
        testId,
        enteredAt: new Date(enteredAt),
        certificatePurchased: purchasedAt === undefined ? 0 : 1,
        certificatePurchasedAt: purchasedAt === undefined ? null : new Date(purchasedAt),
        state: 'in_brevo' as const,
        source: 'import' as const,
      })),
    )
    .onDuplicateKeyUpdate({ set: { id: sql`${funnelEntries.id}` } });
  return result.affectedRows;
}

async function correct(
  tx: Executor,
  { id, correction }: { readonly id: number; readonly correction: EntryCorrection },
): Promise<void> {
  const { enteredAt, purchasedAt } = correction;
  await tx
    .update(funnelEntries)
    .set({
      ...(enteredAt === undefined ? {} : { enteredAt: new Date(enteredAt) }),
      ...(purchasedAt === undefined
        ? {}
        : { certificatePurchased: 1, certificatePurchasedAt: new Date(purchasedAt) }),
    })
    .where(eq(funnelEntries.id, id));
}

/** Brevo heard of these from the old tool. A purchase without a payment id is one that only the old tool knew. */
async function noteAccepted(
  tx: Executor,
  { ids, runId }: { readonly ids: readonly number[]; readonly runId: string },
): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(sql`
    INSERT INTO ${brevoChanges}
      (change_key, entry_id, kind, email, funnel_type, state, settled_at, created_at, run_id)
    SELECT CONCAT('entry:', e.id), e.id, 'entry', e.email, e.funnel_type, 'accepted', e.entered_at,
      UTC_TIMESTAMP(3), ${runId}
    FROM ${funnelEntries} e
    WHERE e.id IN ${ids} AND e.source = 'import'
    ORDER BY e.id
    ON DUPLICATE KEY UPDATE id = ${brevoChanges}.id`);
  await tx.execute(sql`
    INSERT INTO ${brevoChanges}
      (change_key, entry_id, kind, email, funnel_type, purchased_on, state, settled_at, created_at, run_id)
    SELECT CONCAT('purchase:', e.id), e.id, 'purchase', e.email, e.funnel_type, DATE(e.certificate_purchased_at),
      'accepted', e.certificate_purchased_at, UTC_TIMESTAMP(3), ${runId}
    FROM ${funnelEntries} e
    WHERE e.id IN ${ids} AND e.certificate_purchased = 1 AND e.purchase_payment_id IS NULL
    ORDER BY e.id
    ON DUPLICATE KEY UPDATE id = ${brevoChanges}.id`);
}

interface Known {
  readonly id: number;
  readonly enteredAt: number;
  readonly purchased: boolean;
}

async function knownEntries(
  db: Executor,
  people: readonly ImportedEntry[],
  reading: 'plain' | 'locked' = 'plain',
): Promise<ReadonlyMap<string, Known>> {
  const query = db
    .select({
      id: funnelEntries.id,
      email: funnelEntries.email,
      funnel: funnelEntries.funnelType,
      enteredAt: funnelEntries.enteredAt,
      purchased: funnelEntries.certificatePurchased,
    })
    .from(funnelEntries)
    .where(inArray(funnelEntries.email, [...new Set(people.map(({ email }) => email))]));
  const rows = await (reading === 'locked' ? query.for('update') : query);
  return new Map(
    rows.map((row) => [
      personKey(row),
      { id: row.id, enteredAt: row.enteredAt.getTime(), purchased: row.purchased === 1 },
    ]),
  );
}

function correctionsOf(
  people: readonly ImportedEntry[],
  known: ReadonlyMap<string, Known>,
): readonly { readonly id: number; readonly correction: EntryCorrection }[] {
  return people.flatMap((one) => {
    const entry = known.get(personKey(one));
    const correction = entry === undefined ? undefined : correctionOf(entry, one);
    return entry === undefined || correction === undefined ? [] : [{ id: entry.id, correction }];
  });
}

function outcomeOf(
  page: readonly ImportedEntry[],
  { imported, corrected }: Omit<ImportOutcome, 'unchanged'>,
): ImportOutcome {
  const unchanged = page.length - imported.language - imported.non_language - corrected;
  return { imported, corrected, unchanged };
}

function countByFunnel(people: readonly ImportedEntry[]): Readonly<Record<FunnelType, number>> {
  const of = (funnel: FunnelType) => people.filter((one) => one.funnel === funnel).length;
  return { language: of('language'), non_language: of('non_language') };
}

function sum(outcomes: readonly ImportOutcome[]): ImportOutcome {
  const total = (value: (one: ImportOutcome) => number) => outcomes.reduce((all, one) => all + value(one), 0);
  return {
    imported: {
      language: total(({ imported }) => imported.language),
      non_language: total(({ imported }) => imported.non_language),
    },
    corrected: total(({ corrected }) => corrected),
    unchanged: total(({ unchanged }) => unchanged),
  };
}

/** A run may be writing the same people. */
async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || !isLockTrouble(error)) throw error;
    }
  }
}
