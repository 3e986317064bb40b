import { readStackRecord } from '../local/stack-file.ts';
import { cpuSeconds } from './machine.ts';
import type { MeasuredStack } from './measured-stack.ts';

/** Seconds of processor time so far of each of the stack's processes, by its name; this one is `Benchmark`. */
export type CpuTimes = ReadonlyMap<string, number>;

export function cpuTimesOf({ settings }: MeasuredStack): CpuTimes {
  const processes = readStackRecord(settings.home)?.processes ?? [];
  return new Map([
    ...processes.map(({ name, pid }) => [name, cpuSeconds(pid)] as const),
    ['Benchmark', cpuSeconds(process.pid)] as const,
  ]);
}

/** What each process took of one core, in %, the busiest first: it shows what bounds a figure. */
export function cpuShares({
  before,
  after,
  seconds,
}: {
  readonly before: CpuTimes;
  readonly after: CpuTimes;
  readonly seconds: number;
}): readonly { readonly name: string; readonly share: number }[] {
  return [...after]
    .map(([name, used]) => ({ name, share: (100 * (used - (before.get(name) ?? 0))) / seconds }))
    .toSorted((a, b) => b.share - a.share);
}
