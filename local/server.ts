import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { startOf } from '../bin/process-identity.mjs';
import { SluiceError } from '../domain/errors.ts';
import { lastLines, openLog } from './log-files.ts';
import { endProcess, isGoneWithin, type ProcessIdentity, send } from './processes.ts';

/** How a program is run as a server beside us. */
export interface ServerPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Gets what the program prints. */
  readonly logFile: string;
  /** When it counts as ready: a question that is asked over and over, or a line on its standard output. */
  readonly ready: { readonly probe: () => Promise<boolean> } | { readonly line: (text: string) => boolean };
  readonly readyWithinMs: number;
  /** Time between the polite and the hard end. */
  readonly graceMs: number;
  readonly beforeStart?: () => Promise<void>;
  readonly afterStart?: () => Promise<void>;
  readonly afterEnd?: () => Promise<void>;
}

/** A program that runs beside us, and can be ended and started again at the same place. */
export interface Server {
  readonly name: string;
  /** Undefined while it does not run. */
  identity(): ProcessIdentity | undefined;
  /** @throws SluiceError `<name>_not_started` with the end of its log */
  start(): Promise<void>;
  /** Settles with how it ended when the process of the last start ends, wished or not. */
  ended(): Promise<string>;
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

interface Running {
  readonly identity: ProcessIdentity;
  readonly ended: Promise<string>;
  readonly ready: Promise<void>;
  readonly logFrom: number;
}

export function createServer(plan: ServerPlan): Server {
  let running: Running | undefined;
  let wanted = false;

  async function start(): Promise<void> {
    wanted = true;
    await plan.beforeStart?.();
    // A stop may have come in the meantime, when there was nothing to end yet.
    if (!wanted) throw new SluiceError(`${plan.name} was called off`, { code: 'called_off' });
    const current = launch(plan);
    running = current;
    const outcome = await Promise.race([
      current.ready.then(() => 'ready' as const),
      current.ended,
      pause(plan.readyWithinMs, `was not ready after ${plan.readyWithinMs / 1000} s`, { ref: false }),
    ]);
    if (outcome === 'ready') {
      await plan.afterStart?.();
      return;
    }
    await endProcess({ identity: current.identity, graceMs: plan.graceMs });
    await plan.afterEnd?.();
    throw notStarted({ plan, outcome, logFrom: current.logFrom });
  }

  async function stop(): Promise<void> {
    wanted = false;
    if (running === undefined) return;
    await endProcess({ identity: running.identity, graceMs: plan.graceMs });
    await running.ended;
    await plan.afterEnd?.();
  }

  return {
    name: plan.name,
    identity: () => running?.identity,
    start,
    ended: () => running?.ended ?? Promise.resolve('was never started'),
    stop,
    async kill() {
      wanted = false;
      if (running === undefined) return;
      send(running.identity, 'SIGKILL');
      await isGoneWithin(running.identity, 10_000);
      await running.ended;
    },
    async restart() {
      await stop();
      await start();
    },
  };
}

function launch(plan: ServerPlan): Running {
  const log = openLog(plan.logFile);
  const byLine = 'line' in plan.ready;
  const child = spawn(plan.command, plan.args, {
    env: plan.env ?? process.env,
    stdio: ['ignore', byLine ? 'pipe' : log.descriptor, log.descriptor],
    // A group of its own: Ctrl-C reaches only us, and we end the servers in their order.
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
  const ready =
    'line' in plan.ready
      ? lineOf({ child, log: log.descriptor, wanted: plan.ready.line })
      : untilTrue(plan.ready.probe, child);
  if (!byLine) closeSync(log.descriptor);
  const pid = child.pid ?? 0;
  return {
    identity: { pid, started: pid === 0 ? undefined : startOf(pid) },
    ended,
    ready,
    logFrom: log.size,
  };
}

function lineOf({
  child,
  log,
  wanted,
}: {
  child: ChildProcess;
  log: number;
  wanted: (text: string) => boolean;
}) {
  const { stdout } = child;
  if (stdout === null) throw new Error('a server that tells when it is ready needs its standard output');
  const lines = createInterface({ input: stdout });
  lines.once('close', () => closeSync(log));
  return new Promise<void>((resolve) => {
    lines.on('line', (text) => {
      writeSync(log, `${text}\n`);
      if (wanted(text)) resolve();
    });
  });
}

async function untilTrue(probe: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    if (await probe()) return;
    await pause(40);
  }
  // It has ended before it was ready; the race is decided by that.
  await new Promise(() => {});
}

function notStarted({
  plan,
  outcome,
  logFrom,
}: {
  plan: ServerPlan;
  outcome: string;
  logFrom: number;
}): SluiceError {
  const said = lastLines({ file: plan.logFile, from: logFrom, lines: 6 });
  return new SluiceError(
    `${plan.name} did not start: it ${outcome}${said === '' ? '' : `. It said:\n${said}`}`,
    {
      code: `${plan.name.toLowerCase().replaceAll(' ', '_')}_not_started`,
      hint: `The whole log is ${plan.logFile}.`,
    },
  );
}
