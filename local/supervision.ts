import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../domain/errors.ts';
import type { Server } from './server.ts';

const MOST_RESTARTS = 5;
const WITHIN_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Starts a server again whenever it ends by itself, five times a minute at most, until the signal is given.
 * Settles when the signal is given or the server is given up.
 */
export async function keepRunning({
  server,
  signal,
  onRestart,
  note,
}: {
  readonly server: Server;
  readonly signal: AbortSignal;
  /** Its process is another one now. */
  readonly onRestart: () => void;
  readonly note: (text: string) => void;
}): Promise<void> {
  let restarts: readonly number[] = [];
  const over = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!signal.aborted) {
    const ending = await Promise.race([server.ended(), over]);
    if (ending === undefined || signal.aborted) return;
    restarts = [...restarts.filter((at) => at > Date.now() - WITHIN_MS), Date.now()];
    if (restarts.length > MOST_RESTARTS) {
      note(
        `${server.name} ${ending} by itself for the ${restarts.length}th time in a minute; it stays down, see its log`,
      );
      return;
    }
    note(`${server.name} ${ending} by itself; starting it again`);
    await pause(PAUSE_MS);
    if (signal.aborted) return;
    try {
      await server.start();
      onRestart();
      note(`${server.name} runs again`);
    } catch (error) {
      note(`${server.name} did not come back: ${messageOf(error)}`);
    }
  }
}
