/** @param rights what a role could change, each as a verb phrase; none: no warning */
export function rightsWarning(rights: readonly string[]): string | undefined {
  if (rights.length === 0) return undefined;
  return `this role can write: it ${rights.join(', ')}. Reports read in a read-only transaction all the same; give them a role with SELECT only (docs/report-guard.md)`;
}
