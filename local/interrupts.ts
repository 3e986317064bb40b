// One Ctrl-C may arrive several times: from the terminal, and handed on by npm and by the launcher.
const SAME_PRESS_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Hears of the wish to stop: the first press, and a second one by somebody who does not want to wait.
 * @returns takes the listeners away again
 */
export function onInterrupt({ first, second }: { first: () => void; second: () => void }): () => void {
  let pressedAt: number | undefined;
  const listener = () => {
    if (pressedAt === undefined) {
      pressedAt = performance.now();
      first();
    } else if (performance.now() - pressedAt > SAME_PRESS_MS) {
      second();
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
