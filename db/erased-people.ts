import { and, eq, isNull } from 'drizzle-orm';
import { addressesIn, pseudonymOf } from '../domain/erasure.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Executor } from './pool.ts';
import { suppressions } from './schema-people.ts';

/** Who has been erased, as of one moment. */
export interface ErasedPeople {
  /** @param email canonical */
  isErased(email: string): boolean;
  /** Whether a text of the site is, or holds, the address of somebody erased. */
  isMentioned(text: string | null): boolean;
  /** What stands for the address of somebody erased; undefined for everybody else. */
  pseudonym(email: string): string | undefined;
}

const NOBODY: ErasedPeople = {
  isErased: () => false,
  isMentioned: () => false,
  pseudonym: () => undefined,
};

/**
 * Reads who has been erased and not released since: hashes, by which addresses that come in are recognised. Without
 * anybody no address is ever hashed.
 * @param hashAddress keyed hash of a canonical address, hex; undefined where SLUICE_SECRET is not set
 * @throws SluiceError `secret_missing` where people were erased and their addresses cannot be recognised.
 */
export async function erasedPeople(
  db: Executor,
  hashAddress: ((email: string) => string) | undefined,
): Promise<ErasedPeople> {
  const rows = await db
    .selectDistinct({ hash: suppressions.addressHash })
    .from(suppressions)
    .where(and(eq(suppressions.reason, 'erased'), isNull(suppressions.endedAt)));
  if (rows.length === 0) return NOBODY;
  if (hashAddress === undefined) {
    throw new SluiceError('people have been erased, and without SLUICE_SECRET nobody can tell who', {
      code: 'secret_missing',
      hint: 'Set SLUICE_SECRET to the one that was set when they were erased.',
    });
  }
  const hashes = new Set(rows.map(({ hash }) => hash));
  const isErased = (email: string) => hashes.has(hashAddress(email));
  return {
    isErased,
    isMentioned: (text) => text !== null && [...addressesIn(text)].some(isErased),
    pseudonym(email) {
      const hash = hashAddress(email);
      return hashes.has(hash) ? pseudonymOf(hash) : undefined;
    },
  };
}
