import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, fillCache } from '../bin/cache.mjs';
import { messageOf, SluiceError } from '../domain/errors.ts';
import type { Step } from './progress.ts';
import { findProgram, isExecutable, runCommand } from './run-command.ts';

// The newest version that Go can build from its module alone; later ones replace modules in their go.mod.
const VERSION = '1.5.1';
const NAME = `temporal-${VERSION}`;
const FILE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const SILENCE_LIMIT_MS = 60_000;

interface Search {
  readonly step: Step;
  readonly signal?: AbortSignal;
}

/**
 * Finds Temporal's dev server: on PATH, else in the cache, else downloaded into it by the SDK, else built by Go.
 * @throws SluiceError `temporal_not_found` that says what to install or set
 */
export async function findTemporal({ step, signal }: Search): Promise<string> {
  const onPath = findProgram(FILE);
  if (onPath !== undefined && (await runs(onPath))) return onPath;
  const kept = join(cacheFolder(), NAME, FILE);
  if (isExecutable(kept)) return kept;
  const onWait = (pid: number) =>
    step.say(`waiting for process ${pid}, which is fetching the Temporal server`);
  const folder = await fillCache({
    name: NAME,
    onWait,
    fill: async (beside) => {
      const reasons = [await attempt(() => download({ beside, step, ...(signal && { signal }) }))];
      if (reasons[0] !== undefined) {
        step.say(`the download did not work (${reasons[0]})`);
        reasons.push(await attempt(() => build({ beside, step, ...(signal && { signal }) })));
      }
      if (reasons.every((reason) => reason !== undefined)) throw notFound(reasons);
    },
  });
  return join(folder, FILE);
}

async function runs(path: string): Promise<boolean> {
  return (
    (await attempt(() => runCommand({ command: path, args: ['--version'], limitMs: 10_000 }))) === undefined
  );
}

async function attempt(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function download({ beside, step, signal }: Search & { beside: string }): Promise<void> {
  step.say(`no temporal on PATH; downloading version ${VERSION} (once, about 50 MB, under 1 min)`);
  const into = join(beside, 'download');
  mkdirSync(into);
  await downloadInChild({ into, ...(signal && { signal }) });
  const found = readdirSync(into).find(
    (name) => name.startsWith('temporal') && statSync(join(into, name)).isFile(),
  );
  if (found === undefined) throw new Error('nothing was downloaded');
  await settle({ from: join(into, found), beside });
  rmSync(into, { recursive: true, force: true });
}

/** The SDK's download cannot be called off, so it runs in a process that can; as long as bytes arrive it may go on. */
function downloadInChild({ into, signal }: { into: string; signal?: AbortSignal }): Promise<void> {
  const script = fileURLToPath(new URL('./temporal-download.ts', import.meta.url));
  const child = spawn(process.execPath, [script, into, `v${VERSION}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  let quietSince = performance.now();
  let bytes = 0;
  const watch = setInterval(() => {
    const now = bytesIn(into);
    if (now !== bytes) quietSince = performance.now();
    bytes = now;
    if (performance.now() - quietSince > SILENCE_LIMIT_MS) child.kill('SIGKILL');
  }, 500);
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killed) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            killed === null ? lastSentence(said) : `nothing arrived for ${SILENCE_LIMIT_MS / 1000} s`,
          ),
        );
    });
  }).finally(() => clearInterval(watch));
}

function lastSentence(said: string): string {
  return said.trim().split(': ').at(-1)?.trim() || 'no reason was given';
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

async function build({ beside, step, signal }: Search & { beside: string }): Promise<void> {
  const go = findProgram('go');
  if (go === undefined) throw new Error('there is no Go to build it with');
  step.say(`building temporal ${VERSION} with Go instead (once, about 3 min)`);
  const into = join(beside, 'build');
  mkdirSync(into);
  await runCommand({
    command: go,
    args: ['install', `github.com/temporalio/cli/cmd/temporal@v${VERSION}`],
    cwd: into,
    env: { ...process.env, GOBIN: into, GOFLAGS: '' },
    limitMs: 30 * 60_000,
    step,
    ...(signal && { signal }),
  });
  await settle({ from: join(into, FILE), beside });
  rmSync(into, { recursive: true, force: true });
}

async function settle({ from, beside }: { from: string; beside: string }): Promise<void> {
  chmodSync(from, 0o755);
  await runCommand({ command: from, args: ['--version'], limitMs: 20_000 });
  renameSync(from, join(beside, FILE));
}

function notFound(reasons: readonly (string | undefined)[]): SluiceError {
  return new SluiceError(`no Temporal server could be had: ${reasons.join('; ')}`, {
    code: 'temporal_not_found',
    hint: 'Install the Temporal CLI so that `temporal` is on PATH (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS to a server of your own.',
  });
}
