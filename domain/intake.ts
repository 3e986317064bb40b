import { type CanonicalEmail, canonicalEmail, type EmailFault } from './email.ts';
import type { FunnelType } from './funnels.ts';

/** What a test is, as far as funnels care. */
export type TestClass = FunnelType | 'unclassified_test' | 'unknown_test';

/** Why a sitting takes nobody in; tried in this order, but for `erased`, which comes before all and keeps no address. */
export const REJECTION_REASONS = [
  'no_email',
  'invalid_email',
  'unsupported_email',
  'unclassified_test',
  'unknown_test',
  'already_customer',
  'erased',
] as const satisfies readonly (EmailFault | TestClass | 'already_customer' | 'erased')[];
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** What the operator reads beside each reason. */
export const REJECTION_MEANING: Readonly<Record<RejectionReason, string>> = {
  no_email: 'the sitting carries no e-mail address',
  invalid_email: 'the text is not a valid e-mail address',
  unsupported_email: 'the part before the @ has letters outside ASCII, which Brevo refuses',
  unclassified_test: "the test's language id is not in the table of languages",
  unknown_test: 'the test does not exist in the table of tests',
  already_customer: 'bought a certificate of this funnel before entering it',
  erased: 'the person has been erased; the address is not kept',
};

/** One row of the site's simpletest_users, with what its test is. */
export interface Sitting {
  readonly id: number;
  readonly rawEmail: string | null;
  readonly testId: number | null;
  readonly testClass: TestClass;
  /** UTC milliseconds. */
  readonly testedAt: number;
}

export type SittingVerdict =
  | { readonly kind: 'good'; readonly email: string; readonly funnel: FunnelType }
  | { readonly kind: 'rejected'; readonly reason: Exclude<RejectionReason, 'already_customer' | 'erased'> };

/** Judges a sitting by its own row: e-mail first, then test. Whether the person is known is asked afterwards. */
export function judgeSitting(
  sitting: Pick<Sitting, 'rawEmail' | 'testClass'>,
  canonical: (raw: string | null) => CanonicalEmail = canonicalEmail,
): SittingVerdict {
  const address = canonical(sitting.rawEmail);
  if (!address.ok) return { kind: 'rejected', reason: address.fault };
  const { testClass } = sitting;
  if (testClass === 'unclassified_test' || testClass === 'unknown_test')
    return { kind: 'rejected', reason: testClass };
  return { kind: 'good', email: address.email, funnel: testClass };
}

/** A person in a funnel, as one text: the key by which everybody is taken in once. */
export function personKey(person: { readonly email: string; readonly funnel: FunnelType }): string {
  return `${person.funnel} ${person.email}`;
}

export interface GoodSitting {
  readonly sitting: Sitting;
  readonly email: string;
  readonly funnel: FunnelType;
}

export interface IntakeDecision {
  /** The first sitting of each person who enters, in the order of sittings. */
  readonly enter: readonly GoodSitting[];
  readonly customers: readonly GoodSitting[];
  /** Sittings of people who are in already, or who enter by an earlier sitting. */
  readonly known: readonly GoodSitting[];
  /** Good sittings of a funnel that is off: no trace. */
  readonly off: readonly GoodSitting[];
}

/**
 * Decides for good sittings, oldest first (least testedAt, then least id), who enters.
 * One entry per canonical e-mail and funnel, for ever; a customer without an entry gets none.
 */
export function decideIntake(input: {
  readonly good: readonly GoodSitting[];
  readonly entered: ReadonlySet<string>;
  readonly customers: ReadonlySet<string>;
  readonly isOn: (funnel: FunnelType) => boolean;
}): IntakeDecision {
  const enter: GoodSitting[] = [];
  const customers: GoodSitting[] = [];
  const known: GoodSitting[] = [];
  const off: GoodSitting[] = [];
  const entering = new Set<string>();
  for (const one of input.good.toSorted(bySitting)) {
    const key = personKey(one);
    if (input.entered.has(key) || entering.has(key)) known.push(one);
    else if (input.customers.has(key)) customers.push(one);
    else if (!input.isOn(one.funnel)) off.push(one);
    else {
      entering.add(key);
      enter.push(one);
    }
  }
  return { enter, customers, known, off };
}

function bySitting(a: GoodSitting, b: GoodSitting): number {
  return a.sitting.testedAt - b.sitting.testedAt || a.sitting.id - b.sitting.id;
}
