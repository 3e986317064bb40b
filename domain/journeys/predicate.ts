/** A condition on what is known of a contact; data, so that it can be stored and drawn. */
export type Predicate =
  | { readonly field: string; readonly op: Comparison; readonly value: string | number | boolean }
  | { readonly field: string; readonly op: 'in'; readonly value: readonly (string | number | boolean)[] }
  | { readonly field: string; readonly op: 'known' }
  | { readonly all: readonly Predicate[] }
  | { readonly any: readonly Predicate[] }
  | { readonly not: Predicate };

type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte';

/** What is known of a contact, by name. */
export type Facts = Readonly<Record<string, unknown>>;

const SIGNS: Readonly<Record<Comparison, string>> = {
  eq: '=',
  ne: '≠',
  lt: '<',
  lte: '≤',
  gt: '>',
  gte: '≥',
};

/**
 * Whether it holds. A field that is not known makes a comparison false, also `ne`; numbers compare with numbers and
 * texts with texts, by code units.
 */
export function holds(predicate: Predicate, facts: Facts): boolean {
  if ('all' in predicate) return predicate.all.every((part) => holds(part, facts));
  if ('any' in predicate) return predicate.any.some((part) => holds(part, facts));
  if ('not' in predicate) return !holds(predicate.not, facts);
  const found = facts[predicate.field];
  if (found === undefined || found === null) return false;
  if (predicate.op === 'known') return true;
  if (predicate.op === 'in') return predicate.value.some((one) => one === found);
  return compares(found, predicate.op, predicate.value);
}

function compares(found: unknown, op: Comparison, value: string | number | boolean): boolean {
  if (op === 'eq') return found === value;
  if (op === 'ne') return found !== value;
  if (typeof found === 'number' && typeof value === 'number') return ordered(found, op, value);
  if (typeof found === 'string' && typeof value === 'string') return ordered(found, op, value);
  return false;
}

function ordered<T extends string | number>(
  found: T,
  op: Exclude<Comparison, 'eq' | 'ne'>,
  value: T,
): boolean {
  if (op === 'lt') return found < value;
  if (op === 'lte') return found <= value;
  if (op === 'gt') return found > value;
  return found >= value;
}

/** As a person would write it: `score ≥ 50`. */
export function predicateText(predicate: Predicate): string {
  if ('all' in predicate) return predicate.all.map(nested).join(' and ');
  if ('any' in predicate) return predicate.any.map(nested).join(' or ');
  if ('not' in predicate) return `not ${nested(predicate.not)}`;
  if (predicate.op === 'known') return `${predicate.field} is known`;
  if (predicate.op === 'in') return `${predicate.field} is one of ${predicate.value.map(String).join(', ')}`;
  return `${predicate.field} ${SIGNS[predicate.op]} ${predicate.value}`;
}

function nested(predicate: Predicate): string {
  return 'all' in predicate || 'any' in predicate
    ? `(${predicateText(predicate)})`
    : predicateText(predicate);
}

/** Names of the fields that it looks at. */
export function fieldsOf(predicate: Predicate): readonly string[] {
  if ('all' in predicate) return predicate.all.flatMap(fieldsOf);
  if ('any' in predicate) return predicate.any.flatMap(fieldsOf);
  if ('not' in predicate) return fieldsOf(predicate.not);
  return [predicate.field];
}
