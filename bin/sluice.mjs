#!/usr/bin/env node
// The `sluice` command. Plain JavaScript, so that it runs on an old Node and before anything is installed:
// it sees to a fitting Node and to the packages, then runs cli/main.ts.
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';
import { become, fail, whenNpmIsGone } from './launch.mjs';
import { environmentFor, findNode } from './node-runtime.mjs';
import { WORKER_HEAP } from './worker-heap.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const main = join(checkout, 'cli', 'main.ts');

async function prepare() {
  const node = await findNode();
  const env = environmentFor({ node, checkout });
  await ensureDependencies({ checkout, scope: 'run', env });
  return { node, env };
}

const ready = await prepare().catch(fail);
const heap = process.argv[2] === 'worker' ? WORKER_HEAP : [];
if (ready.node === process.execPath && heap.length === 0) {
  Object.assign(process.env, ready.env);
  module.enableCompileCache(ready.env.NODE_COMPILE_CACHE);
  whenNpmIsGone(() => process.kill(process.pid, 'SIGTERM'));
  await import(pathToFileURL(main).href);
} else {
  become({ ...ready, args: [...heap, main, ...process.argv.slice(2)] });
}
