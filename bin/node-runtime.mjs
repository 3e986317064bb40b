import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder, fillCache } from './cache.mjs';
import { LaunchError, npm, say } from './npm.mjs';

const VERSION = '24.21.0';
const LEAST = '22.18';

/** Whether a Node runs our TypeScript as it is: type stripping is on by default from 22.18 and 23.6. */
function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** The path of a Node that runs our TypeScript: the present one, else one kept in the cache, fetched when needed. */
export async function findNode({ version = process.versions.node } = {}) {
  if (runsTypeScript(version)) return process.execPath;
  const name = `node-${VERSION}`;
  const part = binaryWithin();
  const kept = join(cacheFolder(), name, part);
  if (existsSync(kept)) return kept;
  const folder = await fillCache({
    name,
    onWait: (pid) => say(`sluice: waiting for process ${pid}, which is fetching Node ${VERSION}`),
    fill: (beside) => fetchNode({ beside, version, target: join(cacheFolder(), name) }),
  });
  return join(folder, part);
}

async function fetchNode({ beside, version, target }) {
  const what = `node-${platform()}-${process.arch}@${VERSION}`;
  say(
    `sluice: this is Node ${version}, and Sluice needs ${LEAST} or newer. Fetching Node ${VERSION} from npm`,
  );
  say(`  (${what}, about 190 MB on disk, once) into ${target}`);
  const hint = `Install Node ${LEAST} or newer from https://nodejs.org and start again.`;
  try {
    await npm({
      args: ['install', '--prefix', beside, '--ignore-scripts', '--no-save', '--no-package-lock', what],
      cwd: beside,
      what: `fetching Node ${VERSION}`,
    });
    execFileSync(join(beside, binaryWithin()), ['--version'], { stdio: 'ignore' });
  } catch (error) {
    throw new LaunchError(
      error instanceof LaunchError
        ? `${error.message}\n${hint}`
        : `the fetched Node does not run here. ${hint}`,
    );
  }
}

// The package's `.bin/node` link is not to be relied on (npm/cli#4362), so the binary is named directly.
function binaryWithin() {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return join('node_modules', `node-${platform()}-${process.arch}`, 'bin', file);
}

function platform() {
  return process.platform === 'win32' ? 'win' : process.platform;
}

/** The environment for children: the given Node, then the project's tools, are found first. */
export function environmentFor({ node, checkout }) {
  const folders = [dirname(node), join(checkout, 'node_modules', '.bin')];
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return {
    // Compiled code is kept beside what is fetched: a command starts a third sooner.
    NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled'),
    ...process.env,
    [name]: [...folders, process.env[name] ?? ''].join(delimiter),
  };
}
