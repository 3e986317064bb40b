import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadSettings } from '../config.ts';
import { UsageError } from '../domain/errors.ts';
import { onInterrupt } from '../local/interrupts.ts';
import { findMysql } from '../local/mysql-program.ts';
import { silentProgress } from '../local/progress.ts';
import { runCommand } from '../local/run-command.ts';
import { busyShare, CHECKOUT } from './machine.ts';
import { wrong } from './measured-stack.ts';
import { benchmark } from './options.ts';
import { printReport } from './report.ts';
import { environmentWithoutSettings, removeScratch, SCRATCH_PREFIX } from './surroundings.ts';

// `npm start -- --once` as a user types it: how long until the first result stands there? Cold with an empty home and
// everything installed (what was fetched once, is not fetched again); warm at every later start.

const LIMIT_MS = 3 * 60_000;

interface Start {
  readonly busyBefore: number;
  readonly toResult: number;
  readonly toEnd: number;
}

await benchmark(
  {
    about: 'Measures npm start from typing it until the first result.',
    options: {
      repeat: { about: 'repetitions, each a cold and a warm start of a fresh home', fallback: '3' },
    },
  },
  async (options) => {
    refuseSettingsFile();
    const cold: Start[] = [];
    const warm: Start[] = [];
    for (let repetition = options.count('repeat'); repetition > 0; repetition -= 1) {
      const scratch = mkdtempSync(join(tmpdir(), SCRATCH_PREFIX));
      try {
        cold.push(await start(join(scratch, 'home')));
        warm.push(await start(join(scratch, 'home')));
      } finally {
        removeScratch(scratch);
      }
    }
    await printReport({
      format: options.format,
      findings: {
        title: 'npm start -- --once: seconds until the first result',
        mysql: await mysqlVersion(),
        metrics: [
          { name: 'warm start', unit: 's', values: warm.map((one) => one.toResult), target: { below: 15 } },
          { name: 'warm start until all is stopped again', unit: 's', values: warm.map((one) => one.toEnd) },
          { name: 'cold start', unit: 's', values: cold.map((one) => one.toResult) },
          { name: 'cold start until all is stopped again', unit: 's', values: cold.map((one) => one.toEnd) },
          {
            name: 'machine busy just before',
            unit: '%',
            values: warm.map((one) => one.busyBefore),
          },
        ],
        notes: [
          'Warm: second start in the same SLUICE_HOME. Cold: SLUICE_HOME empty, dependencies and Temporal present.',
        ],
      },
    });
  },
);

async function start(home: string): Promise<Start> {
  const busyBefore = await busyShare();
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child = spawn('npm', ['start', '--', '--once'], {
    cwd: CHECKOUT,
    env: { ...environmentWithoutSettings(), SLUICE_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, so that one signal reaches npm and what it starts; `sluice up` ends its servers then.
    detached: true,
  });
  const dispose = onInterrupt({
    first: () => signal(child, 'SIGTERM'),
    second: () => signal(child, 'SIGTERM'),
  });
  const timer = setTimeout(() => signal(child, 'SIGTERM'), LIMIT_MS);
  let toResult: number | undefined;
  // npm itself prints blank lines and lines that begin with ">"; the first other one is the result's.
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.trim() !== '' && !line.startsWith('>')) toResult ??= seconds();
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    const toEnd = seconds();
    if (code !== 0 || toResult === undefined) throw wrong(`npm start ended with code ${code}`);
    return { busyBefore, toResult, toEnd };
  } finally {
    clearTimeout(timer);
    dispose();
  }
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** `npm start` reads `.env`; what it names is not started, so the figures would be of something else. */
function refuseSettingsFile(): void {
  const { given } = loadSettings({ env: {}, directory: CHECKOUT });
  if (given.size === 0) return;
  throw new UsageError(
    `.env sets ${[...given].join(', ')}`,
    'Move .env away for the measurement, so that npm start starts everything itself.',
  );
}

async function mysqlVersion(): Promise<string> {
  const program = await findMysql({ step: silentProgress.step('MySQL') });
  if (program.kind === 'docker') return 'in Docker';
  const said = await runCommand({
    command: program.path,
    args: ['--no-defaults', '--version'],
    limitMs: 10_000,
  });
  return /Ver (\S+)/.exec(said)?.[1] ?? said.trim();
}
