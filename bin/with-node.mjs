#!/usr/bin/env node
// `node bin/with-node.mjs <tool or file.ts> [arguments]` runs a development tool of this project (vitest, tsc, …) or a script with a
// fitting Node, after fetching what is missing. The package scripts use it, so they work in a clean clone.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, scriptOf } from './dependencies.mjs';
import { become, fail } from './launch.mjs';
import { environmentFor, findNode } from './node-runtime.mjs';
import { LaunchError } from './npm.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const [tool, ...args] = process.argv.slice(2);

async function prepare() {
  if (tool === undefined) throw new LaunchError('name a tool: node bin/with-node.mjs vitest run');
  const script = tool.endsWith('.ts') ? join(checkout, tool) : scriptOf({ checkout, tool });
  if (script === undefined) throw new LaunchError(`no package of this project brings a command "${tool}"`);
  const node = await findNode();
  const env = environmentFor({ node, checkout });
  await ensureDependencies({ checkout, scope: 'develop', env });
  return { node, env, args: [script, ...args] };
}

become(await prepare().catch(fail));
