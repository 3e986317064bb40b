import { existsSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { isSameProcess } from '../bin/process-identity.mjs';
import { stackFile } from '../config.ts';
import { writePrivately } from './private-file.ts';

const schema = z.object({
  state: z.enum(['starting', 'up']),
  up: z.object({ pid: z.int(), started: z.string().optional() }),
  /** In the order in which they were started. */
  processes: z.array(z.object({ name: z.string(), pid: z.int(), started: z.string().optional() })),
  /** What commands beside a running stack need to reach it; empty until all is ready. */
  settings: z.record(z.string(), z.string()),
  urls: z.record(z.string(), z.string()),
});

/** What the local stack of one home consists of now, or consisted of when its `up` was killed. */
export type StackRecord = z.output<typeof schema>;

export function readStackRecord(home: string): StackRecord | undefined {
  const file = stackFile(home);
  if (!existsSync(file)) return undefined;
  const { data } = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return data;
}

/** Mode 0600: the settings hold passwords. */
export function writeStackRecord({ home, record }: { home: string; record: StackRecord }): void {
  writePrivately(stackFile(home), JSON.stringify(record, undefined, 2));
}

export function removeStackRecord(home: string): void {
  rmSync(stackFile(home), { force: true });
}

/** Whether the `sluice up` that wrote the record still runs. */
export function isUp({ up }: StackRecord): boolean {
  return isSameProcess({ pid: up.pid, started: up.started });
}
