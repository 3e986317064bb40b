import { setTimeout as pause } from 'node:timers/promises';
import { isSameProcess, type ProcessIdentity } from '../bin/process-identity.mjs';

export type { ProcessIdentity };

/**
 * Ends a process that was noted earlier: SIGTERM, and SIGKILL when the grace is over. Does nothing if the pid
 * belongs to another process by now.
 */
export async function endProcess({
  identity,
  graceMs,
}: {
  identity: ProcessIdentity;
  graceMs: number;
}): Promise<'not there' | 'ended' | 'killed'> {
  if (!isSameProcess(identity)) return 'not there';
  send(identity, 'SIGTERM');
  if (await isGoneWithin(identity, graceMs)) return 'ended';
  send(identity, 'SIGKILL');
  await isGoneWithin(identity, 10_000);
  return 'killed';
}

/** Sends a signal to a noted process; nothing happens if it has ended, whoever has its pid now. */
export function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isSameProcess(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export async function isGoneWithin(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (isSameProcess(identity)) {
    if (performance.now() > end) return false;
    await pause(25);
  }
  return true;
}
