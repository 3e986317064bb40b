import { homeAt } from './home.ts';
import { removeContainer } from './mysql-docker.ts';
import { endProcess, isGoneWithin, send } from './processes.ts';
import type { Progress } from './progress.ts';
import { isUp, readStackRecord, removeStackRecord } from './stack-file.ts';

const UP_GRACE_MS = 90_000;
const SERVER_GRACE_MS = 30_000;

/**
 * Ends the local stack of a home: asks a running `sluice up` to stop, then ends what one that was killed left behind.
 * Only processes that the stack noted itself are touched, and only while their pids are still theirs.
 * @returns names of what was ended, in order
 */
export async function takeDown({
  home,
  progress,
}: {
  home: string;
  progress: Progress;
}): Promise<readonly string[]> {
  const ended: string[] = [];
  const first = readStackRecord(home);
  if (first !== undefined && isUp(first)) {
    const up = { pid: first.up.pid, started: first.up.started };
    const step = progress.step('sluice up');
    step.say(`process ${up.pid} is running; asking it to stop`);
    send(up, 'SIGTERM');
    const outcome = (await isGoneWithin(up, UP_GRACE_MS))
      ? 'stopped'
      : await endProcess({ identity: up, graceMs: 0 });
    step.done(outcome);
    ended.push('sluice up');
  }
  return [...ended, ...(await endLeftovers({ home, progress }))];
}

/** Ends what a killed `sluice up` left behind; the last started goes first. */
export async function endLeftovers({
  home,
  progress,
}: {
  home: string;
  progress: Progress;
}): Promise<readonly string[]> {
  const record = readStackRecord(home);
  if (record === undefined) return [];
  const ended: string[] = [];
  for (const { name, pid, started } of record.processes.toReversed()) {
    const step = progress.step(name);
    const outcome = await endProcess({ identity: { pid, started }, graceMs: SERVER_GRACE_MS });
    step.done(outcome === 'not there' ? 'was not running any more' : `left over from before, ${outcome}`);
    if (outcome !== 'not there') ended.push(name);
  }
  if (record.processes.some(({ name }) => name === 'MySQL')) await removeContainer(homeAt(home).mysql);
  removeStackRecord(home);
  return ended;
}
