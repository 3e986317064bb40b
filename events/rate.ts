const WINDOW_MS = 250;

/** How much has come lately. */
export interface Rate {
  count(items: number): void;
  isAbove(perSecond: number): boolean;
}

/** Counts in windows of a quarter of a second; the one under way and the one before it say how much it is. */
export function createRate(): Rate {
  let began = performance.now();
  let current = 0;
  let before = 0;

  function turn(): void {
    const windows = Math.floor((performance.now() - began) / WINDOW_MS);
    if (windows === 0) return;
    before = windows === 1 ? current : 0;
    current = 0;
    began += windows * WINDOW_MS;
  }

  return {
    count(items) {
      turn();
      current += items;
    },
    isAbove(perSecond) {
      turn();
      return Math.max(before, current) > (perSecond * WINDOW_MS) / 1000;
    },
  };
}
