import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { withLock } from './lock.mjs';

/** The folder for what is fetched once a machine and shared by all checkouts (XDG Base Directory: only absolute paths count). */
export function cacheFolder() {
  const xdg = process.env.XDG_CACHE_HOME;
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'sluice');
}

/**
 * The path of a folder in the cache, filled first if it is not there. Filled beside its place and renamed when
 * complete, so that a broken download never stays; one process fills, others wait for it.
 * @param {{ name: string, fill: (folder: string) => Promise<void>, onWait?: (pid: number) => void }} entry
 */
export async function fillCache({ name, fill, onWait }) {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  return withLock({ file: join(cacheFolder(), `${name}.lock`), onWait }, async () => {
    if (existsSync(folder)) return folder;
    const beside = join(cacheFolder(), `.${name}-${randomBytes(4).toString('hex')}`);
    mkdirSync(beside, { recursive: true });
    try {
      await fill(beside);
      renameSync(beside, folder);
      return folder;
    } finally {
      rmSync(beside, { recursive: true, force: true });
    }
  });
}
