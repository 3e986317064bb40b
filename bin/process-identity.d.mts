export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string | undefined;
}
export function startOf(pid: number): string | undefined;
export function isSameProcess(identity: ProcessIdentity): boolean;
