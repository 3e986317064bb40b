import { rmSync } from 'node:fs';
import { describeSettings } from '../config.ts';

/** Start of the name of every folder that a benchmark makes for temporary files. */
export const SCRATCH_PREFIX = 'sluice-bench-';

/** Removes a folder in which a process that is just ending may still write its last file. */
export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/**
 * This process's environment but for our own settings, so that no measurement depends on who runs it, or reaches an
 * account or database of theirs.
 */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  const names = new Set(describeSettings().map(({ name }) => name));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.has(name)));
}
