import { type Facts, fieldsOf, holds, predicateText } from './predicate.ts';
import { segmentOfFacts } from './segment.ts';
import type { BranchBy } from './steps.ts';

/** The way that a person takes, and why; the reason holds counts and names of fields, never texts about the person. */
export interface Choice {
  readonly arm: string;
  readonly reason: string;
}

/** The arm of a branch for what is known of the person now. */
export function chooseArm(by: BranchBy, facts: Facts): Choice {
  if (by.kind === 'segment') {
    const { segment, reason } = segmentOfFacts(facts);
    return { arm: segment, reason };
  }
  const { predicate } = by;
  const found = [...new Set(fieldsOf(predicate))].map((field) => `${field} ${shown(facts[field])}`);
  const arm = holds(predicate, facts) ? 'yes' : 'no';
  return { arm, reason: `${predicateText(predicate)}: ${arm} (${found.join(', ')})` };
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'not known';
  return typeof value === 'number' || typeof value === 'boolean' ? `= ${value}` : 'known';
}
