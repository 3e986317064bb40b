import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameProcess, startOf } from '../../bin/process-identity.mjs';
import { endProcess } from '../../local/processes.ts';
import type { Server } from '../../local/server.ts';

export const SCRATCH_PREFIX = 'sluice-test-servers-';
const NOTE = 'processes.json';

const identity = z.object({ pid: z.int(), started: z.string().optional() });
const schema = z.object({ owner: identity, servers: z.array(identity) });

/** Notes who runs what, for the case that this test run is killed before it can tidy up. */
export function noteServers({ directory, servers }: { directory: string; servers: readonly Server[] }): void {
  const note: z.input<typeof schema> = {
    owner: { pid: process.pid, started: startOf(process.pid) },
    servers: servers.map((server) => server.identity()).filter((known) => known !== undefined),
  };
  writeFileSync(join(directory, NOTE), JSON.stringify(note));
}

/** Ends the servers of test runs that were killed. */
export async function sweepLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(SCRATCH_PREFIX))) {
    const directory = join(tmpdir(), name);
    const file = join(directory, NOTE);
    if (!existsSync(file)) continue;
    const { data } = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (data === undefined || isSameProcess({ pid: data.owner.pid, started: data.owner.started })) continue;
    for (const { pid, started } of data.servers)
      await endProcess({ identity: { pid, started }, graceMs: 10_000 });
    rmSync(directory, { recursive: true, force: true });
  }
}
