/** ER_DUP_ENTRY */
export const DUPLICATE_KEY = 1062;
/** ER_LOCK_DEADLOCK: everything was rolled back. */
export const DEADLOCK = 1213;
/** ER_LOCK_WAIT_TIMEOUT */
const LOCK_WAIT_TIMEOUT = 1205;

/** MySQL's number of an error, also of one that the query layer has wrapped; undefined where there is none. */
export function errnoOf(error: unknown): number | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const { errno } = one as { readonly errno?: unknown };
    if (typeof errno === 'number') return errno;
  }
  return undefined;
}

/** Whether a transaction ended because of another one: rolled back whole, and free to be tried again. */
export function isLockTrouble(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === DEADLOCK || errno === LOCK_WAIT_TIMEOUT;
}
