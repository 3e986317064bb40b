import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { LaunchError, say } from './npm.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a script with a Node and ends as it ends: with its exit code, or by the signal that ended it.
 * Signals that reach this process are handed on. (From a terminal the child has them already; it must treat
 * signals in quick succession as one.)
 * @param {{ node: string, args: readonly string[], env: NodeJS.ProcessEnv }} run
 */
export function become({ node, args, env }) {
  const child = spawn(node, args, { stdio: 'inherit', env });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  whenNpmIsGone(() => child.kill('SIGTERM'));
  child.on('error', (error) => fail(new LaunchError(`${node} could not be started: ${error.message}`)));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of FORWARDED) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    // Reached when the signal is one that does not end this process.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 1000);
  });
}

/**
 * Calls back when the npm that started us has gone. npm hands signals on to the shell between us and ends with it,
 * so that nobody would tell us; the change of parent does.
 */
export function whenNpmIsGone(callback) {
  const parent = process.ppid;
  if (process.env.npm_command === undefined) return;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    callback();
  }, 500);
  watch.unref();
}

/** Ends with the message of what went wrong while launching. */
export function fail(error) {
  say(`sluice: ${error instanceof LaunchError ? error.message : (error.stack ?? error)}`);
  process.exit(1);
}
