import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withLock } from '../bin/lock.mjs';
import { startOf } from '../bin/process-identity.mjs';
import { openHome } from './home.ts';
import type { Progress } from './progress.ts';
import { isUp, readStackRecord, type StackRecord, writeStackRecord } from './stack-file.ts';
import { endLeftovers } from './take-down.ts';

/**
 * Claims a home for this process, after ending what a killed `sluice up` left there.
 * @returns the record of the stack that runs here already, waiting for it if it is just starting; undefined when
 *   the home is ours now
 */
export async function claimHome({
  home,
  progress,
}: {
  home: string;
  progress: Progress;
}): Promise<StackRecord | undefined> {
  openHome(home);
  for (;;) {
    const other = await withLock({ file: join(home, 'up.lock') }, async () => {
      const record = readStackRecord(home);
      if (record !== undefined && isUp(record)) return record;
      await endLeftovers({ home, progress });
      const started = startOf(process.pid);
      const up = { pid: process.pid, ...(started === undefined ? {} : { started }) };
      writeStackRecord({ home, record: { state: 'starting', up, processes: [], settings: {}, urls: {} } });
      return undefined;
    });
    if (other === undefined) return undefined;
    const ready = await untilReady({ home, other, progress });
    if (ready !== undefined) return ready;
  }
}

async function untilReady({
  home,
  other,
  progress,
}: {
  home: string;
  other: StackRecord;
  progress: Progress;
}): Promise<StackRecord | undefined> {
  if (other.state === 'starting')
    progress.note(`process ${other.up.pid} is starting the stack here; waiting for it`);
  for (;;) {
    const record = readStackRecord(home);
    if (record === undefined || !isUp(record)) return undefined;
    if (record.state === 'up') return record;
    await pause(200);
  }
}
