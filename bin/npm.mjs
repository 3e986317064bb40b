import { spawn } from 'node:child_process';

const LINE_EVERY_MS = 10_000;

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** What went wrong before the program proper could start; shown as it is, without a stack. */
export class LaunchError extends Error {}

/**
 * Runs npm in a folder, quietly but never silently: seconds are counted while it works, its errors are shown.
 * @param {{ args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv, what: string }} run
 */
export async function npm({ args, cwd, env = process.env, what }) {
  const windows = process.platform === 'win32';
  const stop = countSeconds(what);
  const code = await new Promise((resolve) => {
    const child = spawn('npm', [...args, '--loglevel=error', '--no-progress', '--no-audit', '--no-fund'], {
      cwd,
      env,
      shell: windows,
      // npm's own closing line belongs to the progress, not to the output of the command.
      stdio: ['ignore', 2, 2],
    });
    child.on('error', (error) => resolve(error.code === 'ENOENT' ? 'npm is not on PATH' : error.message));
    child.on('exit', (status, signal) =>
      resolve(status === 0 ? undefined : `npm ended with ${signal ?? status}`),
    );
  });
  stop();
  if (code !== undefined) throw new LaunchError(`${what} failed: ${code}`);
}

function countSeconds(what) {
  const began = Date.now();
  const terminal = process.stderr.isTTY === true;
  const timer = setInterval(
    () => {
      const seconds = Math.round((Date.now() - began) / 1000);
      process.stderr.write(terminal ? `\r  ${what}: ${seconds} s ` : `  ${what}: ${seconds} s\n`);
    },
    terminal ? 1000 : LINE_EVERY_MS,
  );
  return () => {
    clearInterval(timer);
    if (terminal) process.stderr.write('\r\u001b[K');
  };
}
