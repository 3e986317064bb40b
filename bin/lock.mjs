import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isSameProcess, startOf } from './process-identity.mjs';

/**
 * Runs `work` while no other process holds the lock file. A lock whose owner has died is taken over.
 * @param {{ file: string, onWait?: (pid: number) => void }} lock `onWait` is called once if somebody else holds it
 */
export async function withLock({ file, onWait }, work) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  let told = false;
  while (!(await take(file, mine))) {
    const owner = readOwner(file);
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (owner !== undefined && !told) {
      told = true;
      onWait?.(owner.pid);
    }
    await pause(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function take(file, mine) {
  try {
    writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  // Two that found the same dead owner may both have cleared the way: the one whose words stand has the lock.
  await pause(20);
  return readText(file) === mine;
}

function readOwner(file) {
  try {
    return JSON.parse(readText(file) ?? '');
  } catch {
    return undefined;
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(owner) {
  if (owner.started !== undefined) return isSameProcess(owner);
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
