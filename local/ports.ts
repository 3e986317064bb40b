import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { z } from 'zod';
import { writePrivately } from './private-file.ts';

// Below the range from which systems take the near end of outgoing connections, so that a port kept for the
// next start is not taken by somebody's connection.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A port on 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(taken: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
}

/**
 * The port kept under a name in a file, so that URLs stay the same from start to start; a new one if another
 * program listens there now, or none was kept.
 */
export async function keptPort({ file, name }: { file: string; name: string }): Promise<number> {
  const kept = readPorts(file)[name];
  if (kept !== undefined && (await isFree(kept))) return kept;
  const port = await freePort(Object.values(readPorts(file)));
  writePrivately(file, JSON.stringify({ ...readPorts(file), [name]: port }, undefined, 2));
  return port;
}

function readPorts(file: string): Record<string, number> {
  if (!existsSync(file)) return {};
  return z.record(z.string(), z.int()).parse(JSON.parse(readFileSync(file, 'utf8')));
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
