export function cacheFolder(): string;
export function fillCache(entry: {
  readonly name: string;
  readonly fill: (folder: string) => Promise<void>;
  readonly onWait?: (pid: number) => void;
}): Promise<string>;
