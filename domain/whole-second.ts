/** Logical time has no fractions: sources write whole seconds, and a fraction would hide what happens within one. */
export function wholeSecond(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}
