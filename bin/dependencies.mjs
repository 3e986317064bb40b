import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { withLock } from './lock.mjs';
import { npm, say } from './npm.mjs';

/**
 * Installs the packages of a checkout if those that are there do not fit its package-lock.json.
 * What is there is read from the list that npm itself leaves in node_modules, written last: an `npm install` by
 * hand counts, one that was broken off does not.
 * @param {{ checkout: string, scope: 'run' | 'develop', env: NodeJS.ProcessEnv }} wanted `run` leaves the
 *   development packages out of the comparison, so that an image without them starts
 */
export async function ensureDependencies({ checkout, scope, env }) {
  if (misfit({ checkout, scope }) !== undefined) await install({ checkout, scope, env });
}

async function install({ checkout, scope, env }) {
  const key = createHash('sha256').update(checkout).digest('hex').slice(0, 16);
  const file = join(cacheFolder(), `install-${key}.lock`);
  await withLock({ file, onWait: sayWaiting }, async () => {
    const reason = misfit({ checkout, scope });
    if (reason === undefined) return;
    say(`sluice: ${reason}. Running npm install (about half a minute)`);
    // Not `npm ci`: it refuses a lock that lacks optional packages of other platforms. `--no-save` leaves the lock alone.
    await npm({ args: ['install', '--no-save', '--include=dev'], cwd: checkout, env, what: 'npm install' });
  });
}

function sayWaiting(pid) {
  say(`sluice: waiting for process ${pid}, which is installing the packages`);
}

/** Why the installed packages do not fit, in words; undefined when they do. */
function misfit({ checkout, scope }) {
  const installed = readJson(join(checkout, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) return 'the packages are not installed yet';
  const locked = readJson(join(checkout, 'package-lock.json'))?.packages ?? {};
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '' || entry.link === true) continue;
    const there = installed[path];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (there !== undefined && there.version !== entry.version) {
      return `${name} ${there.version} is installed and package-lock.json asks for ${entry.version}`;
    }
    const needed = !entry.optional && !entry.devOptional && (scope === 'develop' || !entry.dev);
    if (needed && (there === undefined || !existsSync(join(checkout, path, 'package.json')))) {
      return `${name} ${entry.version} is not installed`;
    }
  }
  return undefined;
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The script of a tool that a dependency brings, as the lock names it. */
export function scriptOf({ checkout, tool }) {
  const locked = readJson(join(checkout, 'package-lock.json'))?.packages ?? {};
  for (const [path, entry] of Object.entries(locked)) {
    if (entry.bin?.[tool] !== undefined) return join(checkout, path, entry.bin[tool]);
  }
  return undefined;
}
