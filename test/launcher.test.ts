import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { scratchFolder } from './support/scratch.ts';

const BIN = fileURLToPath(new URL('../bin', import.meta.url));
const NODE_PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const NODE_IN_CACHE = join('sluice', 'node-24.21.0', 'node_modules', NODE_PACKAGE, 'bin', 'node');
const OLD_NODE =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';

describe('the launcher on a Node that is too old', () => {
  it('runs the command with the Node in the cache, whose folder comes first in PATH', async () => {
    const place = checkout({ packages: 'installed' });
    place.putNodeInCache();
    const { stdout, code, npmCalls } = await place.launch(['status', 'a b'], { node: 'old' });
    expect(JSON.parse(stdout)).toMatchObject({
      args: ['status', 'a b'],
      firstInPath: dirname(place.cachedNode),
    });
    expect({ code, npmCalls }).toEqual({ code: 0, npmCalls: [] });
  });

  it('fetches Node from npm once, and says so', async () => {
    const place = checkout({ packages: 'installed' });
    const first = await place.launch([], { node: 'old' });
    const second = await place.launch([], { node: 'old' });
    expect(first.stderr).toContain(
      'this is Node 20.20.2, and Sluice needs 22.18 or newer. Fetching Node 24.21.0',
    );
    expect(second.npmCalls).toEqual([
      expect.stringContaining(`--ignore-scripts --no-save --no-package-lock ${NODE_PACKAGE}@`),
    ]);
    expect([first.code, second.code, second.stderr]).toEqual([0, 0, '']);
  });

  it('keeps nothing of a fetch that failed, and says what to do instead', async () => {
    const place = checkout({ packages: 'installed' });
    const { code, stderr } = await place.launch([], { node: 'old', npm: 'broken' });
    expect(code).toBe(1);
    expect(stderr).toContain('Install Node 22.18 or newer from https://nodejs.org');
    expect(readdirSync(join(place.cache, 'sluice'))).toEqual([]);
  });

  it('ends with the exit code of the command', async () => {
    const place = checkout({ packages: 'installed', main: 'process.exit(7)' });
    place.putNodeInCache();
    expect((await place.launch([], { node: 'old' })).code).toBe(7);
  });

  it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'hands %s on, and ends as the command ends',
    async (signal) => {
      const main = `process.on('${signal}', () => process.exit(40)); setInterval(() => {}, 1000); console.log('ready')`;
      const place = checkout({ packages: 'installed', main });
      place.putNodeInCache();
      const running = place.start([], { node: 'old' });
      await running.says('ready');
      running.child.kill(signal);
      expect((await running.ended).code).toBe(40);
    },
  );

  it('ends the command when the npm that started it is gone', async () => {
    const stop = "process.on('SIGTERM', () => { console.log('stopped'); process.exit() })";
    const place = checkout({
      packages: 'installed',
      main: `${stop}; setInterval(() => {}, 1000); console.log('ready')`,
    });
    place.putNodeInCache();
    const running = place.start([], { node: 'old', under: 'npm' });
    await running.says('ready');
    running.child.kill('SIGKILL');
    expect(await running.says('stopped')).toContain('stopped');
  });
});

describe('the packages', () => {
  it('are installed when they are missing, and left alone from then on', async () => {
    const place = checkout({ packages: 'missing' });
    const first = await place.launch([]);
    expect(first.stderr).toContain('the packages are not installed yet. Running npm install');
    const second = await place.launch([]);
    expect(second.stderr).toBe('');
    expect(second.npmCalls).toEqual([expect.stringMatching(/^install --no-save --include=dev /)]);
  });

  it('are installed again when the lock asks for another version', async () => {
    const place = checkout({ packages: 'outdated' });
    const { stderr, npmCalls } = await place.launch([]);
    expect(stderr).toContain('left-pad 1.0.0 is installed and package-lock.json asks for 1.3.0');
    expect(npmCalls).toHaveLength(1);
  });

  it('are installed once by two launchers at the same time', async () => {
    const place = checkout({ packages: 'missing' });
    const [one, other] = await Promise.all([
      place.launch([], { npm: 'slow' }),
      place.launch([], { npm: 'slow' }),
    ]);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(place.npmCalls()).toHaveLength(1);
    expect(one.stderr + other.stderr).toContain('waiting for process');
  });

  it('stop the command when they cannot be installed', async () => {
    const place = checkout({ packages: 'missing' });
    expect(await place.launch([], { npm: 'broken' })).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('with-node', () => {
  it('runs the tool of a package with its arguments', async () => {
    const place = checkout({ packages: 'installed' });
    const { stdout, code } = await place.launch(['pad', '--left'], { script: 'with-node.mjs' });
    expect([stdout, code]).toEqual(['padded --left\n', 0]);
  });

  it('names a tool that no package brings', async () => {
    const place = checkout({ packages: 'installed' });
    const { stderr, code } = await place.launch(['nonsense'], { script: 'with-node.mjs' });
    expect([stderr, code]).toEqual(['sluice: no package of this project brings a command "nonsense"\n', 1]);
  });
});

interface LaunchOptions {
  readonly node?: 'old' | 'present';
  readonly npm?: 'working' | 'slow' | 'broken';
  readonly script?: 'sluice.mjs' | 'with-node.mjs';
  readonly under?: 'npm' | 'shell';
}

/** A checkout with our launcher, one package and a stand-in for npm, in a folder with a space in its name. */
function checkout({ packages, main }: { packages: 'installed' | 'missing' | 'outdated'; main?: string }) {
  const root = join(scratchFolder(), 'check out');
  const cache = join(root, '..', 'cache');
  const npmLog = join(root, '..', 'npm.log');
  const tools = join(root, '..', 'tools');
  cpSync(BIN, join(root, 'bin'), { recursive: true });
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('package.json', '{ "type": "module" }');
  write('package-lock.json', JSON.stringify({ packages: { '': {}, ...locked('1.3.0') } }));
  write('cli/main.ts', main ?? REPORT);
  if (packages !== 'missing') {
    write('node_modules/left-pad/package.json', '{}');
    write('node_modules/left-pad/pad.mjs', 'console.log("padded", ...process.argv.slice(2))');
    const version = packages === 'installed' ? '1.3.0' : '1.0.0';
    write('node_modules/.package-lock.json', JSON.stringify({ packages: locked(version) }));
  }
  mkdirSync(tools);
  writeFileSync(join(tools, 'npm'), `#!${process.execPath}\n${FAKE_NPM}`);
  chmodSync(join(tools, 'npm'), 0o755);

  const npmCalls = () => (existsSync(npmLog) ? readFileSync(npmLog, 'utf8').trimEnd().split('\n') : []);
  const cachedNode = join(cache, NODE_IN_CACHE);

  function start(
    args: readonly string[],
    { node = 'present', npm = 'working', script = 'sluice.mjs', under = 'shell' }: LaunchOptions = {},
  ) {
    const flags = node === 'old' ? ['--import', OLD_NODE] : [];
    const launcher = [...flags, join(root, 'bin', script), ...args];
    const env = {
      PATH: [tools, process.env.PATH].join(delimiter),
      HOME: root,
      XDG_CACHE_HOME: cache,
      NPM_LOG: npmLog,
      NPM_MOOD: npm,
      NODE_TARGET: process.execPath,
      NODE_IN_PACKAGE: join('node_modules', NODE_PACKAGE, 'bin', 'node'),
      ...(under === 'npm' ? { npm_command: 'run-script' } : {}),
    };
    const between = [
      '-e',
      'require("node:child_process").spawn(process.execPath, process.argv.slice(1), { stdio: "inherit" })',
      '--',
    ];
    const child = spawn(process.execPath, under === 'npm' ? [...between, ...launcher] : launcher, {
      env,
      cwd: root,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output = collect(child);
    const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
      ...output,
      code,
      npmCalls: npmCalls(),
    }));
    const says = (text: string) =>
      vi.waitFor(
        () => {
          if (!output.stdout.includes(text)) throw new Error(`it has not said "${text}"`);
          return output.stdout;
        },
        { timeout: 20_000 },
      );
    return { child, ended, says };
  }

  return {
    cache,
    cachedNode,
    npmCalls,
    start,
    launch: (args: readonly string[], options?: LaunchOptions) => start(args, options).ended,
    putNodeInCache() {
      mkdirSync(dirname(cachedNode), { recursive: true });
      symlinkSync(process.execPath, cachedNode);
    },
  };
}

function locked(version: string) {
  return { 'node_modules/left-pad': { version, bin: { pad: 'pad.mjs' } } };
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return output;
}

const REPORT = `
import { delimiter } from 'node:path';
const args: readonly string[] = process.argv.slice(2);
console.log(JSON.stringify({ args, firstInPath: process.env.PATH?.split(delimiter)[0] }));
`;

const FAKE_NPM = `
const { appendFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const args = process.argv.slice(2);
appendFileSync(process.env.NPM_LOG, args.join(' ') + '\\n');
const install = () => {
  if (process.env.NPM_MOOD === 'broken') process.exit(1);
  if (args.includes('--prefix')) {
    const node = join(args[args.indexOf('--prefix') + 1], process.env.NODE_IN_PACKAGE);
    mkdirSync(dirname(node), { recursive: true });
    symlinkSync(process.env.NODE_TARGET, node);
  } else {
    mkdirSync('node_modules/left-pad', { recursive: true });
    writeFileSync('node_modules/left-pad/package.json', '{}');
    cpSync('package-lock.json', 'node_modules/.package-lock.json');
  }
};
setTimeout(install, process.env.NPM_MOOD === 'slow' ? 1500 : 0);
`;
