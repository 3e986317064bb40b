import { SluiceError } from './errors.ts';

/** Runs work when it is its turn; gives what the work gives and throws what it throws. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lets so many pieces of work run at a time; others wait in line, first come, first served.
 * @param waiting beyond so many in line more are turned away at once: SluiceError `busy` of sort `retry`.
 */
export function createTurns({
  atOnce,
  waiting,
}: {
  readonly atOnce: number;
  readonly waiting: number;
}): Turn {
  const line: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < atOnce) running += 1;
    else await inLine();
    try {
      return await work();
    } finally {
      const next = line.shift();
      // Whoever is next takes over this place, so the count stays.
      if (next === undefined) running -= 1;
      else next();
    }
  };

  function inLine(): Promise<void> {
    if (line.length >= waiting) {
      throw new SluiceError('too much of this is asked for at once', { code: 'busy', sort: 'retry' });
    }
    return new Promise((resolve) => line.push(resolve));
  }
}
