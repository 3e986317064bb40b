import type { ContactData } from '../../db/contact-data.ts';

/** How many rows of each kind there are of a person. */
export type Holdings = Readonly<Record<string, number>>;

export function holdingsOf({ contact, held, changes, ...lists }: ContactData): Holdings {
  const counts = Object.entries({ ...lists, brevoChanges: changes, quarantine: held }).map(
    ([name, rows]) => [name, rows.length] as const,
  );
  return { contact: contact === undefined ? 0 : 1, ...Object.fromEntries(counts) };
}

export function describeHoldings(holdings: Holdings): string {
  const there = Object.entries(holdings).filter(([, rows]) => rows > 0);
  if (there.length === 0) return 'Our tables hold nothing of this address.';
  const width = Math.max(...there.map(([name]) => name.length));
  return there.map(([name, rows]) => `${name.padEnd(width)}  ${rows}`).join('\n');
}
