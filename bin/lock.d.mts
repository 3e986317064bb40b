export function withLock<T>(
  lock: { readonly file: string; readonly onWait?: (pid: number) => void },
  work: () => Promise<T>,
): Promise<T>;
