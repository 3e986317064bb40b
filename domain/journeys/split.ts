import { createHash } from 'node:crypto';

/**
 * The arm of a person: a hash of person and experiment falls on the arms in the order in which they are written, each
 * as wide as its percentage. The same for ever while the weights stay; what was drawn once is kept in `exposures`.
 */
export function drawArm({
  experiment,
  contactId,
  weights,
}: {
  readonly experiment: string;
  readonly contactId: number;
  readonly weights: Readonly<Record<string, number>>;
}): string {
  const digest = createHash('sha256').update(`${experiment}/${contactId}`).digest();
  // 0 ≤ place < 100, in steps of 2⁻³² of the whole.
  const place = (digest.readUInt32BE(0) / 2 ** 32) * 100;
  let end = 0;
  let last = '';
  for (const [arm, percent] of Object.entries(weights)) {
    if (percent <= 0) continue;
    end += percent;
    last = arm;
    if (place < end) return arm;
  }
  return last;
}
