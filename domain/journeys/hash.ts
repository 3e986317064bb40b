import { createHash } from 'node:crypto';
import type { JourneyDefinition } from './definition.ts';

/** SHA-256 of the definition's canonical JSON, hex: equal exactly when the definitions are. */
export function definitionHash(definition: JourneyDefinition): string {
  return createHash('sha256').update(canonicalJson(definition)).digest('hex');
}

/** JSON with the names of every object in order, so that it does not matter in which order they were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
