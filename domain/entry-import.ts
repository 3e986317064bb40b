import { canonicalEmail, type EmailFault } from './email.ts';
import { FUNNEL_TYPES, type FunnelType } from './funnels.ts';
import { personKey } from './intake.ts';

/** One row of the old tool's funnel_entries. Times are UTC milliseconds, `undefined` where the row has no real one. */
export interface OldEntry {
  readonly id: number;
  readonly rawEmail: string | null;
  readonly rawFunnel: string;
  readonly userId: number | null;
  readonly testId: number | null;
  readonly enteredAt: number | undefined;
  readonly purchased: boolean;
  readonly purchasedAt: number | undefined;
}

/** A person in a funnel as all their old rows together tell it. Times are UTC milliseconds. */
export interface ImportedEntry {
  readonly email: string;
  readonly funnel: FunnelType;
  readonly userId: number | null;
  readonly testId: number | null;
  readonly enteredAt: number;
  /** `undefined`: not known as a buyer. */
  readonly purchasedAt: number | undefined;
  /** Ids of the old rows, ascending. */
  readonly rows: readonly number[];
}

export const SKIP_REASONS = [
  'unknown_funnel',
  'no_email',
  'invalid_email',
  'unsupported_email',
] as const satisfies readonly ('unknown_funnel' | EmailFault)[];
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface SkippedRow {
  readonly row: OldEntry;
  readonly reason: SkipReason;
}

/**
 * Merges the old tool's rows into one entry a person (canonical e-mail) and funnel, in the order of entering.
 *
 * The earliest date of entry counts, and the earliest purchase of the rows marked as purchased. The old tool kept a
 * flag without a date only by accident; such a purchase is dated like the entry. user_id and test_id come, together,
 * from the earliest row that names either.
 *
 * @param importedAt UTC milliseconds; the date of entry of people whose rows bear none at all, so that they, too, are
 *   never taken in again.
 */
export function mergeOldEntries(
  rows: readonly OldEntry[],
  { importedAt }: { readonly importedAt: number },
): { readonly people: readonly ImportedEntry[]; readonly skipped: readonly SkippedRow[] } {
  const skipped: SkippedRow[] = [];
  const groups = new Map<string, { email: string; funnel: FunnelType; rows: OldEntry[] }>();
  for (const row of rows) {
    const person = personOf(row);
    if (typeof person === 'string') {
      skipped.push({ row, reason: person });
      continue;
    }
    const key = personKey(person);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...person, rows: [row] });
    else group.rows.push(row);
  }
  const people = [...groups.values()].map((group) => mergePerson(group, importedAt));
  return { people: people.toSorted((a, b) => a.enteredAt - b.enteredAt), skipped };
}

function personOf(row: OldEntry): { readonly email: string; readonly funnel: FunnelType } | SkipReason {
  const written = row.rawFunnel.trim().toLowerCase();
  const funnel = FUNNEL_TYPES.find((one) => one === written);
  if (funnel === undefined) return 'unknown_funnel';
  const address = canonicalEmail(row.rawEmail);
  return address.ok ? { email: address.email, funnel } : address.fault;
}

function mergePerson(
  group: { readonly email: string; readonly funnel: FunnelType; readonly rows: readonly OldEntry[] },
  importedAt: number,
): ImportedEntry {
  const { email, funnel } = group;
  const rows = group.rows.toSorted(byEntry);
  const bought = rows.filter(({ purchased }) => purchased);
  const purchaseDate = earliest(bought.map(({ purchasedAt }) => purchasedAt));
  const enteredAt = earliest(rows.map(({ enteredAt }) => enteredAt)) ?? purchaseDate ?? importedAt;
  const named = rows.find(({ userId, testId }) => userId !== null || testId !== null);
  return {
    email,
    funnel,
    userId: named?.userId ?? null,
    testId: named?.testId ?? null,
    enteredAt,
    purchasedAt: bought.length === 0 ? undefined : (purchaseDate ?? enteredAt),
    rows: rows.map(({ id }) => id).toSorted((a, b) => a - b),
  };
}

function byEntry(a: OldEntry, b: OldEntry): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (a.enteredAt ?? last) - (b.enteredAt ?? last) || a.id - b.id;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b));
}

/** What of an entry of ours an import may touch. UTC milliseconds. */
export interface KnownEntry {
  readonly enteredAt: number;
  readonly purchased: boolean;
}

/** What changes in an entry of ours; nothing but these two ever does. */
export interface EntryCorrection {
  readonly enteredAt?: number;
  readonly purchasedAt?: number;
}

/**
 * What the old tool knows better about somebody who has an entry: that they entered earlier, and that they bought
 * where we know of no purchase. A conversion of ours stays as it is; an earlier entry never contradicts it.
 * @returns `undefined` when there is nothing to correct.
 */
export function correctionOf(known: KnownEntry, old: ImportedEntry): EntryCorrection | undefined {
  const earlier = old.enteredAt < known.enteredAt;
  const bought = !known.purchased && old.purchasedAt !== undefined;
  if (!earlier && !bought) return undefined;
  return {
    ...(earlier ? { enteredAt: old.enteredAt } : {}),
    ...(bought ? { purchasedAt: old.purchasedAt } : {}),
  };
}
