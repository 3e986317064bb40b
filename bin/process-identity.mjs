import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, as an opaque word. A pid alone is reused by the system; a pid with this word names one
 * process for ever, also across reboots.
 * @returns undefined when no such process runs (a zombie counts as gone: it holds nothing any more)
 */
export function startOf(pid) {
  if (process.platform === 'linux') return startFromProc(pid);
  if (process.platform === 'win32') return undefined;
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state = '', ...began] = line.split(/\s+/);
    return line === '' || state.startsWith('Z') ? undefined : began.join(' ');
  } catch {
    return undefined;
  }
}

function startFromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces and brackets itself: the fields proper follow the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId()}-${fields[19]}`;
  } catch {
    return undefined;
  }
}

function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {
    return 'boot';
  }
}

/** True while the very process that was noted still runs. */
export function isSameProcess({ pid, started }) {
  return started !== undefined && startOf(pid) === started;
}
