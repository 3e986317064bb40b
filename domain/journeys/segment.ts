import type { Facts } from './predicate.ts';

/** How urgent a person's trouble is, by the marks of the assessment. */
export const SEGMENTS = ['critical', 'urgent', 'optimize'] as const;
export type Segment = (typeof SEGMENTS)[number];

/**
 * Two red marks or more: critical; one red, or two orange or more: urgent; all others: optimize. Yellow and green do not
 * count. Whoever has no marks at all is `optimize`, the mildest.
 */
export function segmentOf({ red, orange }: { readonly red: number; readonly orange: number }): Segment {
  if (red >= 2) return 'critical';
  if (red === 1 || orange >= 2) return 'urgent';
  return 'optimize';
}

/** The segment by what is known of a contact, and why. */
export function segmentOfFacts(facts: Facts): { readonly segment: Segment; readonly reason: string } {
  const marks = { red: count(facts.red), orange: count(facts.orange) };
  const segment = segmentOf(marks);
  return { segment, reason: `red = ${marks.red}, orange = ${marks.orange}` };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0;
}
