import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../local/run-command.ts';

export const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));

/** What a figure was measured on; without it the figure says nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GB of 10⁹ bytes. */
  readonly memoryGb: number;
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
  };
}

/** The commit that is checked out, with "dirty" when the files differ from it. */
export async function checkedOutCommit(): Promise<string> {
  try {
    const commit = (await git(['rev-parse', '--short=12', 'HEAD'])).trim();
    return (await git(['status', '--porcelain'])).trim() === '' ? commit : `${commit} dirty`;
  } catch {
    return 'unknown (no git checkout)';
  }
}

function git(args: readonly string[]): Promise<string> {
  return runCommand({ command: 'git', args, cwd: CHECKOUT, limitMs: 10_000 });
}

const SAMPLE_MS = 2_000;

/** How busy the machine is with other things, in %; to be asked while nothing of ours works. */
export async function busyShare(): Promise<number> {
  const before = cpuTimes();
  await pause(SAMPLE_MS);
  const after = cpuTimes();
  return (100 * (after.busy - before.busy)) / Math.max(1, after.all - before.all);
}

function cpuTimes(): { readonly busy: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { busy, all: times.reduce((sum, { idle }) => sum + idle, busy) };
}

/** Load averages of the last 1, 5 and 15 minutes, as `uptime` prints them. */
export function load(): string {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
}

/**
 * The most memory that a process has had at once, in MB of 10⁶ bytes; undefined where the system keeps no such figure.
 * Source: `VmHWM` in proc_pid_status(5).
 */
export function peakMemoryMb(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, 'status'))?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

/** Ticks a second in which Linux counts processor time, whatever the kernel's own are (USER_HZ, time(7)). */
const TICKS = 100;

/**
 * Processor time that a process has used, its ended children not counted; 0 for one that does not run.
 * Source: `utime` and `stime` in proc_pid_stat(5).
 */
export function cpuSeconds(pid: number): number {
  // The name in parentheses may hold spaces, so fields are counted after it.
  const fields = readProc(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
}

/** The command line of a process as it was started, the program by its bare name; empty when it does not run. */
export function commandLine(pid: number): string {
  const [program = '', ...args] = readProc(pid, 'cmdline').split('\0');
  return [basename(program), ...args].join(' ').replaceAll(CHECKOUT, '').trim();
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
