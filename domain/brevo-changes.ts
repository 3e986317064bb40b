import { FUNNEL_TYPES, type FunnelType } from './funnels.ts';

/** One thing that Brevo is to know of one contact. */
export type BrevoChange = {
  readonly email: string;
  readonly funnel: FunnelType;
} & ({ readonly kind: 'entry' } | { readonly kind: 'purchase'; readonly purchasedOn: string });

/** Contact attributes that we write; `brevo setup` creates them with these types. */
export const BREVO_ATTRIBUTES = {
  FUNNEL_TYPE: 'text',
  CERTIFICATE_PURCHASED: 'boolean',
  CERTIFICATE_PURCHASED_AT: 'date',
} as const;

/** Seconds that an import takes from its call until its outcome is known; Brevo names no figure, this is cautious. */
const IMPORT_LATENCY_SECONDS = 10;

/**
 * Whether taking contacts in by one import settles them sooner than one upsert each, within the account's limits.
 * An import costs one call and a few questions about its process, whatever its size.
 */
function importIsCheaper({
  contacts,
  contactsPerSecond,
}: {
  readonly contacts: number;
  readonly contactsPerSecond: number;
}): boolean {
  return contacts > 1 && contacts / contactsPerSecond > IMPORT_LATENCY_SECONDS;
}

/** What decides how a change goes out. */
export interface Routable {
  readonly kind: 'entry' | 'purchase';
  readonly funnel: FunnelType;
  readonly route: 'any' | 'upsert';
}

/** Splits changes of different contacts into imports (entries of one funnel) and single upserts. */
export function chooseRoutes<T extends Routable>(
  changes: readonly T[],
  limits: { readonly contactsPerSecond: number; readonly importMaxContacts: number },
): {
  readonly imports: readonly { readonly funnel: FunnelType; readonly changes: readonly T[] }[];
  readonly single: readonly T[];
} {
  const imports = FUNNEL_TYPES.flatMap((funnel) => {
    const entries = changes.filter(
      (one) => one.kind === 'entry' && one.funnel === funnel && one.route === 'any',
    );
    if (!importIsCheaper({ contacts: entries.length, contactsPerSecond: limits.contactsPerSecond }))
      return [];
    const parts = Math.ceil(entries.length / limits.importMaxContacts);
    return Array.from({ length: parts }, (_, part) => ({
      funnel,
      changes: entries.slice(part * limits.importMaxContacts, (part + 1) * limits.importMaxContacts),
    }));
  });
  const inBulk = new Set(imports.flatMap((one) => one.changes));
  return { imports, single: changes.filter((one) => !inBulk.has(one)) };
}

/** Calls to /contacts/* a second that hold both of the account's bounds. */
export function steadyRate({
  contactsPerSecond,
  contactsPerHour,
}: {
  readonly contactsPerSecond: number;
  readonly contactsPerHour: number;
}): number {
  return Math.min(contactsPerSecond, contactsPerHour / 3600);
}

/** Activities a second that Temporal hands out evenly, whatever the number of partitions of its task queue. */
const ACTIVITIES_PER_SECOND = 10;

/**
 * Calls that one activity makes, one after the other: one, unless the account allows so many that an activity for
 * each would be the bottleneck. The task queue's rate is the account's rate divided by this.
 */
export function callsPerActivity(callsPerSecond: number): number {
  return Math.max(1, Math.floor(callsPerSecond / ACTIVITIES_PER_SECOND));
}

/** A little slower than allowed: at the very limit the smallest delay pushes a call into the wrong second. */
const CAUTION = 1.05;

/** Milliseconds between two calls that hold the account's rate. */
export function gapBetweenCalls(callsPerSecond: number): number {
  return (1000 * CAUTION) / callsPerSecond;
}
