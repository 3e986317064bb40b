const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** How long to leave something alone that does not work: longer each time, never the same for two who wait. */
export interface Backoff {
  /** It did not work. @returns ms until the next try. */
  failed(): number;
  /** It worked. */
  reset(): void;
  /** Whether it worked the last time, as far as is known. */
  isOpen(): boolean;
  /** Ms until the next try; 0: now. */
  remaining(): number;
  /** Of one thing that fails for reasons of its own. */
  longest(): number;
}

/** Doubles from a quarter of a second to half a minute; between half of that and all of it is waited. */
export function createBackoff(): Backoff {
  let failures = 0;
  let until = 0;
  return {
    failed() {
      const now = performance.now();
      // Several that fail together count once.
      if (now >= until) {
        const delay = spread(Math.min(LONGEST_MS, FIRST_MS * 2 ** failures));
        failures += 1;
        until = now + delay;
      }
      return Math.max(1, until - now);
    },
    reset() {
      failures = 0;
      until = 0;
    },
    isOpen: () => failures === 0,
    remaining: () => Math.max(0, until - performance.now()),
    longest: () => spread(LONGEST_MS),
  };
}

function spread(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
