/** A quiz that can be taken, newest first in lists. */
export interface Offer {
  readonly quizId: number;
  readonly name: string;
  /** `subject · chapter`; empty where neither is known. */
  readonly place: string;
}

/** So many are named in a reminder. */
const OFFERS_SHOWN = 5;

/**
 * Of all active quizzes, newest first, those that somebody has not attempted: up to five, and how many more there are.
 */
export function offersFor({
  active,
  attempted,
}: {
  readonly active: readonly Offer[];
  readonly attempted: ReadonlySet<number>;
}): { readonly offers: readonly Offer[]; readonly more: number } {
  const open = active.filter(({ quizId }) => !attempted.has(quizId));
  return { offers: open.slice(0, OFFERS_SHOWN), more: Math.max(0, open.length - OFFERS_SHOWN) };
}
